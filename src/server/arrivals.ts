/**
 * Connections that wait for their session. Making one takes time, and a thousand clients may connect in one turn of the event
 * loop: if all sessions were made first, the handshakes would begin when the clients have given up. So a few are made in each
 * turn, and traffic of the others is handled in between. Connections that have sent something come first: an attacker who opens
 * silent connections keeps nobody waiting, and gets no session while there are too many of them. A network that talks too much
 * before trust gets in slowly; turned away, it would come back at once.
 */

import type { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers';
import type { Clock } from '../base/clock.js';

/** Sessions that are made in one turn of the event loop, and what they may take: the rest of the program waits meanwhile. */
const PER_TURN = 8;
const TURN_MS = 4;
/** How many of these may be of connections that have sent nothing yet. */
const SILENT_PER_TURN = 1;
/** The original's client waits 2 s for its seed: whose turn has not come by now has given up, or soon will. */
const PATIENCE_MS = 1_500;
/** Two sessions in this time is what a network gets that talks too much: a fifth of a core. */
const SLOW_EVERY_MS = 10;
const SLOW_AT_ONCE = 2;
/** An honest neighbour must not wait longer. */
const SLOW_PATIENCE_MS = 500;

/** A connection that waits. */
interface Arrival<Guest> {
  readonly socket: Duplex;
  readonly guest: Guest;
  readonly arrivedMs: number;
  readonly hasSpoken: () => void;
  readonly hasClosed: () => void;
}

/** What is done with connections when their turn has come, or when they have closed before. */
export interface Reception<Guest> {
  /** Whether a newcomer has to get in slowly. */
  isSlow(guest: Guest): boolean;
  /** Whether there are so many strangers that one who says nothing is not worth a session. */
  readonly isCrowded: boolean;
  begin(socket: Duplex, guest: Guest): void;
  left(guest: Guest): void;
}

/** The line before the sessions. */
export class Arrivals<Guest> {
  readonly #clock: Clock;
  readonly #reception: Reception<Guest>;
  readonly #spoken = new Set<Arrival<Guest>>();
  readonly #silent = new Set<Arrival<Guest>>();
  readonly #slow = new Set<Arrival<Guest>>();
  #begunInTurn = 0;
  #isTurnDue = false;
  #slowTimer: unknown;

  constructor(clock: Clock, reception: Reception<Guest>) {
    this.#clock = clock;
    this.#reception = reception;
  }

  /** How many wait. */
  get size(): number {
    return this.#spoken.size + this.#silent.size + this.#slow.size;
  }

  /** A connection has come: its session begins at once, or when its turn has come. */
  add(socket: Duplex, guest: Guest): void {
    if (this.#reception.isSlow(guest)) {
      this.#wait(socket, guest, this.#slow);
      this.#slowTimer ??= this.#clock.setTimeout(() => this.#slowTurn(), SLOW_EVERY_MS);
      return;
    }
    this.#expectTurn();
    const isFirst = this.#spoken.size + this.#silent.size === 0;
    if (!isFirst || this.#begunInTurn >= PER_TURN || this.#reception.isCrowded)
      return this.#wait(socket, guest, this.#silent);
    this.#begunInTurn++;
    this.#reception.begin(socket, guest);
  }

  /** Closes all that wait. */
  close(): void {
    this.#clock.clearTimeout(this.#slowTimer);
    for (const { socket } of [...this.#spoken, ...this.#silent, ...this.#slow]) socket.destroy();
  }

  #wait(socket: Duplex, guest: Guest, line: Set<Arrival<Guest>>): void {
    const arrival: Arrival<Guest> = {
      socket,
      guest,
      arrivedMs: this.#clock.now(),
      hasSpoken: () => {
        if (!this.#silent.delete(arrival)) return;
        this.#spoken.add(arrival);
        this.#expectTurn();
      },
      hasClosed: () => {
        this.#remove(arrival);
        this.#reception.left(guest);
        this.#expectTurn();
      },
    };
    line.add(arrival);
    socket.on('error', ignore).once('close', arrival.hasClosed);
    if (line === this.#silent) socket.once('readable', arrival.hasSpoken);
  }

  #expectTurn(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isTurnDue = false;
    this.#begunInTurn = 0;
    const endMs = this.#clock.now() + TURN_MS;
    this.#demoteTheImpatient();
    this.#beginSome(this.#spoken, PER_TURN, endMs);
    const { isCrowded } = this.#reception;
    if (!isCrowded) this.#beginSome(this.#silent, SILENT_PER_TURN, endMs);
    if (this.#spoken.size > 0 || (!isCrowded && this.#silent.size > 0)) this.#expectTurn();
  }

  #slowTurn(): void {
    this.#slowTimer = undefined;
    let most = SLOW_AT_ONCE;
    const sinceMs = this.#clock.now() - SLOW_PATIENCE_MS;
    for (const { arrivedMs } of this.#slow) {
      if (arrivedMs > sinceMs) break;
      most++;
    }
    this.#beginSome(this.#slow, most, Number.POSITIVE_INFINITY);
    if (this.#slow.size > 0) this.#slowTimer = this.#clock.setTimeout(() => this.#slowTurn(), SLOW_EVERY_MS);
  }

  #beginSome(line: Set<Arrival<Guest>>, most: number, endMs: number): void {
    let begun = 0;
    for (const arrival of line) {
      if (begun >= most || this.#clock.now() > endMs) return;
      // pushed out a moment ago; its close follows
      if (arrival.socket.destroyed) continue;
      begun++;
      this.#begunInTurn++;
      this.#remove(arrival);
      this.#reception.begin(arrival.socket, arrival.guest);
    }
  }

  #demoteTheImpatient(): void {
    const sinceMs = this.#clock.now() - PATIENCE_MS;
    for (const arrival of this.#spoken) {
      if (arrival.arrivedMs >= sinceMs) return;
      this.#spoken.delete(arrival);
      this.#silent.add(arrival);
    }
  }

  #remove(arrival: Arrival<Guest>): void {
    for (const line of [this.#spoken, this.#silent, this.#slow]) line.delete(arrival);
    arrival.socket.off('readable', arrival.hasSpoken).off('close', arrival.hasClosed).off('error', ignore);
  }
}

/** The close that follows says the same. */
function ignore(): void {}
