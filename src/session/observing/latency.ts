/** How long requests took, in buckets: cheap enough to be always on. */

import { SID_EXECUTE_RESPONSE, SID_READ_RESPONSE, SID_WRITE_RESPONSE } from '../../protocol/ids.js';
import type { RequestKind } from '../../protocol/request-kind.js';

/**
 * The upper bounds of the buckets, in seconds: those that OpenTelemetry recommends for RPC, and below them four for a local
 * network.
 */
export const LATENCY_BOUNDARIES: readonly number[] = Object.freeze([
  0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5,
  10,
]);
/** The last bucket takes what the others do not. */
const BOUNDARIES_MS = [...LATENCY_BOUNDARIES.map((seconds) => 1_000 * seconds), Number.POSITIVE_INFINITY];

/** How long something took, in seconds. */
export interface LatencyHistogram {
  readonly count: number;
  readonly sum: number;
  /** Null where there is none yet. */
  readonly min: number | null;
  readonly max: number | null;
  /** How many took at most `boundaries[i]` and more than the boundary before it; the last one counts what took longer. */
  readonly buckets: readonly number[];
}

/** How long the requests of a session took, by kind. */
export interface RequestLatencies extends Readonly<Record<RequestKind, LatencyHistogram>> {
  /** The upper bounds of the buckets, in seconds. */
  readonly boundaries: readonly number[];
}

/** Counts into buckets. */
class Histogram {
  readonly #buckets: number[] = BOUNDARIES_MS.map(() => 0);
  #sumMs = 0;
  #minMs = Number.POSITIVE_INFINITY;
  #maxMs = 0;

  add(durationMs: number): void {
    this.#sumMs += durationMs;
    if (durationMs < this.#minMs) this.#minMs = durationMs;
    if (durationMs > this.#maxMs) this.#maxMs = durationMs;
    let place = 0;
    // from below: most requests are quick
    while (durationMs > (BOUNDARIES_MS[place] ?? durationMs)) place++;
    this.#buckets[place] = (this.#buckets[place] ?? 0) + 1;
  }

  toJSON(): LatencyHistogram {
    const buckets = [...this.#buckets];
    const count = buckets.reduce((sum, each) => sum + each);
    return {
      count,
      sum: this.#sumMs / 1_000,
      min: count === 0 ? null : this.#minMs / 1_000,
      max: count === 0 ? null : this.#maxMs / 1_000,
      buckets,
    };
  }
}

const NONE = new Histogram();

/** A histogram for each kind of request, made for the first of its kind. */
export class LatencyTable {
  #read: Histogram | null = null;
  #write: Histogram | null = null;
  #execute: Histogram | null = null;
  #other: Histogram | null = null;

  /**
   * A request was answered.
   *
   * @param durationMs how long it took; what a foreign clock makes of it may be nonsense, and counts as no time
   */
  add(answerSid: number, durationMs: number): void {
    this.#of(answerSid).add(durationMs > 0 ? durationMs : 0);
  }

  #of(answerSid: number): Histogram {
    switch (answerSid) {
      case SID_READ_RESPONSE:
        return (this.#read ??= new Histogram());
      case SID_WRITE_RESPONSE:
        return (this.#write ??= new Histogram());
      case SID_EXECUTE_RESPONSE:
        return (this.#execute ??= new Histogram());
      default:
        return (this.#other ??= new Histogram());
    }
  }

  toJSON(): RequestLatencies {
    return {
      boundaries: LATENCY_BOUNDARIES,
      read: (this.#read ?? NONE).toJSON(),
      write: (this.#write ?? NONE).toJSON(),
      execute: (this.#execute ?? NONE).toJSON(),
      other: (this.#other ?? NONE).toJSON(),
    };
  }
}
