import type { Bus, BusSubscription } from '../bus/bus.js';
import { decodePresence, type PresenceEvent } from '../gateway/format/presence.js';
import { presenceSubject } from '../gateway/format/subjects.js';

/** Who hears what gateways tell. */
export interface PresenceListener {
  /** A gateway tells something. */
  told(event: PresenceEvent): void;
  /** The bus was away and is back: what was told meanwhile is lost. */
  resumed(): void;
  /** The bus is closed: nothing more will be told. */
  busClosed(): void;
}

/** What gateways tell of their devices, subscribed to while somebody listens. */
export class PresenceChannel {
  /** What came on the subject of presence and is no event. */
  unreadable = 0;
  readonly #bus: Bus;
  readonly #subject: string;
  readonly #listeners = new Set<PresenceListener>();
  #subscription: BusSubscription | null = null;
  #unlisten: (() => void) | null = null;

  constructor(bus: Bus, prefix: string) {
    this.#bus = bus;
    this.#subject = presenceSubject(prefix);
  }

  /**
   * Begins to listen, for certain once the bus is flushed.
   *
   * @throws BusError where the bus is closed
   */
  add(listener: PresenceListener): void {
    if (this.#subscription === null) this.#open();
    this.#listeners.add(listener);
  }

  /** Listens no more. */
  remove(listener: PresenceListener): void {
    if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.close();
  }

  close(): void {
    this.#listeners.clear();
    this.#subscription?.unsubscribe();
    this.#unlisten?.();
    this.#subscription = this.#unlisten = null;
  }

  #open(): void {
    this.#subscription = this.#bus.subscribe(this.#subject, ({ data }) => {
      const event = decodePresence(data);
      if (event === null) this.unreadable++;
      else for (const listener of [...this.#listeners]) listener.told(event);
    });
    let last = this.#bus.state;
    this.#unlisten = this.#bus.onState((state) => {
      // more about the same state
      if (state === last) return;
      last = state;
      if (state === 'up') for (const listener of [...this.#listeners]) listener.resumed();
      if (state === 'closed') for (const listener of [...this.#listeners]) listener.busClosed();
    });
  }
}
