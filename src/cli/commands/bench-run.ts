/** A run of `bench`: asks, counts, shows how far it is, and sums it up. */

import type { Clock } from '../../base/clock.js';
import { ConnectionLostError, SessionClosedError, StatusError } from '../../protocol/errors.js';
import { STATUS__NAMES } from '../../protocol/ids.js';
import { Durations, grouped, roundedMs, textOfMs } from '../durations.js';
import { errorFields, messageOf, oneLine, ToldError } from '../errors.js';
import type { Io } from '../io.js';
import { print } from '../output.js';
import { paint } from '../paint.js';

/** What a run does. */
export interface BenchPlan {
  /** What is asked: `READ 7`. */
  readonly title: string;
  /** How many requests wait for their answer at once. */
  readonly inFlight: number;
  /** For how long; or `count`. */
  readonly durationMs?: number;
  /** How many requests. */
  readonly count?: number;
  /** For how long it asks before it counts. */
  readonly warmUpMs: number;
}

/** How often the progress changes, in milliseconds. */
const PROGRESS_MS = 200;

/** Failures of one kind. */
interface Failures {
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
  count: number;
}

/** One run. */
export class BenchRun {
  readonly #plan: BenchPlan;
  readonly #clock: Clock;
  readonly #io: Io;
  readonly #isJson: boolean;
  #durations = new Durations();
  #failures = new Map<string, Failures>();
  /** The first one, which decides about the exit code. */
  #failure: unknown = null;
  /** Set when nothing more is asked. */
  #isOver = false;
  #beganMs = 0;
  #progressMs = 0;
  /** What is being asked, of `count`. */
  #asked = 0;

  constructor(plan: BenchPlan, clock: Clock, io: Io, isJson: boolean) {
    this.#plan = plan;
    this.#clock = clock;
    this.#io = io;
    this.#isJson = isJson;
  }

