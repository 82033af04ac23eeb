/**
 * How much bad input a peer may send: bad frames and bytes of noise, in total before trust, per minute after. Some noise is
 * normal (a serial line, a restart in the middle of a frame); a peer that sends nothing else has to go.
 */

import type { Clock } from '../../base/clock.js';
import type { DropReason, LinkReason } from '../../protocol/reasons.js';

const WINDOW_MS = 60_000;

/** Drops that count as bad frames: a frame began, but it is not a message. */
const BAD_FRAMES: ReadonlySet<DropReason> = new Set<DropReason>([
  'restarted',
  'broken-escape',
  'short',
  'checksum',
  'encoding',
  'json',
  'number',
  'depth',
  'shape',
]);

/** The bounds, before and after trust. */
export interface BadInputLimits {
  readonly maxBadFrames: number;
  readonly maxUntrustedBadFrames: number;
  readonly maxNoiseBytes: number;
  readonly maxUntrustedNoiseBytes: number;
}

/** Counts are kept per second. */
const SLOT_MS = 1_000;

/** Counts over the last minute. */
class MovingCount {
  readonly #slots: { readonly startMs: number; count: number }[] = [];
  #total = 0;

  /** @returns the count of the last minute, including this */
  add(count: number, nowMs: number, isMoving: boolean): number {
    const last = this.#slots.at(-1);
    if (last !== undefined && nowMs - last.startMs < SLOT_MS) last.count += count;
    else this.#slots.push({ startMs: nowMs, count });
    this.#total += count;
    while (isMoving && nowMs - (this.#slots[0]?.startMs ?? nowMs) >= WINDOW_MS) {
      this.#total -= this.#slots.shift()?.count ?? 0;
    }
    return this.#total;
  }
}

/** Counts the bad input of one connection. */
export class BadInputBudget {
  readonly #clock: Clock;
  readonly #limits: BadInputLimits;
  #isTrusted = false;
  #badFrames: MovingCount | null = null;
  #noiseBytes: MovingCount | null = null;

  constructor(clock: Clock, limits: BadInputLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** A connection begins, or trust has changed: starts counting from zero. */
  restart(isTrusted: boolean): void {
    this.#isTrusted = isTrusted;
    this.#badFrames = this.#noiseBytes = null;
  }

  /**
   * Counts a drop.
   *
   * @param byteLength how many bytes of noise; not used for a bad frame
   * @returns why the connection must be closed, or null
   */
  spend(reason: DropReason, byteLength: number): LinkReason | null {
    const { maxBadFrames, maxUntrustedBadFrames, maxNoiseBytes, maxUntrustedNoiseBytes } = this.#limits;
    const isTrusted = this.#isTrusted;
    if (BAD_FRAMES.has(reason)) {
      const limit = isTrusted ? maxBadFrames : maxUntrustedBadFrames;
      this.#badFrames ??= new MovingCount();
      const isOver = this.#badFrames.add(1, this.#clock.now(), isTrusted) >= limit;
      return isOver ? 'too-many-bad-frames' : null;
    }
    if (reason !== 'noise') return null;
    const limit = isTrusted ? maxNoiseBytes : maxUntrustedNoiseBytes;
    this.#noiseBytes ??= new MovingCount();
    const isOver = this.#noiseBytes.add(byteLength, this.#clock.now(), isTrusted) > limit;
    return isOver ? 'too-much-noise' : null;
  }
}
