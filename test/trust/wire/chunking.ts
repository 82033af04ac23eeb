/**
 * A3: where a stream is cut changes nothing: not the frames, not what is dropped, not for which reason.
 *
 * Every way to cut one stream into two and three pieces, and random ways to cut random streams. The one stream meets
 * every cell of the table in protocol.md section 1, runs long enough for a search to skip them, and frames of exactly
 * and of more than the limit.
 */

import { StpDecoder } from '../../../src/wire/index.js';
import { Random } from '../random.js';
import type { Reached, StageContext } from '../stage.js';
import { Failures, grouped } from './failures.js';
import { DROP_REASONS, DropTally, ReferenceDecoder } from './reference-decoder.js';
import { chunkStyle, frameLimit, MAX_STREAM_LENGTH, StreamMaker } from './streams.js';

const RANDOM_STREAMS = { ci: 100_000, deep: 10_000_000, release: 10_000_000 };

/** Cut in every way. 60 bytes of `y` are a run that is searched, not walked. */
const STREAM = Buffer.from(
  [
    'n<=>o:a:=:>ise::',
    ':<a:=b:=:=c<=>:>',
    ':<lost:<kept:>',
    `:<${'y'.repeat(60)}:>`,
    ':<broken:x:>::<z:>',
    ':<broken::<too:>',
    `:<:=${'y'.repeat(50)}:=:=:>=:<:>`,
    ':::<=:=:>:',
    '<unfinished:',
  ].join(''),
  'latin1',
);
/** Frames of the stream have 4, 5, 50, 53 and 60 bytes: some fit, some exactly, some not. */
const LIMITS: readonly number[] = [0, 3, 4, 5, 49, 50, 52, 53, 59, 60, 1_000];

/** Runs the splits of a budget. */
export function reachA3({ budget, baseSeed, replaySeed, say }: StageContext): Reached {
  const failures = new Failures('A3');
  const check = new ChunkingCheck();
  const splits = everySplit(check, failures, baseSeed);
  const unmet = check.reference.cells.filter((count) => count === 0).length;
  if (unmet > 0) failures.add(baseSeed, `the stream leaves ${unmet} cells of the table unmet`);

  const goal = replaySeed === null ? RANDOM_STREAMS[budget] : 1;
  for (let i = 0; i < goal; i++) {
    const seed = replaySeed ?? (baseSeed + i) >>> 0;
    const problem = randomSplit(check, seed);
    if (problem !== null) failures.add(seed, problem);
    if (replaySeed !== null)
      say(`A3: ${check.stream.toString('hex')}: ${problem ?? 'the same however it is cut'}`);
  }
  return {
    id: 'A3',
    what: 'chunking: same frames and same drops wherever a stream is cut',
    goal: `${grouped(splits)} splits of ${STREAM.length} B + ${grouped(goal)} random streams, 0 differences`,
    reached: `${grouped(splits)} + ${grouped(goal)}, ${failures.count} differences`,
    isReached: failures.count === 0,
    failures: failures.lines,
  };
}

/** All of them for each limit with one cut; those with two cuts for the largest and for one that bites. */
function everySplit(check: ChunkingCheck, failures: Failures, baseSeed: number): number {
  let splits = 0;
  const { length } = STREAM;
  for (const limit of LIMITS) {
    check.use(STREAM, limit);
    const isCutTwice = limit === 50 || limit === 1_000;
    for (let first = 0; first <= length; first++) {
      for (let second = isCutTwice ? first : length; second <= length; second++) {
        const problem = check.problemWith([first, second - first, length - second]);
        if (problem !== null)
          failures.add(baseSeed, `limit ${limit}, cut at ${first} and ${second}: ${problem}`);
        splits++;
      }
    }
    const problem = check.problemWith(new Array<number>(length).fill(1));
    if (problem !== null) failures.add(baseSeed, `limit ${limit}, byte by byte: ${problem}`);
  }
  return splits;
}

const maker = new StreamMaker();

function randomSplit(check: ChunkingCheck, seed: number): string | null {
  const random = new Random(seed);
  const stream = maker.make(random);
  check.use(stream, frameLimit(random));
  const whole = check.problemWith([stream.length]);
  if (whole !== null) return `whole: ${whole}`;
  const nextLength = chunkStyle(random);
  const chunks: number[] = [];
  for (let left = stream.length; left > 0; ) {
    // an empty chunk is a chunk
    const length = random.chance(0.05) ? 0 : Math.min(left, nextLength(random, left));
    chunks.push(length);
    left -= length;
  }
  const problem = check.problemWith(chunks, random.chance(0.3));
  return problem === null ? null : `chunks of ${chunks.slice(0, 100).join(' ')}: ${problem}`;
}

/** One stream and what it means, against which any way to cut it is checked. */
class ChunkingCheck {
  readonly reference = new ReferenceDecoder(MAX_STREAM_LENGTH);
  stream: Buffer = STREAM;
  #limit = 0;
  readonly #drops = new DropTally();
  /** The payloads so far, one after the other, and where each ends. */
  readonly #payloads = Buffer.alloc(MAX_STREAM_LENGTH);
  readonly #ends: number[] = [];
  #length = 0;

  use(stream: Buffer, limit: number): void {
    this.stream = stream;
    this.#limit = limit;
    this.reference.read(stream, limit);
  }

  /** @param isHesitant the handler stops after each frame, and the rest of the chunk is pushed again */
  problemWith(chunkLengths: readonly number[], isHesitant = false): string | null {
    this.#drops.clear();
    this.#ends.length = 0;
    this.#length = 0;
    try {
      this.#feed(this.#newDecoder(isHesitant), chunkLengths);
    } catch (error) {
      return `threw ${error}`;
    }
    return this.#difference();
  }

  #feed(decoder: StpDecoder, chunkLengths: readonly number[]): void {
    let at = 0;
    for (const length of chunkLengths) {
      const end = at + length;
      do at += decoder.push(this.stream.subarray(at, end));
      while (at < end);
    }
    decoder.reset();
  }

  #newDecoder(isHesitant: boolean): StpDecoder {
    const decoder: StpDecoder = new StpDecoder(
      {
        frame: (payload) => {
          this.#payloads.set(payload, this.#length);
          this.#ends.push((this.#length += payload.length));
          if (isHesitant) decoder.stop();
        },
        dropped: ({ reason, byteLength }) => {
          const i = DROP_REASONS.indexOf(reason);
          if (i >= 0) this.#drops.add(i, byteLength);
        },
      },
      { maxFrameLength: this.#limit },
    );
    return decoder;
  }

  #difference(): string | null {
    const { ends, payloads, drops } = this.reference;
    const isSame =
      ends.length === this.#ends.length &&
      ends.every((end, i) => end === this.#ends[i]) &&
      payloads.compare(this.#payloads, 0, this.#length, 0, this.#length) === 0;
    if (!isSame) return `expected frames that end at ${ends}, got ${this.#ends}`;
    const difference = this.#drops.difference(drops);
    return difference === null ? null : `dropped ${difference}`;
  }
}
