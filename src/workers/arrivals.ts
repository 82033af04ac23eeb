import type { Clock } from '../base/clock.js';
import { type AbortSignalLike, onAbort, reasonOf } from '../base/signals.js';
import type { PresenceEvent } from '../gateway/format/presence.js';
import type { PresenceChannel, PresenceListener } from './presence-channel.js';

/** Somebody waits for a device to come; made before he looks whether it is there, so that none is missed between. */
export class Arrival {
  #hasCome = false;
  #wake: ((hasCome: boolean) => void) | null = null;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The device has come, or may have. */
  come(): void {
    if (this.#wake === null) this.#hasCome = true;
    else this.#wake(true);
  }

  /** None will come any more. */
  giveUp(): void {
    this.#wake?.(false);
  }

  /**
   * Waits for the next time that the device comes.
   *
   * @param timeoutMs how long, in milliseconds
   * @param signal gives it up
   * @returns false where it has not come in time
   * @throws (rejects) the reason of the signal
   */
  next(timeoutMs: number, signal: AbortSignalLike | undefined): Promise<boolean> {
    if (signal?.aborted) return Promise.reject(reasonOf(signal));
    if (this.#hasCome) {
      this.#hasCome = false;
      return Promise.resolve(true);
    }
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        this.#wake = null;
        this.#clock.clearTimeout(timer);
        unlisten?.();
        settle();
      };
      const timer = this.#clock.setTimeout(() => end(() => resolve(false)), timeoutMs);
      const unlisten = signal && onAbort(signal, () => end(() => reject(reasonOf(signal))));
      this.#wake = (hasCome) => end(() => resolve(hasCome));
    });
  }
}

/** Who waits for devices that are not there. */
export class Arrivals implements PresenceListener {
  readonly #channel: PresenceChannel;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Set<Arrival>>();

  constructor(channel: PresenceChannel, clock: Clock) {
    this.#channel = channel;
    this.#clock = clock;
  }

  /**
   * Begins to listen for a device, for certain once the bus is flushed.
   *
   * @param device its name in Unicode's normal form C
   * @throws BusError where the bus is closed
   */
  expect(device: string): Arrival {
    const arrival = new Arrival(this.#clock);
    this.#channel.add(this);
    const waiting = this.#waiting.get(device) ?? new Set();
    this.#waiting.set(device, waiting.add(arrival));
    return arrival;
  }

  /** Listens no more. */
  forget(device: string, arrival: Arrival): void {
    const waiting = this.#waiting.get(device);
    waiting?.delete(arrival);
    if (waiting?.size === 0) this.#waiting.delete(device);
    if (this.#waiting.size === 0) this.#channel.remove(this);
  }

  told(event: PresenceEvent): void {
    if (event.event !== 'arrived') return;
    for (const arrival of this.#waiting.get(event.device.normalize('NFC')) ?? []) arrival.come();
  }

  /** Any of them may have come while the bus was away. */
  resumed(): void {
    for (const waiting of this.#waiting.values()) for (const arrival of waiting) arrival.come();
  }

  /** Those who wait ask again, and get the error then. */
  busClosed(): void {
    this.resumed();
  }

  close(): void {
    for (const waiting of [...this.#waiting.values()]) for (const arrival of [...waiting]) arrival.giveUp();
  }
}
