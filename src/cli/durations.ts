/** How long many things took: the least, the most, the mean and percentiles, in bounded memory. */

/** Neighbouring buckets are this far apart, so a percentile is at most that wrong. */
const STEP = 1.005;
/** Nothing that is measured here is shorter, in milliseconds. */
const LEAST_MS = 0.000_1;
const LOG_STEP = Math.log(STEP);

/** Counts durations; percentiles are exact to half a percent. */
export class Durations {
  readonly #buckets = new Map<number, number>();
  #count = 0;
  #sumMs = 0;
  #minMs = Number.POSITIVE_INFINITY;
  #maxMs = 0;

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** Adds one. */
  add(durationMs: number): void {
    this.#count++;
    this.#sumMs += durationMs;
    this.#minMs = Math.min(this.#minMs, durationMs);
    this.#maxMs = Math.max(this.#maxMs, durationMs);
    const bucket = Math.ceil(Math.log(Math.max(durationMs, LEAST_MS) / LEAST_MS) / LOG_STEP);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
  }

  /** The shortest, in milliseconds; NaN while there is none. */
  get minMs(): number {
    return this.#count === 0 ? Number.NaN : this.#minMs;
  }

  /** The longest, in milliseconds; NaN while there is none. */
  get maxMs(): number {
    return this.#count === 0 ? Number.NaN : this.#maxMs;
  }

  /** The mean, in milliseconds; NaN while there is none. */
  get meanMs(): number {
    return this.#sumMs / this.#count;
  }

  /**
   * What a share of them took at most.
   *
   * @param share such as 0.99
   * @returns milliseconds; NaN while there is none
   */
  percentileMs(share: number): number {
    let rest = Math.max(1, Math.ceil(share * this.#count));
    for (const [bucket, count] of [...this.#buckets].sort(([one], [other]) => one - other)) {
      rest -= count;
      if (rest <= 0) return Math.min(Math.max(LEAST_MS * STEP ** bucket, this.#minMs), this.#maxMs);
    }
    return Number.NaN;
  }
}

/** Milliseconds for people: three significant digits, `0.412 ms`, `31.5 ms`, `2,310 ms`. */
export function textOfMs(ms: number): string {
  if (Number.isNaN(ms)) return '-';
  const digits = ms >= 100 ? 0 : ms >= 10 ? 1 : ms >= 1 ? 2 : 3;
  return `${grouped(ms.toFixed(digits))} ms`;
}

/** A number with commas between its thousands. */
export function grouped(digits: string | number): string {
  return String(digits).replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ',');
}

/** Milliseconds for programs, to the microsecond; null for NaN. */
export function roundedMs(ms: number): number | null {
  return Number.isNaN(ms) ? null : Math.round(ms * 1_000) / 1_000;
}
