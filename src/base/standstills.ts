/**
 * When the process stood still: stopped, starved by a busy machine, or blocked by a slow callback. Time-outs must not run out
 * meanwhile: a request made just before a standstill may not even have left.
 */

import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';

/** When a clock's process stood still. */
export interface Standstills {
  /** To be called when a wait begins: standstills are looked for only while something waits. */
  heed(untilMs: number): void;
  /**
   * The longest standstill since a moment, in milliseconds; the part before that moment does not count.
   *
   * Not the sum: a process that is always busy must still notice that nobody answers.
   */
  longestSinceMs(sinceMs: number): number;
}

/** How many standstills are kept; each is shorter than the one before it. */
const MOST_KEPT = 64;

interface Standstill {
  readonly fromMs: number;
  readonly untilMs: number;
}

const lengthOf = ({ fromMs, untilMs }: Standstill): number => untilMs - fromMs;

/** Remembers standstills. */
export class StandstillRecord {
  readonly #kept: Standstill[] = [];

  /** @param standstill after those that were added before */
  add(standstill: Standstill): void {
    const kept = this.#kept;
    // a wait that began before the shorter one asks for the longest only
    for (let last = kept.at(-1); last !== undefined; last = kept.at(-1)) {
      if (lengthOf(last) > lengthOf(standstill)) break;
      kept.pop();
    }
    kept.push(standstill);
    if (kept.length > MOST_KEPT) kept.shift();
  }

  longestSinceMs(sinceMs: number): number {
    let longestMs = 0;
    for (const { fromMs, untilMs } of this.#kept)
      longestMs = Math.max(longestMs, untilMs - Math.max(fromMs, sinceMs));
    return longestMs;
  }
}

/** How often to look while something waits. */
const LOOK_EVERY_MS = 100;
/** A timer that fires later than this was held up. */
export const STOOD_STILL_MS = 20;
/** A wait that is extended says so only when its timer has fired. */
const LINGER_MS = 1_000;

/** The standstills of this process. Each is counted from the last look before it, when the process certainly ran. */
class SystemStandstills implements Standstills {
  readonly #record = new StandstillRecord();
  #heededUntilMs = 0;
  #lookedMs = 0;
  #timer: NodeJS.Timeout | null = null;

  heed(untilMs: number): void {
    if (untilMs > this.#heededUntilMs) this.#heededUntilMs = untilMs;
    if (this.#timer !== null) return;
    this.#lookedMs = performance.now();
    this.#timer = setInterval(() => this.#lookAgain(), LOOK_EVERY_MS).unref();
  }

  longestSinceMs(sinceMs: number): number {
    return this.#record.longestSinceMs(sinceMs);
  }

  /**
   * A timer has fired.
   *
   * @param isLate whether it was due earlier
   * @returns whether the process stood still before
   */
  look(nowMs: number, isLate: boolean): boolean {
    if (this.#timer === null) return false;
    const fromMs = this.#lookedMs;
    this.#lookedMs = nowMs;
    if (nowMs - fromMs <= (isLate ? STOOD_STILL_MS : LOOK_EVERY_MS + STOOD_STILL_MS)) return false;
    this.#record.add({ fromMs, untilMs: nowMs });
    return true;
  }

  #lookAgain(): void {
    const nowMs = performance.now();
    // after a standstill the waits have yet to be extended
    if (this.look(nowMs, false) || nowMs < this.#heededUntilMs + LINGER_MS || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}

/** The standstills of this process. */
export const systemStandstills = new SystemStandstills();
