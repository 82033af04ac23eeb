/** Writes messages to the transport, and pauses reading while too little gets out. */

import type { Message } from '../../protocol/message.js';
import type { CommInstance } from '../../transport/comm-instance.js';
import type { Journal } from '../journal/journal.js';
import type { SessionSettings } from '../options.js';
import type { SessionHandle } from '../session-handle.js';
import type { Gate } from './gate.js';

/** Bytes in the transport above which requests wait: enough to keep a fast link busy. */
const SEND_HIGH_WATER_BYTES = 1024 * 1024;

/**
 * The load of callbacks. `some`: as many as may run are running, so reading pauses, unless this side itself waits for an
 * answer, which only reading can bring. `full`: reading pauses in any case.
 */
export type CallbackLoad = 'room' | 'some' | 'full';

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

/** Writes messages. */
export class Output {
  readonly pending: PendingCounts = { queued: 0, inLine: 0, ghosts: 0, queuedBytes: 0 };
  readonly #comm: CommInstance;
  readonly #settings: SessionSettings;
  readonly #journal: Journal;
  readonly #gate: Gate;
  readonly #handle: SessionHandle;
  #load: CallbackLoad = 'room';
  #isPausedByOutput = false;
  #isPaused = false;

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
  }

  /** More output is unread than the limit allows: the peer must read before it gets more. */
  get isFull(): boolean {
    return (this.#comm.bufferedBytes ?? 0) > this.#gate.limits.maxOutputBytes;
  }

  /**
   * Encodes a message for sending.
   *
   * @throws TypeError for data that JSON cannot carry, RangeError for an id out of range or a message that is too long
   */
  encode(message: Message<unknown>): Buffer {
    const { codec, trusted } = this.#settings;
    const { maxFrameLength } = trusted;
    const payload = codec.encode(message);
    if (payload.length <= maxFrameLength) return payload;
    throw new RangeError(
      `The message is too long: ${payload.length} bytes, of at most ${maxFrameLength} (maxFrameLength)`,
    );
  }

  /** Sends an answer, or a message of the protocol itself, which the peer waits for. */
  transmit(message: Message<unknown>, payload: Buffer): void {
    if (this.#send(message, payload)) return;
    this.#journal.drop('not-sent', `the transport did not take it: ${this.#journal.describe(message)}`);
    // the peer would take the next answer of its ids for this one
    if (this.#gate.isLinked) this.#handle.send({ type: 'link.answerRefused' });
  }

  /** Sends something that this program waits for; false if the transport did not take it. */
  write(message: Message<unknown>, payload: Buffer): boolean {
    if (!this.#send(message, payload)) return false;
    // perhaps from within a callback: its answer must be read
    if (this.#load === 'some') this.#pauseOrResume(true);
    return true;
  }

  #send(message: Message<unknown>, payload: Buffer): boolean {
    if (!this.#comm.send(payload)) return false;
    this.#journal.sent(message, payload);
    if (this.isFull) {
      // the peer must read its answers before more of its requests are read
      this.#isPausedByOutput = true;
      this.#pauseOrResume();
    }
    return true;
  }

  /** Whether a message may be written now, or what it waits for. */
  admission({ serviceId, dataId }: Message<unknown>): Admission {
    const { passage } = this.#gate;
    if (passage === 'nothing') return 'no connection';
    if (passage === 'refused') return 'refused';
    if (!this.#gate.mayPass(serviceId, dataId)) return 'no trust';
    return (this.#comm.bufferedBytes ?? 0) < SEND_HIGH_WATER_BYTES ? 'now' : 'no room';
  }

  /** Pauses reading while too many callbacks run or wait. */
  set callbackLoad(load: CallbackLoad) {
    this.#load = load;
    this.#pauseOrResume();
  }

  /** The peer reads again. */
  drained(): void {
    this.#isPausedByOutput = false;
    this.#pauseOrResume();
  }

  /** The link is gone; the next one begins unpaused. */
  linkLost(): void {
    this.#isPausedByOutput = this.#isPaused = false;
    this.#load = 'room';
  }

  #pauseOrResume(isAwaitingAnswers = this.pending.inLine > 0): void {
    const isPaused =
      this.#isPausedByOutput || this.#load === 'full' || (this.#load === 'some' && !isAwaitingAnswers);
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.#comm.pause?.();
    else this.#comm.resume?.();
  }
}