  /**
   * Runs it, and prints the result.
   *
   * @param ask asks once; rejects for a failure
   * @throws (rejects) ToldError where no answer was okay, or the connection was lost; the reason of an interruption before the first
   */
  async run(ask: () => Promise<void>): Promise<void> {
    const { durationMs = Number.POSITIVE_INFINITY, count = Number.POSITIVE_INFINITY, warmUpMs } = this.#plan;
    try {
      if (warmUpMs > 0) {
        await this.#phase(ask, warmUpMs, Number.POSITIVE_INFINITY);
        if (this.#isOver) throw this.#failure;
        this.#begin();
      }
      const elapsedMs = await this.#phase(ask, durationMs, count);
      this.#io.progress?.(null);
      if (this.#durations.count === 0) this.#io.interrupted.throwIfAborted();
      this.#print(elapsedMs);
    } finally {
      this.#io.progress?.(null);
    }
    if (this.#durations.count === 0 || this.#isOver) throw new ToldError(this.#failure, 'output');
  }

  /** The warm-up is over, and forgotten. */
  #begin(): void {
    this.#durations = new Durations();
    this.#failures = new Map();
    this.#failure = null;
  }

  /** Asks for some time, or so many times; returns how long that took. */
  async #phase(ask: () => Promise<void>, limitMs: number, count: number): Promise<number> {
    this.#beganMs = this.#clock.now();
    this.#asked = 0;
    const endMs = this.#beganMs + limitMs;
    const goesOn = (): boolean =>
      !this.#isOver && !this.#io.interrupted.aborted && this.#asked < count && this.#clock.now() < endMs;
    const asking = async (): Promise<void> => {
      while (goesOn()) {
        this.#asked++;
        await this.#time(ask);
      }
    };
    await Promise.all(Array.from({ length: this.#plan.inFlight }, asking));
    return this.#clock.now() - this.#beganMs;
  }

  async #time(ask: () => Promise<void>): Promise<void> {
    const askedMs = this.#clock.now();
    try {
      await ask();
      this.#durations.add(this.#clock.now() - askedMs);
    } catch (error) {
      if (this.#io.interrupted.aborted) return;
      this.#failed(error);
    }
    this.#showProgress();
  }

  #failed(error: unknown): void {
    this.#failure ??= error;
    // the connection does not come back, because a gap in the middle would spoil the figures
    if (error instanceof ConnectionLostError || error instanceof SessionClosedError) this.#isOver = true;
    const [text, fields] = kindOf(error);
    const failures = this.#failures.get(text);
    if (failures === undefined) this.#failures.set(text, { text, fields, count: 1 });
    else failures.count++;
  }

  #showProgress(): void {
    const { progress } = this.#io;
    const nowMs = this.#clock.now();
    if (progress === undefined || nowMs - this.#progressMs < PROGRESS_MS) return;
    this.#progressMs = nowMs;
    const elapsedMs = nowMs - this.#beganMs;
    const { durationMs, count } = this.#plan;
    const goal = count === undefined ? `of ${seconds(durationMs ?? 0)}` : `${this.#asked} of ${count}`;
    const rate = grouped(Math.round(this.#rate(elapsedMs)));
    const p99 = textOfMs(this.#durations.percentileMs(0.99));
    progress.call(this.#io, `${seconds(elapsedMs)} ${goal}, ${rate}/s, p99 ${p99}`);
  }

  #rate(elapsedMs: number): number {
    return elapsedMs > 0 ? (1_000 * this.#durations.count) / elapsedMs : 0;
  }

  #print(elapsedMs: number): void {
    const { title, inFlight, warmUpMs } = this.#plan;
    const durations = this.#durations;
    const rate = this.#rate(elapsedMs);
    const failures = [...this.#failures.values()];
    const [p50Ms, p90Ms, p99Ms] = [0.5, 0.9, 0.99].map((share) => durations.percentileMs(share)) as [
      number,
      number,
      number,
    ];
    const warm = warmUpMs > 0 ? `, after a warm-up of ${seconds(warmUpMs)}` : '';
    const lines = [
      `${title}, ${inFlight} in flight, ${seconds(elapsedMs)}${warm}`,
      `${grouped(rate >= 100 ? Math.round(rate) : Number(rate.toPrecision(3)))} answers/s (${grouped(durations.count)} in all)`,
      `p50 ${textOfMs(p50Ms)}, p90 ${textOfMs(p90Ms)}, p99 ${textOfMs(p99Ms)}, max ${textOfMs(durations.maxMs)}`,
      ...failures.map(({ text, count }) => paint(this.#io, 'trouble', `${grouped(count)} × ${text}`)),
      ...(this.#isOver ? [paint(this.#io, 'trouble', 'cut short: the connection was lost')] : []),
    ];
    print(
      this.#io,
      this.#isJson,
      {
        asked: title,
        inFlight,
        elapsedMs: roundedMs(elapsedMs),
        answers: durations.count,
        perSecond: Math.round(1_000 * rate) / 1_000,
        p50Ms: roundedMs(p50Ms),
        p90Ms: roundedMs(p90Ms),
        p99Ms: roundedMs(p99Ms),
        maxMs: roundedMs(durations.maxMs),
        meanMs: roundedMs(durations.meanMs),
        errors: failures.map(({ fields, count }) => ({ ...fields, count })),
        isCutShort: this.#isOver,
      },
      lines.join('\n'),
    );
  }
}

/** Errors of one kind have the same text here. */
function kindOf(error: unknown): readonly [text: string, fields: Readonly<Record<string, unknown>>] {
  if (error instanceof StatusError) {
    const { status } = error;
    return [
      `status ${status}: ${STATUS__NAMES[status] ?? 'unknown status'}`,
      { ...errorFields(error), status },
    ];
  }
  return [oneLine(messageOf(error)), errorFields(error)];
}

function seconds(ms: number): string {
  return `${grouped((ms / 1_000).toFixed(1))} s`;
}
