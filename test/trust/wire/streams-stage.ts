/**
 * A1: random and mutated streams, cut at random, fed to one decoder and what comes out to both codecs.
 *
 * Nothing but a `DecodeError` is thrown, no stream takes a second of processor time, no byte too many is held, memory
 * does not grow, and frames and dropped bytes are those of the protocol's table.
 */

import type { Reached, Stage, StageContext } from '../stage.js';
import { cpuMsOf, residentBytes, runBounded } from './bounded.js';
import { Failures, grouped } from './failures.js';
import { StreamCheck } from './stream-check.js';

const STREAMS = { ci: 2_000_000, deep: 1_000_000_000, release: 1_000_000_000 };
/** A deep run ends after so long, however many streams it got through; the others do all of theirs. */
const DEEP_LIMIT_MS = 60 * 60 * 1_000;
const HANG_CPU_MS = 1_000;
/** Each costs half a minute: after so many the run ends. */
const MAX_HANGS = 3;
const MAX_DRIFT_BYTES = 16 * 1024 * 1024;
const BATCH = 2_000;
/** A batch takes some 20 ms: after so long it hangs, or the machine does. */
const BATCH_TIMEOUT_MS = 15_000;
/** After so many streams all is compiled that will be, and the heap holds what it keeps in reserve. */
const WARM_UP = 400_000;
const CHECKPOINTS = 8;

export const streamsStage: Stage = {
  name: 'streams of nonsense',
  figures: ['A1'],
  run: async (context) => {
    const stackTraceLimit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0; // a million refusals that nobody reads
    try {
      return [context.replaySeed === null ? runAll(context) : replay(context, context.replaySeed)];
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  },
};

function replay({ say }: StageContext, seed: number): Reached {
  const run = new StreamRun(seed);
  for (const line of run.check.describe(seed)) say(line);
  run.cases(0, 1);
  return reachedBy(run, 1, 0);
}

function runAll({ budget, baseSeed, say }: StageContext): Reached {
  const goal = STREAMS[budget];
  const deadline = budget === 'deep' ? performance.now() + DEEP_LIMIT_MS : Number.POSITIVE_INFINITY;
  const run = new StreamRun(baseSeed);
  const step = Math.min(5_000_000, Math.ceil((goal - WARM_UP) / CHECKPOINTS));
  run.cases(0, WARM_UP);
  const warmBytes = residentBytes();
  let driftBytes = 0;
  let done = WARM_UP;
  while (done < goal && run.hangs < MAX_HANGS && performance.now() < deadline) {
    const end = Math.min(goal, done + step);
    run.cases(done, end);
    driftBytes = Math.max(driftBytes, residentBytes() - warmBytes);
    done = end;
    if (budget !== 'ci') say(`A1: ${grouped(done)} streams, ${run.failures.count} failures`);
  }
  const { frames, messages, refusals } = run.check.outcomes;
  const reasons = [...refusals].map(([reason, count]) => `${reason} ${grouped(count)}`).join(', ');
  say(`A1: ${grouped(frames)} frames, ${grouped(messages)} messages, refused: ${reasons}`);
  return reachedBy(run, goal, driftBytes);
}

function reachedBy({ done, hangs, failures }: StreamRun, goal: number, driftBytes: number): Reached {
  const driftMib = (driftBytes / 1024 / 1024).toFixed(1);
  const isSteady = driftBytes <= MAX_DRIFT_BYTES;
  return {
    id: 'A1',
    what: 'random and mutated streams: no throw, no hang, bounded memory, bytes accounted for',
    goal: `${grouped(goal)} streams, 0 failures, 0 hangs, RSS drift ≤ 16 MiB`,
    reached: `${grouped(done)} streams, ${failures.count} failures, ${hangs} hangs, RSS drift ${driftMib} MiB`,
    isReached: failures.count === 0 && hangs === 0 && isSteady,
    failures: failures.lines,
  };
}

/** Cases `0`, `1`, … of a base seed. */
class StreamRun {
  readonly check = new StreamCheck();
  readonly failures = new Failures('A1');
  done = 0;
  hangs = 0;
  readonly #baseSeed: number;
  #at = 0;
  /** Cases that took long, be it for their own fault or the machine's. */
  readonly #slow: number[] = [];

  constructor(baseSeed: number) {
    this.#baseSeed = baseSeed;
  }

  cases(first: number, end: number): void {
    this.#at = first;
    while (this.#at < end && this.hangs < MAX_HANGS) {
      const batchEnd = Math.min(end, this.#at + BATCH);
      if (!runBounded(() => this.#runTo(batchEnd), BATCH_TIMEOUT_MS)) this.#slow.push(this.#at++);
      for (const slow of this.#slow.splice(0)) this.#judge(slow);
    }
    this.done += this.#at - first;
  }

  #runTo(end: number): void {
    let before = performance.now();
    while (this.#at < end) {
      const problem = this.check.run(this.#seed(this.#at));
      if (problem !== null) this.failures.add(this.#seed(this.#at), problem);
      const now = performance.now();
      if (now - before > HANG_CPU_MS) this.#slow.push(this.#at);
      before = now;
      this.#at++;
    }
  }

  /** Runs a slow case again by itself, to see whose fault it was. */
  #judge(at: number): void {
    const seed = this.#seed(at);
    this.check.forget();
    const cpuMs = cpuMsOf(() => this.check.run(seed), 10 * HANG_CPU_MS);
    this.check.forget();
    if (cpuMs <= HANG_CPU_MS) return;
    this.hangs++;
    const took = Number.isFinite(cpuMs) ? `took ${cpuMs.toFixed(0)} ms of processor time` : 'did not end';
    this.failures.add(seed, took);
  }

  #seed(at: number): number {
    return (this.#baseSeed + at) >>> 0;
  }
}
