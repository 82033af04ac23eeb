/**
 * How much nonsense a peer may send: bad frames and bytes of noise, in all while it is not trusted, by the minute after
 * that. Noise happens (a serial line, a restart in the middle of a frame); a peer that sends nothing else is no peer.
 */

import type { Clock } from '../clock.js';
import type { DropReason } from './counters.js';

const WINDOW_MS = 60_000;

/** The frames that count as bad: they began, and are no message. */
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

/** The two bounds, before and after trust. */
export interface BadInputLimits {
  readonly maxBadFrames: number;
  readonly maxUntrustedBadFrames: number;
  readonly maxNoiseBytes: number;
  readonly maxUntrustedNoiseBytes: number;
}

/** Counts what one connection sent that is no message. */
export class BadInputBudget {
  readonly #clock: Clock;
  readonly #limits: BadInputLimits;
  #isTrusted = false;
  #windowStartMs = 0;
  #badFrames = 0;
  #noiseBytes = 0;

  constructor(clock: Clock, limits: BadInputLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** A connection begins, or what its peer may do has changed: counts anew. */
  restart(isTrusted: boolean): void {
    this.#isTrusted = isTrusted;
    this.#windowStartMs = this.#clock.now();
    this.#badFrames = 0;
    this.#noiseBytes = 0;
  }

  /**
   * Counts a drop.
   *
   * @param byteLength how many bytes of noise; not used for a bad frame
   * @returns why the connection must be closed, or null
   */
  spend(reason: DropReason, byteLength: number): string | null {
    const isBadFrame = BAD_FRAMES.has(reason);
    if (!isBadFrame && reason !== 'noise') return null;
    if (this.#isTrusted && this.#clock.now() - this.#windowStartMs >= WINDOW_MS) this.restart(true);
    if (isBadFrame) this.#badFrames++;
    else this.#noiseBytes += byteLength;
    return this.#verdict();
  }

  #verdict(): string | null {
    const { maxBadFrames, maxUntrustedBadFrames, maxNoiseBytes, maxUntrustedNoiseBytes } = this.#limits;
    const span = this.#isTrusted ? 'within a minute' : 'before it was trusted';
    const frames = this.#isTrusted ? maxBadFrames : maxUntrustedBadFrames;
    if (this.#badFrames >= frames) return `the peer sent ${this.#badFrames} bad frames ${span}`;
    const noise = this.#isTrusted ? maxNoiseBytes : maxUntrustedNoiseBytes;
    return this.#noiseBytes > noise ? `the peer sent more than ${noise} bytes of noise ${span}` : null;
  }
}
