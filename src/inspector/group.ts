/** What is known of one group of entries: a session, a connection of a proxy, or machines that stand alone. */

import { SID_CHANNEL_NAME_REQUEST, STATUS_OKAY } from '../protocol/ids.js';
import type { AskingDoor } from '../session/journal/asking-door.js';
import { type Detector, detectorOf } from './detect/detector.js';
import type { CountersEntry, MessageEntry, NoteEntry, NumberedEntry, StateEntry } from './entries.js';
import type { SessionRow, SessionState } from './feed.js';
import { Pairing } from './pairing.js';

type NumberedTrouble = Extract<NumberedEntry, { kind: 'trouble' }>;

const SECOND_MS = 1_000;

/** Messages by the second. */
class Rate {
  #second = 0;
  #count = 0;
  #before = 0;

  add(ms: number): void {
    this.#goTo(Math.floor(ms / SECOND_MS));
    this.#count++;
  }

  /** How many there were in the last whole second. */
  at(ms: number): number {
    this.#goTo(Math.floor(ms / SECOND_MS));
    return this.#before;
  }

  /** Whether the rate changes although nothing happens any more. */
  changesAfter(ms: number): boolean {
    return this.at(ms) > 0 || this.#count > 0;
  }

  #goTo(second: number): void {
    if (second <= this.#second) return;
    this.#before = second === this.#second + 1 ? this.#count : 0;
    this.#count = 0;
    this.#second = second;
  }
}

/** How one group stands. It is told each of its entries, once. */
export class Group {
  readonly name: string;
  /** The process that it belongs to; null for this one. */
  readonly process: string | null;
  readonly pairing = new Pairing();
  readonly detector: Detector;
  /** The version of the rows in which its row has changed last. */
  version = 0;
  /** Whether its row has changed since. */
  isChanged = false;
  /** Where it can be asked, and knows its names; null where it is somebody else's, or over. */
  door: AskingDoor | null = null;
  /** Whether the page may ask in it. */
  canSend = false;
  /** Whether its process has ended, or says nothing any more. */
  isGone = false;
  #state: SessionState = 'connecting';
  #isOver = false;
  #address: string | null = null;
  #channelName: string | null = null;
  #role: 'client' | 'server' | null = null;
  #codec: string | null = null;
  #messages = 0;
  #timeouts = 0;
  /** Those that no other explains, by their incidents. */
  readonly #incidents = new Set<number>();
  /** Those that can no longer come again or be explained by others. */
  #forgotten = 0;
  #lastTrouble: SessionRow['lastTrouble'] = null;
  #firstMs = 0;
  #lastMs = 0;
  #hasBegun = false;
  readonly #rate = new Rate();

  /**
   * @param name its name
   * @param process the process that it belongs to; null for this one
   */
  constructor(name: string, process: string | null = null) {
    this.name = name;
    this.process = process;
    this.detector = detectorOf();
  }

  get isOver(): boolean {
    return this.#isOver || this.isGone;
  }

  /** Whether the page may ask in it now. */
  get isAskable(): boolean {
    return this.canSend && (this.door !== null || this.process !== null) && !this.isOver;
  }

  get troubles(): number {
    return this.#incidents.size + this.#forgotten;
  }

  get lastMs(): number {
    return this.#lastMs;
  }

  get channelName(): string | null {
    return this.#channelName;
  }

  /** Whether its row says something else later, although nothing happens. */
  changesAfter(ms: number): boolean {
    return !this.isOver && this.#rate.changesAfter(ms);
  }

  /** An entry was added to it. */
  took(entry: NumberedEntry): void {
    if (!this.#hasBegun) this.#firstMs = entry.ms;
    this.#hasBegun = true;
    this.#lastMs = entry.ms;
    if (entry.kind === 'trouble') this.#troubled(entry);
    this.#apply(entry);
    if (this.#isOver) this.door = null;
  }

  #apply(entry: NumberedEntry): void {
    switch (entry.kind) {
      case 'message':
        return this.#passed(entry);
      case 'note':
        return this.#noted(entry);
      case 'state':
        return this.#stepped(entry);
      case 'drop':
        this.#codec ??= entry.codec;
        return;
      case 'session':
        this.#role = entry.role;
        // one of another process decides again when it is asked
        if (this.process !== null) this.canSend = entry.canSend === true;
        this.#codec = entry.codec;
        this.#address = entry.address;
        this.#channelName = entry.channelName ?? (entry.role === null ? this.#channelName : null);
        return;
      case 'counters':
        this.#counted(entry);
        return;
      default:
    }
  }

  /** Its row in the list of sessions. */
  row(nowMs: number): SessionRow {
    return {
      group: this.name,
      process: this.process,
      address: this.#address,
      channelName: this.#channelName,
      role: this.#role,
      codec: this.#codec,
      state: this.isGone && !this.#isOver ? 'lost' : this.#state,
      isOver: this.isOver,
      inFlight: this.pairing.open,
      messages: this.#messages,
      perSecond: this.isOver ? 0 : this.#rate.at(nowMs),
      timeouts: this.#timeouts,
      troubles: this.troubles,
      lastTrouble: this.#lastTrouble,
      firstMs: this.#firstMs,
      lastMs: this.#lastMs,
      canSend: this.isAskable,
    };
  }

  #troubled({ number, code, text, incident, coveredBy }: NumberedTrouble): void {
    if (code === 'request-timed-out') this.#timeouts++;
    if (coveredBy !== null) return void this.#incidents.delete(incident);
    this.#incidents.add(incident);
    if (this.#incidents.size > MAX_INCIDENTS) {
      const [oldest] = this.#incidents;
      if (oldest !== undefined) this.#incidents.delete(oldest);
      this.#forgotten++;
    }
    this.#lastTrouble = { number, code, text };
  }

