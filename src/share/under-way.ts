import type { Client } from './client.js';
import type { Ticket, Wanted } from './line.js';

/** A request of a client of the share. */
export type ClientTicket = Ticket<Client>;

/** One request to the device, and all who wait for its answer. */
export interface Ask {
  readonly wanted: Wanted;
  readonly isRead: boolean;
  readonly tickets: Set<ClientTicket>;
  /** Whose lease it is part of; others do not get its answer. */
  readonly holder: Client | null;
}

/** The requests that are under way to the device. */
export class UnderWay {
  readonly #asks = new Set<Ask>();
  /** The last READ of each data id. */
  readonly #reads = new Map<number, Ask>();
  readonly #mostReads: number;
  #readCount = 0;

  /** @param mostReads how many READs may be under way at once */
  constructor(mostReads: number) {
    this.#mostReads = mostReads;
  }

  get size(): number {
    return this.#asks.size;
  }

  /** READs may be under way together, all else alone. */
  hasRoomFor({ isRead }: ClientTicket): boolean {
    if (this.size === 0) return true;
    return isRead && this.#readCount === this.size && this.size < this.#mostReads;
  }

  /** The request whose answer is that to a READ which has just come. */
  joinable(client: Client, { dataId }: Wanted): Ask | undefined {
    // what it has asked for before, and is no READ, comes first
    if (client.others > 0) return undefined;
    const ask = this.#reads.get(dataId);
    return ask === undefined || (ask.holder !== null && ask.holder !== client) ? undefined : ask;
  }

  add(ask: Ask): void {
    this.#asks.add(ask);
    if (!ask.isRead) return;
    this.#readCount++;
    this.#reads.set(ask.wanted.dataId, ask);
  }

  delete(ask: Ask): void {
    this.#asks.delete(ask);
    if (!ask.isRead) return;
    this.#readCount--;
    // an equal one may have begun since: its program had to wait for something else first
    if (this.#reads.get(ask.wanted.dataId) === ask) this.#reads.delete(ask.wanted.dataId);
  }
}
