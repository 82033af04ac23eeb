/** One connection as the defences of its server see it: who it is, whether it is trusted, and what it has cost. */

import type { Duplex } from 'node:stream';
import type { SessionAnnouncement } from '../../machines/index.js';
import type { LinkReason } from '../protocol/reasons.js';
import type { SessionWatcher } from '../session/internals.js';
import type { StrangerBudget } from '../session/journal/stranger-budget.js';
import type { Defences } from './defences.js';
import type { ConnectionBudget } from './message-budget.js';
import { addressOfOrigin } from './networks.js';
import type { Evictable, Place } from './untrusted-pool.js';

/** Why the pool disconnects one, and what the log says then. */
const DISCONNECTIONS: Readonly<Partial<Record<LinkReason, 'evicted' | 'handshakeTimeouts'>>> = {
  'too-many-untrusted': 'evicted',
  'handshake-timeout': 'handshakeTimeouts',
};

/** A connection of a server that has a secret. */
export class Guest implements SessionWatcher, StrangerBudget, Evictable {
  readonly #defences: Defences;
  readonly #socket: Duplex;
  readonly #address: string | undefined;
  readonly #network: string;
  /** Null until it has a session. */
  #transport: Evictable | null = null;
  /** Null while it is trusted, and when it is gone. */
  #place: Place | null = null;
  #messages: ConnectionBudget | null = null;
  /** It held the secret once: whatever it does now is no guess. */
  #isProven = false;
  /** Its connection is gone, and it needs no place any more. */
  #isGone = false;

  /** @param network where it comes from, see `networkOf` */
  constructor(defences: Defences, socket: Duplex, network: string) {
    this.#defences = defences;
    this.#socket = socket;
    this.#address = addressOfOrigin(socket);
    this.#network = network;
  }

  /** Takes a place among those who are not trusted; false where there is none. */
  enter(): boolean {
    this.#place = this.#defences.pool.add(this, this.#network);
    return this.#place !== null;
  }

  /** Whether peers of its network talk too much before trust: it gets its session slowly. */
  get isSlow(): boolean {
    return this.#defences.messages.isScarce(this.#network);
  }

  /** It has a session on this transport from now on. */
  begin(transport: Evictable): void {
    this.#transport = transport;
  }

  disconnect(reason: LinkReason): void {
    const event = DISCONNECTIONS[reason];
    const { log } = this.#defences;
    if (this.#transport !== null) {
      if (event !== undefined) log.tell(event, this.#address);
      return this.#transport.disconnect(reason);
    }
    if (event !== undefined) log.turnedAway(event, this.#address);
    this.#socket.destroy();
  }

  // ── what the session announces ──

  announced(announcement: SessionAnnouncement): void {
    switch (announcement.type) {
      case 'trusted':
        this.#isProven = true;
        return this.leave();
      case 'authenticationFailed':
        this.#defences.wrongKey(this.#network, this.#address);
        // a key without a seed is no step of a handshake
        if (announcement.reason === 'wrong-secret') this.#moved();
        return;
      case 'disconnected':
      case 'closing':
      case 'closed':
        this.#isGone = true;
        return this.leave();
    }
  }

  /** It is trusted, or gone. */
  leave(): void {
    if (this.#place !== null) this.#defences.pool.remove(this.#place);
    this.#place = this.#messages = null;
  }

  #moved(): void {
    if (this.#place !== null) this.#defences.pool.moved(this.#place);
  }

  // ── what the session asks before trust ──

  messageCame(byteLength: number): LinkReason | null {
    const { pool, messages } = this.#defences;
    if (this.#place !== null) pool.spoke(this.#place);
    this.#messages ??= messages.begin(this.#network);
    if (this.#messages.spend(byteLength)) return null;
    this.#defences.exceededBudget(this.#address);
    return 'too-many-untrusted-messages';
  }

  seedAsked(): number | LinkReason {
    // it was trusted, gave up its place, and is not trusted any more
    if (this.#place === null && !this.#isGone && !this.enter()) {
      this.#defences.refusedByPool(this.#address, true);
      return 'too-many-untrusted';
    }
    this.#moved();
    return this.#isProven ? 0 : this.#defences.seedAsked(this.#network, this.#address);
  }

  takeLines(lines: number): boolean {
    return this.#defences.log.takeLines(lines);
  }

  get mayCall(): boolean {
    return this.#defences.callbacks.hasRoom;
  }

  callbackBegan(): () => void {
    return this.#defences.callbacks.begin();
  }
}
