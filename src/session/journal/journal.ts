/**
 * The journal of a session: counters, the log, the observer and the user's events. It also keeps the budget for bad input,
 * since every drop passes through here.
 */

import type { EventEmitter } from 'node:events';
import { errorOfThrown, messageOfThrown, textOfThrown, warnOfThrown } from '../../base/thrown.js';
import { codeOfError } from '../../protocol/error-brand.js';
import type { JsonValue, Message } from '../../protocol/message.js';
import type { DropReason, NoteCode, Reason } from '../../protocol/reasons.js';
import type { Role } from '../../protocol/role.js';
import { Vocabulary } from '../../protocol/vocabulary.js';
import type { LazyPayload } from '../../wire/stp.js';
import type { FailureKind } from '../flight/failures.js';
import type { FlightRecorder } from '../flight/recorder.js';
import type { SessionSettings } from '../options.js';
import type { SessionHandle } from '../session-handle.js';
import { BadInputBudget } from './bad-input-budget.js';
import type { Counters, MutableCounts } from './counters.js';
import { warnOfListener } from './listeners.js';
import { LOG_LEVEL } from './logging.js';
import { describeMessage, isConfidential, MessageLog } from './message-log.js';
import type { ObservedLoss, ObservedSession, ObservedTimeout } from './observation.js';
import type { SessionEvents } from './session-events.js';
import type { StrangerBudget } from './stranger-budget.js';

/** What was sent: bytes, or what gives them to a log. */
type SentPayload = Uint8Array | LazyPayload;

function bytesOf(payload: SentPayload): Uint8Array {
  return ArrayBuffer.isView(payload) ? payload : payload.toBytes();
}

/** How many sessions this process has made. */
let made = 0;

/** Tells of failures, see src/session/flight-record.ts. */
interface FailureTeller {
  readonly failures: { happened(kind: FailureKind, reason: Reason | null, detail: string): void };
  tellFailures(): void;
}

/** Counts, logs, and announces. */
export class Journal implements ObservedSession {
  readonly role: Role;
  readonly codecName: string;
  readonly vocabulary = new Vocabulary();
  readonly counts: MutableCounts = {
    messagesSent: 0,
    messagesReceived: 0,
    connections: 0,
    failedAuthentications: 0,
    timeouts: 0,
    messagesNotSent: 0,
    messagesUnconfirmed: 0,
    callbackErrors: 0,
    validationErrors: 0,
  };
  /** Payloads that came, also those that nobody could read, and the bytes of payloads in both directions. */
  framesReceived = 0;
  bytesReceived = 0;
  bytesSent = 0;
  channelName: string | null;
  /** What the peer is called: what it claims, or what it is bound to; null until it is known. */
  peerName: string | null = null;
  peerAddress: string | null = null;
  readonly #number = ++made;
  /** What the peer may cost its server before it is trusted; null where nobody counts. */
  readonly strangers: StrangerBudget | null;
  /** Null where nothing is recorded. */
  readonly flight: FlightRecorder | null;
  /** Where failures that a person will ask about are told; null while the session is being made. */
  teller: FailureTeller | null = null;
  /** The system of the session's actors; null while they are being made. */
  system: object | null = null;
  readonly #emitter: EventEmitter<SessionEvents>;
  readonly #handle: SessionHandle;
  readonly #settings: SessionSettings;
  /** Null where nothing is logged, and nobody observes. */
  readonly #log: MessageLog | null;
  /** Made for the first bad input; most peers send none. */
  #budget: BadInputBudget | null = null;
  #isTrusted = false;
  #dropped: Partial<Record<DropReason, number>> | null = null;
  /** Events of the current step. */
  #later: [event: keyof SessionEvents, args: SessionEvents[keyof SessionEvents]][] | null = null;

  constructor(
    role: Role,
    settings: SessionSettings,
    emitter: EventEmitter<SessionEvents>,
    handle: SessionHandle,
    strangers: StrangerBudget | null,
    flight: FlightRecorder | null = null,
  ) {
    this.flight = flight;
    this.role = role;
    this.codecName = settings.codec.name;
    this.channelName = settings.channelName;
    this.#emitter = emitter;
    this.#handle = handle;
    this.strangers = strangers;
    this.#settings = settings;
    const log = new MessageLog(settings, this, this.vocabulary, strangers);
    this.#log = log.isOn ? log : null;
  }

