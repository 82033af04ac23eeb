/**
 * The flight recorder of a session: the last frames and changes of states, always on, so that a failure can be looked into that
 * nobody waited for.
 *
 * Two laws: nothing confidential is ever kept, not even raw (of a message of an authentication its ids and its length, and of a
 * frame that could not be read its length alone); and what is on the hot path makes no garbage and calls nothing of Node's.
 */

import {
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
} from '../../protocol/ids.js';
import type { Message } from '../../protocol/message.js';
import type { DropReason, NoteCode, Reason } from '../../protocol/reasons.js';
import { BYTES_AFTER_DATA, dataStartOf, type EnvelopeForm, formOf } from '../../wire/data-place.js';
import type { LazyPayload } from '../../wire/stp.js';
import {
  ACTORS,
  DATA_ID_SPACE,
  IS_RAW,
  KEPT,
  KIND,
  KIND_BITS,
  LARGEST,
  LENGTH_UNIT,
  NAME_SPACE,
  ODD_KEY,
  STATUS_SHIFT,
} from './entry-layout.js';
import { numberOf } from './names.js';
import { FlightRing, HEAD_BYTES } from './ring.js';

/** Longer texts are cut. */
const MAX_TEXT = 200;
/** More entries than a handshake can have that went well. */
const LONGEST_HANDSHAKE = 32;
const KIND_MASK = (1 << KIND_BITS) - 1;
/** The data of so many frames is kept in one window of time: more would cost the hot path, and be overwritten soon. */
const DATA_PER_WINDOW = 16;
const WINDOW_MS = 10;
const NOT_KEPT = KEPT.nothing << KIND_BITS;
/** The names that the peers of a link exchange when it opens: a question and an answer. What follows are signs of life. */
const NAME_FRAMES = 2;

/** What a recorder asks of the session. */
export interface FlightSource {
  readonly clock: { now(): number };
  /** When a transport last heard something, by the same clock; undefined where it does not know. */
  readonly comm: { readonly lastHeardMs?: number | undefined };
  readonly codecName: string;
}

/** Messages of the heartbeat, which would fill the record of a session at rest. */
export interface SignsOfLife {
  readonly sent: number;
  readonly received: number;
  /** When the last of them passed, by the session's clock; null: none has. */
  readonly lastMs: number | null;
}

/** Records what happens in one session. Never throws. */
export class FlightRecorder {
  readonly ring: FlightRing;
  readonly #clock: FlightSource['clock'];
  readonly #comm: FlightSource['comm'];
  readonly form: EnvelopeForm;
  /** The time, while it is known without asking the clock, which would cost as much as the rest of an entry; else NaN. */
  #nowMs = Number.NaN;
  #lastMs = Number.NEGATIVE_INFINITY;
  #nameFrames = 0;
  #windowEndMs = Number.NEGATIVE_INFINITY;
  #dataLeft = 0;
  #signs: { sent: number; received: number; lastMs: number } | null = null;

  /** @param limit how many entries are kept */
  constructor({ clock, comm, codecName }: FlightSource, limit: number) {
    this.#clock = clock;
    this.#comm = comm;
    this.ring = new FlightRing(limit);
    this.form = formOf(codecName);
  }

  // ── time ──

  /** Somebody has just asked the clock. */
  isNow(ms: number): void {
    this.#nowMs = ms;
  }

  /** What happens from now on happens later. */
  timePasses(): void {
    this.#nowMs = Number.NaN;
  }

  /** The time of an entry; never before that of the last one. */
  time(): number {
    const ms = this.#nowMs;
    return ms >= this.#lastMs ? (this.#lastMs = ms) : this.#askClock();
  }

  #askClock(): number {
    if (!Number.isNaN(this.#nowMs)) return this.#lastMs;
    try {
      const ms = this.#clock.now();
      if (ms > this.#lastMs) this.#lastMs = ms;
    } catch {
      // the next caller that needs the clock reports it
    }
    return this.#lastMs === Number.NEGATIVE_INFINITY ? 0 : this.#lastMs;
  }

  /** A transport of the user's own may throw; the next caller that needs it reports that. */
  get #heardMs(): number {
    try {
      return this.#comm.lastHeardMs ?? Number.NaN;
    } catch {
      return Number.NaN;
    }
  }

  // ── messages ──

  /** A message has come: until {@link timePasses}, all happens at the moment at which the transport heard it. */
  received(message: Message<unknown>, payload: Uint8Array): void {
    this.#nowMs = this.#heardMs;
    this.#frame(KIND.received, message, payload);
  }

  sent(message: Message<unknown>, payload: Uint8Array | LazyPayload): void {
    this.#frame(KIND.sent, message, payload);
  }

  #frame(kind: number, message: Message<unknown>, payload: Uint8Array | LazyPayload): void {
    const { length } = payload;
    if (isOfSession(message.serviceId)) return this.#ownFrame(kind, message, length);
    const ms = this.time();
    if (ms >= this.#windowEndMs) {
      this.#windowEndMs = ms + WINDOW_MS;
      this.#dataLeft = DATA_PER_WINDOW;
    }
    const kept = this.#dataLeft === 0 ? NOT_KEPT : this.#keep(message, payload);
    this.#put(ms, kind | kept, message, length);
  }

