/**
 * Which clients wait for the device, and whose turn it is.
 *
 * The law: turns go round, one request a turn, so that a client waits for at most one turn of each other client. The requests of a
 * client are sent in order, with one exception: a READ with only READs of its client before it may share the answer of another
 * client's equal READ. So a client that writes and then reads gets what it wrote.
 */

import type { JsonValue } from '../protocol/message.js';
import type { Answer } from './answers.js';

/** What a client wants of the device. */
export interface Wanted {
  readonly serviceId: number;
  readonly dataId: number;
  readonly data: JsonValue;
  readonly status: number;
}

/** A request that waits, or is under way. */
export interface Ticket<P extends Place = Place> {
  readonly place: P;
  readonly wanted: Wanted;
  /** A READ without data: equal ones get one answer. All others are asked one by one. */
  readonly isRead: boolean;
  /** A message to which no answer is expected. */
  readonly isMessage: boolean;
  /** Whether it must not be sent once the lease of its client is over. */
  readonly isGuarded: boolean;
  readonly byteLength: number;
  /** When its time is over. */
  readonly dueMs: number;
  readonly settle: (answer: Answer) => void;
  /** Where it is: in the line, under way, or settled. */
  state: 'waiting' | 'under way' | 'settled';
  /** Whether it stands in the index of those that can be joined. */
  isIndexed: boolean;
}

/** The place of a client in the line. */
export class Place {
  readonly waiting: Set<Ticket> = new Set();
  /** How many of those are no READs. */
  others = 0;

  /** What it wants first; undefined: nothing. */
  get next(): Wanted | undefined {
    for (const { wanted } of this.waiting) return wanted;
    return undefined;
  }
}

/** All who wait. */
export class Line {
  /** Clients that wait, the one whose turn it is first. */
  readonly #ring = new Set<Place>();
  /** READs that may be answered together with an equal one, by their data id. */
  readonly #joinable = new Map<number, Set<Ticket>>();
  /** How many requests wait, and their bytes. */
  size = 0;
  byteLength = 0;

  /** How many clients wait. */
  get clients(): number {
    return this.#ring.size;
  }

  /** Whose turn it is. */
  get first(): Place | undefined {
    for (const place of this.#ring) return place;
    return undefined;
  }

  /** Puts a request behind those of its client; a client that had none is the last of all. */
  add(ticket: Ticket): void {
    const { place } = ticket;
    place.waiting.add(ticket);
    this.#ring.add(place);
    this.size++;
    this.byteLength += ticket.byteLength;
    if (!ticket.isRead) place.others++;
    else if (place.others === 0) this.#index(ticket);
  }

  /** A client has had its turn: it is the last of those who wait. */
  passTurn(place: Place): void {
    if (this.#ring.delete(place)) this.#ring.add(place);
  }

  /** Takes out a request: its turn has come, somebody else's answer is its own, its time is over, or its client is gone. */
  remove(ticket: Ticket): void {
    const { place } = ticket;
    if (!place.waiting.delete(ticket)) return;
    this.size--;
    this.byteLength -= ticket.byteLength;
    this.#unindex(ticket);
    if (!ticket.isRead) {
      place.others--;
      this.#indexUpToTheNext(place);
    }
    if (place.waiting.size === 0) this.#ring.delete(place);
  }

  /** The READs that an answer for this data id may answer too. */
  joinable(dataId: number): Iterable<Ticket> {
    return this.#joinable.get(dataId) ?? [];
  }

  #index(ticket: Ticket): void {
    const { dataId } = ticket.wanted;
    const tickets = this.#joinable.get(dataId);
    if (tickets === undefined) this.#joinable.set(dataId, new Set([ticket]));
    else tickets.add(ticket);
    ticket.isIndexed = true;
  }

  #unindex(ticket: Ticket): void {
    if (!ticket.isIndexed) return;
    ticket.isIndexed = false;
    const { dataId } = ticket.wanted;
    const tickets = this.#joinable.get(dataId);
    tickets?.delete(ticket);
    if (tickets?.size === 0) this.#joinable.delete(dataId);
  }

  /** Something else than a READ has left: those behind it have only READs before them, up to the next that is no READ. */
  #indexUpToTheNext(place: Place): void {
    for (const ticket of place.waiting) {
      if (!ticket.isRead) return;
      if (!ticket.isIndexed) this.#index(ticket);
    }
  }
}