  #passed({ ms, from, serviceId, status, data, codec }: MessageEntry & { readonly ms: number }): void {
    this.#messages++;
    this.#rate.add(ms);
    // a part of a recording may begin after the connection did
    if (this.#state === 'connecting') this.#state = 'connected';
    this.#codec = codec;
    // traffic that somebody else's proxy saw has no other source of the name
    const isName = serviceId === SID_CHANNEL_NAME_REQUEST && from === 'client' && status === STATUS_OKAY;
    if (isName && this.#role === null && typeof data === 'string') this.#channelName = data;
  }

  #noted({ code, reason }: NoteEntry): void {
    const state = stateAfter(code, reason, this.#state);
    if (state !== null) this.#state = state;
    if (ENDS.has(code)) this.#isOver = true;
  }

  #stepped({ actor, parent, state, isOver }: StateEntry): void {
    // of a session, its root; of a proxy, where two machines stand alone, the client of the two
    if (parent === null && actor === 'session') {
      this.#isOver = isOver || state === 'closed';
      if (this.#isOver && (this.#state === 'connected' || this.#state === 'trusted')) this.#state = 'closed';
      return;
    }
    if (/\bauthentication$/.test(actor)) {
      if (isTrusted(state) && this.#state === 'connected') this.#state = 'trusted';
      return;
    }
    // machines without a session: a presence, the way to a bus
    if (parent === null && this.#messages === 0 && this.#role === null) {
      this.#isOver = isOver;
      this.#state = isOver ? 'closed' : ON_THE_WAY.test(nameOf(state)) ? 'connecting' : 'connected';
    }
  }

  #counted({ counters }: CountersEntry): void {
    const { timeouts } = counters;
    if (typeof timeouts === 'number') this.#timeouts = timeouts;
  }
}

/** More than a detector knows at once. */
const MAX_INCIDENTS = 2_000;

/** States of a presence, and of the way to a bus, in which it cannot be used yet. */
const ON_THE_WAY = /^(?:connecting|away|arriving|claiming)$/;

/** The outermost state. */
function nameOf(state: unknown): string {
  if (typeof state === 'string') return state;
  return typeof state === 'object' && state !== null ? (Object.keys(state)[0] ?? '') : '';
}

/** Notes after which nothing more comes. */
const ENDS: ReadonlySet<NoteEntry['code']> = new Set([
  'session-failed',
  'hung-up',
  'connection-failed',
  'stopped-listening',
]);

/** Reasons of an end that somebody wanted. */
const WANTED_ENDS: ReadonlySet<string | null> = new Set([
  'session-closed',
  'link-closed',
  'peer-closed',
  null,
]);

/** How a session stands after a note; null where that does not change. */
function stateAfter(
  code: NoteEntry['code'],
  reason: string | null,
  before: SessionState,
): SessionState | null {
  switch (code) {
    case 'listening':
      return 'listening';
    case 'stopped-listening':
      return 'closed';
    case 'connected':
      return 'connected';
    case 'trusted':
      return 'trusted';
    case 'authentication-failed':
      return 'refused';
    case 'disconnected':
      if (before === 'refused') return null;
      return WANTED_ENDS.has(reason) ? 'closed' : 'lost';
    case 'hung-up':
      return before === 'lost' || before === 'refused' ? null : 'closed';
    case 'connection-failed':
    case 'session-failed':
      return 'lost';
    default:
      return null;
  }
}

/** Whether a state of an authentication is one of trust: `{ client: 'trusted' }`. */
function isTrusted(state: unknown): boolean {
  if (typeof state === 'string') return state === 'trusted';
  return typeof state === 'object' && state !== null && Object.values(state).some(isTrusted);
}