  /** Keeps the first bytes of the data; or of the payload, where nobody knows where its data is. */
  #keep(message: Message<unknown>, payload: Uint8Array | LazyPayload): number {
    this.#dataLeft--;
    const { form, ring } = this;
    const bytes = ArrayBuffer.isView(payload) ? payload : payload.toBytes();
    const start = dataStartOf(form, message, bytes);
    const isRaw = start < 0;
    const from = isRaw ? 0 : start;
    const end = isRaw ? bytes.length : bytes.length - BYTES_AFTER_DATA[form];
    const kept = Math.max(0, Math.min(HEAD_BYTES, end - from));
    const at = ring.makeRoom();
    ring.heads.set(bytes.subarray(from, from + kept), at);
    return (kept << KIND_BITS) | (isRaw ? IS_RAW : 0);
  }

  #put(ms: number, bits: number, { serviceId, dataId, status }: Message<unknown>, length: number): void {
    const isOdd =
      serviceId > LARGEST.serviceId ||
      dataId > LARGEST.dataId ||
      status > LARGEST.status ||
      length > LARGEST.length;
    if (isOdd) return this.#putOdd(ms, bits, [serviceId, dataId, status, length]);
    const info = length * LENGTH_UNIT + (bits | (status << STATUS_SHIFT));
    this.ring.put(ms, serviceId * DATA_ID_SPACE + dataId, info);
  }

  /** Numbers that hardly anybody uses do not fit. */
  #putOdd(ms: number, bits: number, numbers: readonly number[]): void {
    this.ring.put(ms, ODD_KEY, bits);
    this.ring.putText(JSON.stringify(numbers));
  }

  /** A message of the session itself: nothing of its data is kept but a verdict. */
  #ownFrame(kind: number, message: Message<unknown>, length: number): void {
    const { serviceId, data } = message;
    const isName = serviceId === SID_CHANNEL_NAME_REQUEST || serviceId === SID_CHANNEL_NAME_RESPONSE;
    if (isName && ++this.#nameFrames > NAME_FRAMES) return this.#signOfLife(kind);
    const kept = isName ? KEPT.nothing : verdictOf(data);
    this.#put(this.time(), kind | (kept << KIND_BITS), message, length);
  }

  #signOfLife(kind: number): void {
    const signs = (this.#signs ??= { sent: 0, received: 0, lastMs: 0 });
    if (kind === KIND.sent) signs.sent++;
    else signs.received++;
    signs.lastMs = this.time();
  }

  get signsOfLife(): SignsOfLife {
    return this.#signs === null ? { sent: 0, received: 0, lastMs: null } : { ...this.#signs };
  }

  // ── everything else ──

  /** A link is there, on which names are exchanged. */
  linkOpened(): void {
    this.#nameFrames = 0;
  }

  /**
   * The peer is trusted. Of a handshake without an event the states are kept that it led to: a session at rest, of which there may be
   * thousands, needs no more.
   */
  trusted(): void {
    const { ring } = this;
    const { size } = ring;
    if (size > LONGEST_HANDSHAKE) return;
    const places: number[] = [];
    // a bit for each actor of which the last state has been found
    let found = 0;
    for (let place = size - 1; place >= 0; place--) {
      const info = ring.infoAt(place);
      const kind = info & KIND_MASK;
      if (kind === KIND.state) {
        const actor = 1 << ((info >> KIND_BITS) & KIND_MASK);
        if ((found & actor) === 0) places.push(place);
        found |= actor;
      } else if (kind > KIND.sent || !isOfSession(Math.floor(ring.keyAt(place) / DATA_ID_SPACE))) return;
    }
    if (places.length > 0) ring.compact(places.reverse());
  }

  /** An actor of the session is in another state. */
  moved(actor: string, value: unknown, event: { readonly type: string; readonly reason?: unknown }): void {
    const place = ACTORS.indexOf(actor);
    if (place < 0) return;
    const { type, reason } = event;
    const because = typeof reason === 'string' ? numberOf(reason) : 0;
    const info = KIND.state | (place << KIND_BITS) | (numberOf(type) << (2 * KIND_BITS));
    this.ring.put(this.time(), because * NAME_SPACE + numberOfState(value), info);
  }

  /** @param detail free of anything confidential */
  dropped(reason: DropReason, byteLength: number, detail: string): void {
    this.#told(KIND.drop, numberOf(reason), byteLength, detail);
  }

  /** @param detail free of anything confidential */
  noted(code: NoteCode, reason: Reason | null, detail: string): void {
    this.#told(KIND.note, numberOf(code), numberOf(reason ?? ''), detail);
  }

  #told(kind: number, name: number, key: number, text: string): void {
    this.ring.put(this.time(), key, kind | (name << KIND_BITS));
    if (text !== '') this.ring.putText(copyOf(text));
  }
}

function isOfSession(serviceId: number): boolean {
  return (
    serviceId <= SID_CHANNEL_NAME_RESPONSE &&
    (serviceId === SID_AUTH_REQUEST ||
      serviceId === SID_AUTH_RESPONSE ||
      serviceId === SID_CHANNEL_NAME_REQUEST ||
      serviceId === SID_CHANNEL_NAME_RESPONSE)
  );
}

function verdictOf(data: unknown): number {
  if (typeof data === 'boolean') return data ? KEPT.true : KEPT.false;
  return data === null ? KEPT.null : KEPT.confidential;
}

/** A part of a text would keep the whole of it. */
function copyOf(text: string): string {
  const shown = text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
  return Buffer.from(shown).toString();
}

/** States of machines that nobody inspects are the same objects each time. */
const numbersOfStates = new WeakMap<object, number>();

function numberOfState(value: unknown): number {
  if (typeof value !== 'object' || value === null) return numberOf(String(value));
  const known = numbersOfStates.get(value);
  if (known !== undefined) return known;
  const number = numberOf(pathOf(value));
  numbersOfStates.set(value, number);
  return number;
}

/** The value of a snapshot as one path: `client.proving.keySent`. */
function pathOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name}.${pathOf(inner)}`)
    .join(', ');
}