  /** What the session is called: another for each in this process. */
  get sessionId(): string {
    return `s${this.#number.toString(36)}`;
  }

  get counters(): Counters {
    return {
      ...this.counts,
      suppressedLogLines: this.#log?.suppressedLines ?? 0,
      dropped: { ...this.#dropped },
    };
  }

  /** Trust has changed, or a connection begins: bad input counts from zero, and strangers are logged less. */
  trustChanged(isTrusted: boolean): void {
    if (this.#log !== null) this.#log.isTrusted = isTrusted;
    this.#isTrusted = isTrusted;
    this.#budget?.restart(isTrusted);
  }

  /** The channel has another name. */
  rename(name: string): void {
    this.channelName = name;
    this.#log?.useName(name);
  }

  /** The peer has given its name. */
  peerNamed(name: string): void {
    this.peerName = name;
    this.later('peerNamed', name);
  }

  sent(message: Message<unknown>, payload: SentPayload): void {
    this.counts.messagesSent++;
    this.bytesSent += payload.length;
    this.flight?.sent(message, payload);
    this.#log?.sent(message, bytesOf(payload));
  }

  /**
   * The program asks for a message to be sent; it may have to wait until it is written.
   *
   * @param hasPeer whether there is somebody who could be the cause of it
   */
  asked(message: Message<unknown>, hasPeer: boolean): void {
    this.#log?.asked(message, hasPeer);
  }

  /** A message that the program had asked for is written. */
  written(message: Message<unknown>, payload: SentPayload): void {
    this.counts.messagesSent++;
    this.bytesSent += payload.length;
    this.flight?.sent(message, payload);
    this.#log?.written(message, bytesOf(payload));
  }

  /** The session has been made. */
  initialised(): void {
    this.#log?.initialised();
  }

  /**
   * A link is there.
   *
   * @param isOneOfMany whether the log names the session, as one of a server's
   */
  linkOpened(address: string | undefined, isOneOfMany: boolean): void {
    this.flight?.linkOpened();
    this.peerAddress = address ?? null;
    if (this.#log === null) return;
    const preposition = this.role === 'client' ? 'to' : 'from';
    const session = isOneOfMany ? `, session ${this.sessionId}` : '';
    this.note('connected', null, address === undefined ? '' : `${preposition} ${address}${session}`);
  }

  received(message: Message<JsonValue>, payload: Uint8Array): void {
    this.counts.messagesReceived++;
    this.flight?.received(message, payload);
    this.#log?.received(message, payload);
    if (this.#emitter.listenerCount('message') > 0 && !isConfidential(message))
      this.announce('message', message);
  }

  /**
   * A line about the session.
   *
   * @param code what happened
   * @param reason why, if known
   * @param detail more about it; nothing that a peer could have written unquoted
   */
  note(code: NoteCode, reason: Reason | null = null, detail = ''): void {
    // that a link is there and trusted are states as well
    if (code !== 'connected' && code !== 'trusted') this.flight?.noted(code, reason, detail);
    this.#log?.note(code, reason, detail);
  }

  /**
   * Counts, logs and announces something that was dropped; ends the connection of a peer that sends too much of it.
   *
   * @param detail one line about it, free of confidential or forged text; a function where the line takes time to make and
   *   perhaps nobody reads it
   * @param payload the frame that could not be read, or the first bytes of noise where somebody observes the session
   * @param byteLength how many bytes of noise
   */
  drop(
    reason: DropReason,
    detail: string | (() => string),
    payload: Uint8Array | null = null,
    byteLength = 0,
  ): void {
    this.#dropped ??= {};
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + 1;
    this.flight?.dropped(
      reason,
      byteLength || (payload?.length ?? 0),
      typeof detail === 'string' ? detail : '',
    );
    this.#log?.dropped(reason, detail, payload, byteLength);
    if (this.#emitter.listenerCount('dropped') > 0) {
      this.announce('dropped', { reason, detail: typeof detail === 'string' ? detail : detail() });
    }
    const exceeded = this.#badInput().spend(reason, byteLength);
    if (exceeded !== null) this.#handle.send({ type: 'peer.limitExceeded', reason: exceeded });
  }

  #badInput(): BadInputBudget {
    if (this.#budget === null) {
      const { clock, badInputLimits } = this.#settings;
      this.#budget = new BadInputBudget(clock, badInputLimits);
      this.#budget.restart(this.#isTrusted);
    }
    return this.#budget;
  }

  /**
   * Counts, logs and announces that a handler or callback failed; warns the process where nobody would hear of it.
   *
   * @param thrown what it threw
   * @param isOver whether the session is closed, which is the last that its listeners hear of
   * @param isExpected whether it is not worth a warning
   */
  callbackFailed(
    message: Message<JsonValue>,
    thrown: unknown,
    { isOver = false, isExpected = false } = {},
  ): void {
    this.counts.callbackErrors++;
    const detail = this.flight === null ? '' : `${this.nameOf(message)}: ${messageOfThrown(thrown)}`;
    this.flight?.noted('callback-failed', null, detail);
    this.teller?.failures.happened('callback-error', null, detail);
    if (this.#log !== null)
      this.#log.note(
        'callback-failed',
        null,
        `${this.#describeFailed(message, thrown)}: ${textOfThrown(thrown)}`,
      );
    const hasListener = !isOver && this.#emitter.listenerCount('callbackError') > 0;
    if (hasListener) this.announce('callbackError', errorOfThrown(thrown), message);
    this.teller?.tellFailures();
    if (hasListener || isExpected || this.#isLogged(LOG_LEVEL.error)) return;
    const what = `a callback failed (${this.nameOf(message)}; a logger or a listener of "callbackError" hears of each)`;
    const matter = `${message.serviceId} ${message.dataId}`;
    warnOfThrown(what, thrown, 'SP_CALLBACK_FAILED', { scope: this.#emitter, matter });
  }

  /** Whether somebody observes the session; else what only observers get is not worked out. */
  get isObserved(): boolean {
    return this.#log?.isObserved === true;
  }

  /** Passes on what only observers get. */
  observed(observation: ObservedTimeout | ObservedLoss): void {
    this.#log?.observed(observation);
  }

  /** Whether there is a listener of an event. */
  hasListener(event: keyof SessionEvents): boolean {
    return this.#emitter.listenerCount(event) > 0;
  }

  /**
   * Whether somebody hears of an event: a listener, or a logger.
   *
   * @param level the level of the line about it
   */
  isHeard(event: keyof SessionEvents, level: number): boolean {
    return this.#emitter.listenerCount(event) > 0 || this.#isLogged(level);
  }

  /** Whether a line of a level goes to a logger, or somebody has said that he wants none. */
  #isLogged(level: number): boolean {
    return !this.#settings.warnsOfTheUnheard || this.#log?.logs(level) === true;
  }

  /** Calls the user's listeners; what a program has put in place of `emit` must not break the step that called it. */
  announce<K extends keyof SessionEvents>(event: K, ...args: SessionEvents[K]): void {
    const emitter: { emit(event: K, ...args: SessionEvents[K]): boolean } = this.#emitter;
    try {
      emitter.emit(event, ...args);
    } catch (error) {
      warnOfListener(emitter, event, error);
    }
  }

  /** Calls the user's listeners when the current step of the machines is complete. */
  later<K extends keyof SessionEvents>(event: K, ...args: SessionEvents[K]): void {
    if (this.#later === null) this.#later = [[event, args]];
    else this.#later.push([event, args]);
  }

  /** A step is complete. */
  announceLater(): void {
    for (let next = this.#later?.shift(); next !== undefined; next = this.#later?.shift())
      this.announce(next[0], ...next[1]);
    // an idle session keeps no empty list
    this.#later = null;
  }

  /** A message as the original logs it; what belongs to an authentication is masked. */
  describe(message: Message<unknown>): string {
    return describeMessage(this.vocabulary, message);
  }

  /** Data that does not fit a contract is nobody's to read. */
  #describeFailed(message: Message<unknown>, thrown: unknown): string {
    const isInvalid = codeOfError(thrown) === 'ERR_VALIDATION';
    return isInvalid ? describeMessage(this.vocabulary, message, true) : this.describe(message);
  }

  /** What a request is called in an error. */
  nameOf({ serviceId, dataId }: Pick<Message<unknown>, 'serviceId' | 'dataId'>): string {
    return this.vocabulary.describeRequest(serviceId, dataId);
  }
}
