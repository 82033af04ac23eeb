/**
 * Writes messages to the transport, and knows what that says about flow.
 *
 * Nothing here ever stops reading because too much waits to be written: two sides that did so would wait for each other
 * for ever (docs/decisions/back-pressure.md). Full output stops new callbacks; `src/session/answering` decides that.
 */

import { wrongResult } from '../../base/returned.js';
import { watchResult } from '../../base/user-code.js';
import type { Message } from '../../protocol/message.js';
import type { CommInstance } from '../../transport/comm-instance.js';
import { type LazyEncoder, lazyEncoderOf } from '../../wire/codec.js';
import type { LazyPayload } from '../../wire/stp.js';
import type { Journal } from '../journal/journal.js';
import type { SessionSettings } from '../options.js';
import type { SessionHandle } from '../session-handle.js';
import type { Gate } from './gate.js';

/** Bytes in the transport above which requests wait: enough to keep a fast link busy. */
const SEND_HIGH_WATER_BYTES = 1024 * 1024;

/** Whether a message can be written now, or what it waits for; `refused`: the peer refused the key, so it waits in vain. */
export type Admission = 'now' | 'refused' | 'no connection' | 'no trust' | 'no room';

/** Counts of pending requests, kept by their holder. */
export interface PendingCounts {
  queued: number;
  /** Written and unanswered, ghosts among them. */
  inLine: number;
  ghosts: number;
  queuedBytes: number;
}

/** What is written: bytes, or what becomes bytes in its frame. */
export type Payload = Buffer | LazyPayload;

/** Runs callbacks, as many at once as there is room for. */
export interface Caller {
  /** There may be room for more. */
  callNext(): void;
  /** The same, once the current call has returned to the program. */
  callSoon(): void;
  /** An answer could not leave yet. */
  answerWaits(): void;
}

/** Writes messages. */
export class Output {
  readonly pending: PendingCounts = { queued: 0, inLine: 0, ghosts: 0, queuedBytes: 0 };
  /** Answers that may come although nobody waits for them: to requests that were sent with `send`. */
  unclaimedAnswers = 0;
  /** Runs callbacks. */
  caller: Caller | null = null;
  /** Hears that a request has ended, or an answer has left; null while nobody waits for the end of all of them. */
  workEnded: (() => void) | null = null;
  /** Something of the peer waits here: whether it still has to may depend on what this side waits for. */
  isLoaded = false;
  readonly #comm: CommInstance;
  readonly #settings: SessionSettings;
  readonly #journal: Journal;
  readonly #gate: Gate;
  readonly #handle: SessionHandle;
  /** Null where the transport, or the codec, works with bytes only. */
  readonly #encodeLazily: LazyEncoder | null;
  /** More than the limit waited after a write, and nobody has said since that it drained. */
  #wasFull = false;
  #isReading = true;

  constructor(
    comm: CommInstance,
    settings: SessionSettings,
    journal: Journal,
    gate: Gate,
    handle: SessionHandle,
  ) {
    this.#comm = comm;
    this.#settings = settings;
    this.#journal = journal;
    this.#gate = gate;
    this.#handle = handle;
    this.#encodeLazily = comm.sendLazy === undefined ? null : lazyEncoderOf(settings.codec);
  }

  // ── writing ──

  /**
   * Encodes a message for sending.
   *
   * @throws TypeError for data that JSON cannot carry, RangeError for an id out of range or a message that is too long
   */
  encode(message: Message<unknown>): Payload {
    const { maxFrameLength } = this.#settings.trusted;
    const payload = this.#encodeLazily?.(message) ?? this.#encodeNow(message);
    if (payload.length <= maxFrameLength) return payload;
    throw new RangeError(
      `The message is too long: ${payload.length} bytes, of at most ${maxFrameLength} (maxFrameLength)`,
    );
  }

  #encodeNow(message: Message<unknown>): Buffer {
    const { codec } = this.#settings;
    const payload = codec.encode(message);
    if (ArrayBuffer.isView(payload)) return payload;
    throw wrongResult(`encode of the codec ${codec.name}`, 'bytes', payload);
  }

  /** Sends an answer, or a message of the protocol itself, which the peer waits for. */
  transmit(message: Message<unknown>, payload: Payload): void {
    if (this.#send(payload)) return this.#journal.sent(message, payload);
    this.#journal.drop('not-sent', `the transport did not take it: ${this.#journal.describe(message)}`);
    // the peer would take the next answer of its ids for this one
    if (this.#gate.isLinked) this.#handle.send({ type: 'link.answerRefused' });
  }

  /** Sends something that this program has asked for; false if the transport did not take it. */
  write(message: Message<unknown>, payload: Payload): boolean {
    if (!this.#send(payload)) return false;
    this.#journal.written(message, payload);
    this.asked();
    return true;
  }

  #send(payload: Payload): boolean {
    const isTaken = ArrayBuffer.isView(payload) ? this.#comm.send(payload) : this.#comm.sendLazy?.(payload);
    if (!isTaken) return false;
    if (isTaken !== true) this.#watch(isTaken);
    if (this.bufferedBytes > this.#gate.limits.maxOutputBytes) this.#wasFull = true;
    return true;
  }

  /** A transport of the user's own may return a promise. */
  #watch(isTaken: unknown): void {
    watchResult(isTaken, (error) => this.#handle.fail(error));
  }

  /** Whether a message may be written now, or what it waits for. */
  admission({ serviceId, dataId }: Message<unknown>): Admission {
    const { passage } = this.#gate;
    if (passage === 'nothing' || !this.#gate.isAnswering) return 'no connection';
    if (passage === 'refused') return 'refused';
    if (!this.#gate.mayPass(serviceId, dataId)) return 'no trust';
    return this.bufferedBytes < SEND_HIGH_WATER_BYTES ? 'now' : 'no room';
  }

  // ── flow ──

  /** Bytes that the transport has taken and not got rid of. */
  get bufferedBytes(): number {
    return this.#comm.bufferedBytes ?? 0;
  }

  /** More output is unread than the limit allows: the peer must read before it gets more answers. */
  get isFull(): boolean {
    return this.#wasFull && this.bufferedBytes > this.#gate.limits.maxOutputBytes;
  }

  /** How many requests and `receive` of this side wait for the peer; each may keep a callback from finishing. */
  get awaited(): number {
    const { queued, inLine, ghosts } = this.pending;
    return queued + inLine - ghosts;
  }

  /** Whether anything may come that only reading can bring: an answer, a late one included. */
  get awaitsAnswers(): boolean {
    return this.pending.inLine + this.unclaimedAnswers > 0;
  }

  /** This side has asked something: what waits here may now have to be read past, or may run. */
  asked(): void {
    if (this.isLoaded) this.caller?.callSoon();
  }

  /** Whether reading can be paused at all. */
  get canPause(): boolean {
    return this.#comm.pause !== undefined;
  }

  /** Pauses or resumes reading. */
  read(isReading: boolean): void {
    if (isReading === this.#isReading) return;
    this.#isReading = isReading;
    if (isReading) this.#comm.resume?.();
    else this.#comm.pause?.();
  }

  /** The peer reads again. */
  drained(): void {
    this.#wasFull = this.bufferedBytes > this.#gate.limits.maxOutputBytes;
  }

  /** The link is gone; the next one begins empty and unpaused. */
  linkLost(): void {
    this.#wasFull = this.isLoaded = false;
    this.#isReading = true;
    this.unclaimedAnswers = 0;
  }
}
