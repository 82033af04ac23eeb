/**
 * Finds out that a server runs out of file descriptors. Nothing else reports it: where none is left, Node accepts a
 * connection with a spare one and closes it at once, without an event. So a few are kept free, which also leaves the
 * program some for its files: a connection that would use them is turned away here, and counted. Systems give out the
 * lowest free number, which says how many are left.
 */

import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import type { Clock } from '../base/clock.js';

const MIN_SPARE = 8;
const MAX_SPARE = 32;
/** The part of all that is kept free. */
const SPARE_SHARE = 1 / 16;
/** How often to look whether the rest of the program has used them up, in which case no peer could connect any more. */
const LOOK_EVERY_MS = 1_000;

/** What the system says about descriptors. */
export interface DescriptorSystem {
  /** How many the process may have; null where that is unknown. */
  limit(): number | null;
  /** The lowest that is free; 'none' where none is, null where that is unknown. */
  lowestFree(): number | 'none' | null;
}

/** The system that the program runs on. */
export const descriptorSystem: DescriptorSystem = {
  limit: () => {
    try {
      const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
      return soft === undefined ? null : Number(soft);
    } catch {
      return null;
    }
  },
  lowestFree: () => {
    try {
      const descriptor = openSync('/dev/null', 'r');
      closeSync(descriptor);
      return descriptor;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === 'EMFILE' || code === 'ENFILE' ? 'none' : null;
    }
  },
};

/** The descriptor of a stream; undefined where it has none. */
export function descriptorOf(socket: Duplex): number | undefined {
  const { _handle: handle } = socket as { _handle?: { fd?: unknown } | null };
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}

/** Watches the descriptors of the process. */
export class DescriptorWatch {
  readonly #clock: Clock;
  readonly #system: DescriptorSystem;
  readonly #onShortage: (limit: number | null) => void;
  #limit: number | null;
  #limitReadMs: number;
  #timer: unknown;
  /** When they were last seen to be short; null when they are not. */
  #shortMs: number | null = null;
  /** How often they have become short. */
  shortages = 0;

  /** @param onShortage called when they become short, once until they have not been for a while */
  constructor(clock: Clock, onShortage: (limit: number | null) => void, system = descriptorSystem) {
    this.#clock = clock;
    this.#system = system;
    this.#onShortage = onShortage;
    this.#limit = system.limit();
    this.#limitReadMs = clock.now();
    this.#lookLater();
  }

  /**
   * Whether there are enough for a connection that came.
   *
   * @param descriptor its own
   * @returns 'none' where it uses one that is kept free, 'few' where others did a moment ago
   */
  judge(descriptor: number | undefined): 'enough' | 'few' | 'none' {
    if (descriptor !== undefined && this.#isShortWith(descriptor)) return 'none';
    return this.#shortMs === null ? 'enough' : 'few';
  }

  /** The server has closed. */
  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  #lookLater(): void {
    this.#timer = this.#clock.setTimeout(() => {
      const free = this.#system.lowestFree();
      // a system that cannot be asked is not asked again
      if (free === null) return;
      this.#isShortWith(free);
      this.#lookLater();
    }, LOOK_EVERY_MS);
    // it must not keep a program alive
    (this.#timer as { unref?(): void } | undefined)?.unref?.();
  }

  #isShortWith(lowestFree: number | 'none'): boolean {
    const now = this.#clock.now();
    const isShort = lowestFree === 'none' || this.#isBeyond(lowestFree, 1);
    if (isShort) {
      const isNew = this.#shortMs === null;
      this.#shortMs = now;
      if (!isNew) return true;
      this.shortages++;
      this.#onShortage(this.#limit);
      return true;
    }
    // only after some time, and with twice the room: otherwise each connection could begin a new shortage
    if (this.#shortMs !== null && now - this.#shortMs >= LOOK_EVERY_MS && !this.#isBeyond(lowestFree, 2))
      this.#shortMs = null;
    return false;
  }

  /** Whether a descriptor is one of the last: of those that are kept free, or of so many times as many. */
  #isBeyond(descriptor: number, times: number): boolean {
    if (this.#limit === null || descriptor < boundOf(this.#limit, times)) return false;
    const now = this.#clock.now();
    // the limit may have been raised
    if (now - this.#limitReadMs >= LOOK_EVERY_MS) {
      this.#limit = this.#system.limit();
      this.#limitReadMs = now;
    }
    return this.#limit !== null && descriptor >= boundOf(this.#limit, times);
  }
}

function boundOf(limit: number, times: number): number {
  const spare = Math.min(MAX_SPARE, Math.max(MIN_SPARE, Math.floor(limit * SPARE_SHARE)));
  return limit - times * spare;
}
