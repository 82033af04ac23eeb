/** The way out of a session: from a message to the transport, and when what waits may go. */

import type { Clock } from '../../base/clock.js';
import type { JsonValue, Message } from '../../protocol/message.js';
import type { CommInstance } from '../../transport/comm-instance.js';
import type { Admission, PendingEffects, PendingRequest } from '../asking/pending-requests.js';
import type { DropReason, MutableCounts } from '../journal/counters.js';
import type { MessageLog } from '../journal/message-log.js';
import type { SessionSettings, TrustLimits } from '../options.js';
import type { Gate } from '../provided-machines.js';

/** Bytes in the transport above which requests wait: enough to keep a fast link busy. */
const SEND_HIGH_WATER_BYTES = 1024 * 1024;

/** Who asked for reading to pause: it goes on when nobody does. */
type PauseReason = 'callbacks' | 'output';

/** What the way out needs of its session. */
export interface OutletHost {
  readonly settings: SessionSettings;
  readonly log: MessageLog;
  readonly counts: MutableCounts;
  readonly gate: Gate;
  readonly limits: TrustLimits;
  readonly whitelist: { has(serviceId: number, dataId: number): boolean };
  drop(reason: DropReason, detail: string): void;
  /** Breaks the connection. */
  reset(reason: string): void;
  /** A request was written: its answer must be read. */
  awaitsAnswer(): void;
  /** Something that is not ours threw: the session cannot go on. */
  failed(error: unknown): void;
}

/** Writes messages and says when. */
export class Outlet implements PendingEffects {
  readonly #comm: CommInstance;
  readonly #host: OutletHost;
  #isPausedByCallbacks = false;
  #isPausedByOutput = false;

  constructor(comm: CommInstance, host: OutletHost) {
    this.#comm = comm;
    this.#host = host;
  }

  get clock(): Clock {
    return this.#host.settings.clock;
  }

  get lateAnswerGraceMs(): number {
    return this.#host.settings.lateAnswerGraceMs;
  }

  /** More waits for the peer than it may let lie: it must read before it gets more. */
  get isFull(): boolean {
    return (this.#comm.bufferedBytes ?? 0) > this.#host.limits.maxOutputBytes;
  }

  /**
   * Encodes a message for sending.
   *
   * @throws TypeError for data that is no JSON, RangeError for an id out of range or a message that is too long
   */
  encode(message: Message<unknown>): Buffer {
    const { codec, trusted } = this.#host.settings;
    const { maxFrameLength } = trusted;
    const payload = codec.encode(message);
    if (payload.length <= maxFrameLength) return payload;
    throw new RangeError(
      `expected a message of at most ${maxFrameLength} bytes (maxFrameLength), got ${payload.length}`,
    );
  }

  /** Sends a message that nobody waits for: an answer, or one of the protocol's own. */
  transmit(message: Message<unknown>, payload: Buffer): void {
    if (this.#send(message, payload)) return;
    const host = this.#host;
    host.drop('not-sent', `the transport did not take it: ${host.log.describe(message)}`);
    // the peer waits for it, and would take the next answer of its ids for this one
    host.reset('an answer could not be sent');
  }

  write(message: Message<unknown>, payload: Buffer): boolean {
    const isTaken = this.#send(message, payload);
    if (isTaken) this.#host.awaitsAnswer();
    return isTaken;
  }

  #send(message: Message<unknown>, payload: Buffer): boolean {
    const host = this.#host;
    if (!this.#comm.send(payload)) return false;
    host.counts.messagesSent++;
    if (host.log.isOn) host.log.sent(message, payload);
    // it must read its answers before more of its requests are read
    if (this.isFull) this.pauseReading('output');
    return true;
  }

  admission(request: PendingRequest): Admission {
    const { gate } = this.#host;
    if (gate === 'nothing') return 'no connection';
    if (gate === 'whitelist' && !this.#isWhitelisted(request)) {
      return request.kind === 'message' ? 'never' : 'no trust';
    }
    return (this.#comm.bufferedBytes ?? 0) < SEND_HIGH_WATER_BYTES ? 'now' : 'no room';
  }

  #isWhitelisted({ message }: PendingRequest): boolean {
    return message !== null && this.#host.whitelist.has(message.serviceId, message.dataId);
  }

  lateAnswerDropped({ answer }: { readonly answer: Message<JsonValue> | null }): void {
    const what = answer === null ? '' : this.#host.log.describe(answer);
    this.#host.drop('late-answer', `an answer that came too late: ${what}`);
  }

  lineOverdue(): void {
    this.#host.reset(`a request had no answer for ${this.lateAnswerGraceMs} ms after its time-out`);
  }

  failed(error: unknown): void {
    this.#host.failed(error);
  }

  pauseReading(reason: PauseReason): void {
    if (!this.#isPausedByCallbacks && !this.#isPausedByOutput) this.#comm.pause?.();
    if (reason === 'callbacks') this.#isPausedByCallbacks = true;
    else this.#isPausedByOutput = true;
  }

  resumeReading(reason: PauseReason): void {
    const wasPaused = this.#isPausedByCallbacks || this.#isPausedByOutput;
    if (reason === 'callbacks') this.#isPausedByCallbacks = false;
    else this.#isPausedByOutput = false;
    if (wasPaused && !this.#isPausedByCallbacks && !this.#isPausedByOutput) this.#comm.resume?.();
  }

  /** The link is gone; the next one begins unpaused. */
  linkLost(): void {
    this.#isPausedByCallbacks = this.#isPausedByOutput = false;
  }
}
