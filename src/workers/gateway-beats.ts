import type { Clock } from '../base/clock.js';
import type { Bus } from '../bus/bus.js';
import { ALIVE_EVERY_MS, type PresenceEvent, SILENT_AFTER_MS } from '../gateway/format/presence.js';

/** Which gateways live: each says so every two seconds, and one that stays silent for six has gone without a word. */
export class GatewayBeats {
  readonly #bus: Pick<Bus, 'state'>;
  readonly #clock: Clock;
  readonly #isSilent: (gateway: string) => void;
  readonly #heardMs = new Map<string, number>();
  #timer: unknown;

  /** @param isSilent is called once for each gateway that has fallen silent; it is forgotten by then */
  constructor(bus: Pick<Bus, 'state'>, clock: Clock, isSilent: (gateway: string) => void) {
    this.#bus = bus;
    this.#clock = clock;
    this.#isSilent = isSilent;
  }

  /** Whether a gateway is known and lives, as far as anybody can tell. */
  has(gateway: string): boolean {
    return this.#heardMs.has(gateway);
  }

  /** The gateways that are known. */
  get gateways(): readonly string[] {
    return [...this.#heardMs.keys()];
  }

  /** A gateway has told something. Returns whether it is a new one. */
  heard({ event, gateway }: Pick<PresenceEvent, 'event' | 'gateway'>): boolean {
    if (event === 'gateway.down') {
      this.#heardMs.delete(gateway);
      return false;
    }
    const isNew = !this.#heardMs.has(gateway);
    this.#heardMs.set(gateway, this.#clock.now());
    this.#look();
    return isNew;
  }

  /** The bus was away: the silence of gateways counts anew. */
  resumed(): void {
    for (const gateway of this.#heardMs.keys()) this.#heardMs.set(gateway, this.#clock.now());
  }

  close(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#heardMs.clear();
  }

  /** One look for all of them, in the rhythm of the beats. */
  #look(): void {
    if (this.#timer !== undefined || this.#heardMs.size === 0) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      // one that cannot be heard is not silent
      if (this.#bus.state === 'up') this.#tellTheSilent();
      this.#look();
    }, ALIVE_EVERY_MS);
    // who waits for a gateway has other reasons to live
    this.#clock.unref?.(this.#timer);
  }

  #tellTheSilent(): void {
    const nowMs = this.#clock.now();
    for (const [gateway, heardMs] of [...this.#heardMs]) {
      if (nowMs - heardMs < SILENT_AFTER_MS) continue;
      this.#heardMs.delete(gateway);
      this.#isSilent(gateway);
    }
  }
}
