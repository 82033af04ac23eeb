/** Everything that a user waits for: requests and their answers, messages on their way out, messages to come. */

import type { PendingRequestsEvent } from '../../../machines/index.js';
import { callersNowAndThen } from '../../base/callers.js';
import type { Clock } from '../../base/clock.js';
import { type AbortSignalLike, reasonOf } from '../../base/signals.js';
import { type AskedRequest, SessionClosedError, TooManyRequestsError } from '../../protocol/errors.js';
import { STATUS_OKAY } from '../../protocol/ids.js';
import { type JsonValue, Message } from '../../protocol/message.js';
import type { AuthenticationReason, LinkReason, TimeoutReason } from '../../protocol/reasons.js';
import type { Journal } from '../journal/journal.js';
import type { ObservedTimeout } from '../journal/observation.js';
import { LatencyTable, type RequestLatencies } from '../observing/latency.js';
import { REQUESTS, RequestTrace } from '../observing/trace.js';
import { requestContext } from '../observing/trace-contexts.js';
import type { SessionSettings } from '../options.js';
import type { Gate } from '../sending/gate.js';
import type { Output, Payload, PendingCounts } from '../sending/output.js';
import type { SessionHandle } from '../session-handle.js';
import { type AnswerHost, AwaitedAnswer } from './awaited-answer.js';
import { AwaitedMessage } from './awaited-message.js';
import { type MessageHost, OutgoingMessage } from './outgoing-message.js';
import type { PendingRequest } from './pending-request.js';
import { type Admission, type PendingEffects, PendingRequests } from './pending-requests.js';
import { TracedAnswer } from './traced-answer.js';

/** What asking works with. */
export interface AskingParts {
  readonly settings: SessionSettings;
  readonly journal: Journal;
  readonly output: Output;
  readonly gate: Pick<Gate, 'isLinked'>;
  readonly handle: SessionHandle;
  readonly link: AskedLink;
  readonly comm: AskedPeer;
}

/** What asking needs to know of the transport, for errors and measurements. */
export interface AskedPeer {
  readonly address?: string | undefined;
  readonly peerAddress?: string | undefined;
  readonly localAddress?: string | undefined;
  readonly lastHeardMs?: number | undefined;
}

/** How long a request may take, and what may cancel it. */
export interface RequestLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignalLike | undefined;
  /** It is part of a request that the session has let in, which it finishes also while it drains. */
  readonly hasBegun?: true;
}

/** What a request or a message is known by. */
type Ids = Pick<Message<unknown>, 'serviceId' | 'dataId'>;

/** Why nothing more may wait. */
type FullReason = TooManyRequestsError['reason'];

/** What asking needs to know of the attempts to connect. */
export interface AskedLink {
  /** Whether the next attempt would be due sooner for somebody whose time is over at `deadlineMs`. */
  isDueSooner(deadlineMs: number): boolean;
}

/** The actor that holds the pending requests, as asking sees it. */
interface HolderRef {
  send(event: PendingRequestsEvent): void;
  getSnapshot(): { readonly context: object };
}

/** The actor that opens links, as asking sees it. */
interface ConnectionRef {
  getSnapshot(): { readonly value: unknown; readonly context: { readonly opensLinks: boolean } };
}

/** What asking needs of the session actor. */
interface AskingActor {
  getSnapshot(): {
    readonly context: { readonly whyDisconnected: LinkReason; readonly whyRefused: AuthenticationReason };
    readonly children: {
      readonly pendingRequests?: HolderRef | undefined;
      readonly connection?: ConnectionRef | undefined;
    };
  };
}

/** Makes pending requests, and is the world of the actor that holds them. */
export class Asking implements PendingEffects, AnswerHost, MessageHost {
  readonly clock: Clock;
  readonly lateAnswerGraceMs: number;
  readonly isInspected: boolean;
  readonly counts: PendingCounts;
  /** Who was at the other end of the last link. */
  lastPeerAddress: string | undefined;
  /** Requests and messages that waited in vain when the session closed. */
  cutRequests = 0;
  readonly #parts: AskingParts;
  #actor: AskingActor | null = null;
  #holderRef: HolderRef | null = null;
  #holder: PendingRequests | null = null;
  /** How long answers took; made for the first of them. */
  #latencies: LatencyTable | null = null;

  constructor(parts: AskingParts) {
    this.#parts = parts;
    this.clock = parts.settings.clock;
    this.lateAnswerGraceMs = parts.settings.lateAnswerGraceMs;
    this.isInspected = parts.settings.inspect !== undefined;
    this.counts = parts.output.pending;
  }

  /** The holder of the pending requests; null while the session is being made. */
  get holder(): PendingRequests | null {
    return this.#holder;
  }

  /** The session actor has started, and with it the holder of the pending requests. */
  attach(actor: AskingActor): void {
    const holder = actor.getSnapshot().children.pendingRequests;
    const context = holder?.getSnapshot().context;
    if (holder === undefined || !(context instanceof PendingRequests))
      throw new Error('the session machine has no holder of pending requests');
    this.#actor = actor;
    this.#holder = context;
    this.#holderRef = holder;
  }

  // ── what a user asks ──

  /**
   * Sends a request.
   *
   * @param wantsData resolve with the data of the answer, and reject for any status but okay; otherwise, with the answer
   * @param callee what the program called: the stack of an error begins below it
   * @throws what is refused on the spot; all else rejects, as `Session.request`
   */
  request(
    requestSid: number,
    dataId: number,
    data: unknown,
    limits: RequestLimits,
    wantsData: boolean,
    callee: (...args: never) => unknown,
  ): Promise<unknown> {
    if (!REQUESTS.hasSubscribers)
      return this.#request(requestSid, dataId, data, limits, wantsData, callee, null);
    const { journal, comm } = this.#parts;
    const trace = new RequestTrace(REQUESTS, requestContext(journal, comm, requestSid, dataId));
    return trace.run(() => this.#request(requestSid, dataId, data, limits, wantsData, callee, trace));
  }

  #request(
    requestSid: number,
    dataId: number,
    data: unknown,
    limits: RequestLimits,
    wantsData: boolean,
    callee: (...args: never) => unknown,
    trace: RequestTrace | null,
  ): Promise<unknown> {
    const { journal, output, handle, gate } = this.#parts;
    const { timeoutMs, signal } = limits;
    if (signal?.aborted) throw reasonOf(signal);
    const answerSid = this.answerSidOf(requestSid);
    const message = new Message<unknown>({ serviceId: requestSid, dataId, status: STATUS_OKAY, data });
    if (handle.isClosed) this.admit(message, limits.hasBegun === true);
    const payload = output.encode(message);
    const full = this.#whyFull(payload.length);
    if (full !== null) throw this.tooMany(full, message);
    const request =
      trace === null
        ? new AwaitedAnswer(this, wantsData, answerSid, message, payload, timeoutMs)
        : new TracedAnswer(trace, this, wantsData, answerSid, message, payload, timeoutMs);
    const promise = request.promise();
    if (signal === undefined || !request.cancelBy(signal)) {
      journal.asked(message, gate.isLinked);
      this.add(request);
    }
    request.callers = callersNowAndThen(callee, request.dueMs - timeoutMs);
    return promise;
  }

  /**
   * Sends a message that expects no answer here.
   *
   * @returns whether it was sent within the time
   * @throws as `Session.send`
   */
  send(message: Message<unknown>, timeoutMs: number): Promise<boolean> {
    const { journal, output, handle, gate } = this.#parts;
    const payload = output.encode(message);
    if (handle.isClosed) {
      this.notSent(message, 'session-closed');
      return Promise.resolve(false);
    }
    const full = this.#whyFull(payload.length);
    if (full !== null) {
      journal.counts.messagesNotSent++;
      journal.drop(full, () => `no room for another message: ${journal.describe(message)}`);
      return Promise.resolve(false);
    }
    return new Promise((resolve) => {
      journal.asked(message, gate.isLinked);
      this.add(new OutgoingMessage(this, resolve, message, payload, timeoutMs));
    });
  }

  /** Waits for a message that the peer sends by itself; null where none comes within the time. */
  receive(serviceId: number, dataId: number, timeoutMs: number): Promise<Message | null> {
    if (this.#parts.handle.isClosed) return Promise.resolve(null);
    const full = this.#whyFull(0);
    if (full !== null) throw this.tooMany(full, { serviceId, dataId });
    return new Promise((resolve) => {
      this.add(new AwaitedMessage(resolve, serviceId, dataId, timeoutMs));
    });
  }

  /** Why nothing more may wait; null: it may. */
  #whyFull(byteLength: number): FullReason | null {
    const { maxPendingRequests, maxQueuedBytes } = this.#parts.settings;
    const { queued, inLine, queuedBytes } = this.counts;
    if (queued + inLine >= maxPendingRequests) return 'too-many-pending';
    return queuedBytes + byteLength > maxQueuedBytes ? 'too-many-queued-bytes' : null;
  }

  /** The error for a request that is one too many. */
  tooMany(reason: FullReason, message: Ids): TooManyRequestsError {
    const { maxPendingRequests, maxQueuedBytes } = this.#parts.settings;
    const limit = reason === 'too-many-pending' ? maxPendingRequests : maxQueuedBytes;
    return new TooManyRequestsError(reason, limit, this.asked(message));
  }

  /**
   * The service that answers a request.
   *
   * @throws RangeError where nobody registered it
   */
  answerSidOf(requestSid: number): number {
    const answerSid = this.#parts.journal.vocabulary.responseSidOf(requestSid);
    if (answerSid !== undefined) return answerSid;
    throw new RangeError(`${requestSid} is no request service that this session knows (see addService)`);
  }

  /**
   * Lets a request in, unless the session is closed.
   *
   * @param hasBegun whether it was let in before: then only a session that is over refuses it
   * @throws SessionClosedError
   */
  admit(message: Ids, hasBegun: boolean): void {
    const { handle } = this.#parts;
    if (!handle.isClosed || (hasBegun && !handle.isOver)) return;
    const asked = this.asked(message);
    throw new SessionClosedError(`${asked.name} was made`, asked);
  }

  /** Hands over what waits. */
  add(request: PendingRequest): void {
    this.#holder?.made(request);
    this.#parts.output.asked();
  }

  // ── what the dispatcher asks ──

  /**
   * Gives a message to the oldest that waits for it; false where nobody does. One that a callback has handled is only
   * given to a request, whose answer it is, and not to a `receive`.
   */
  settle(message: Message<JsonValue>, isHandled: boolean): boolean {
    const holder = this.#holder;
    const first = holder?.firstInLine(message.serviceId, message.dataId) ?? null;
    if (first?.kind !== 'request') this.#claim(message);
    if (first === null || (isHandled && first.kind === 'receive')) return false;
    holder?.answered(message);
    return true;
  }

  /** What nobody asked for with a request may be the answer to a `send`. */
  #claim({ serviceId }: Message<JsonValue>): void {
    const { output, journal } = this.#parts;
    if (output.unclaimedAnswers > 0 && journal.vocabulary.requestSidOf(serviceId) !== undefined)
      output.unclaimedAnswers--;
  }

  // ── what a request asks that is settled ──

  /** Takes back something that waits. */
  cancel(request: PendingRequest): void {
    this.#holderRef?.send({ type: 'request.cancelled', request });
  }

  countCut(): void {
    this.cutRequests++;
  }

  countTimeout(): void {
    this.#parts.journal.counts.timeouts++;
  }

  timedOut(request: PendingRequest, reason: TimeoutReason): void {
    const { journal } = this.#parts;
    this.countTimeout();
    if (journal.isObserved) journal.observed(this.#timeoutOf(request, reason));
  }

  #timeoutOf(request: PendingRequest, reason: TimeoutReason): ObservedTimeout {
    const { vocabulary } = this.#parts.journal;
    const { answerSid, dataId, timeoutMs, dueMs, line } = request;
    const serviceId = vocabulary.requestSidOf(answerSid) ?? answerSid;
    const names = {
      service: vocabulary.serviceName(serviceId),
      data: vocabulary.dataName(serviceId, dataId),
    };
    const waitedMs = this.clock.now() - (dueMs - timeoutMs);
    let ahead = 0;
    for (let before = request.before; before !== null; before = before.before) ahead++;
    const isWritten = line !== null;
    return { type: 'timed-out', serviceId, dataId, names, waitedMs, timeoutMs, isWritten, reason, ahead };
  }

  /** Reads no clock: the transport knows when it got the bytes, and the deadline when the request was made. */
  countAnswer({ answerSid, dueMs, timeoutMs }: PendingRequest): void {
    const heardMs = this.#parts.comm.lastHeardMs ?? this.clock.now();
    this.#latencies ??= new LatencyTable();
    this.#latencies.add(answerSid, heardMs - (dueMs - timeoutMs));
  }

  /** How long answers took so far. */
  get latencies(): RequestLatencies {
    return (this.#latencies ?? new LatencyTable()).toJSON();
  }

  notSent(message: Message<unknown>, reason: TimeoutReason | LinkReason | AuthenticationReason): void {
    const { journal } = this.#parts;
    journal.counts.messagesNotSent++;
    journal.note('message-not-sent', reason, journal.describe(message));
  }

  countUnclaimedAnswer(serviceId: number): void {
    const { journal, output } = this.#parts;
    if (journal.vocabulary.responseSidOf(serviceId) !== undefined) output.unclaimedAnswers++;
  }

  nameOf(message: Ids): string {
    return this.#parts.journal.nameOf(message);
  }

  askedBy({ answerSid, dataId }: PendingRequest): AskedRequest {
    const serviceId = this.#parts.journal.vocabulary.requestSidOf(answerSid) ?? answerSid;
    return this.asked({ serviceId, dataId });
  }

  asked({ serviceId, dataId }: Ids, whose: 'of' | 'from' = 'of'): AskedRequest {
    const { journal, comm } = this.#parts;
    const peerAddress = comm.peerAddress ?? this.lastPeerAddress ?? comm.address;
    const what = journal.vocabulary.describeRequest(serviceId, dataId);
    return { name: `${what} ${whose} ${peerAddress ?? 'the peer'}`, serviceId, dataId, peerAddress };
  }

  statusName(status: number): string {
    return this.#parts.journal.vocabulary.statusName(status);
  }

  get whyDisconnected(): LinkReason {
    return this.#actor?.getSnapshot().context.whyDisconnected ?? 'never-connected';
  }

  get whyRefused(): AuthenticationReason {
    return this.#actor?.getSnapshot().context.whyRefused ?? 'wrong-secret';
  }

  /** Why a request that was not written has not been. */
  obstacleTo(request: PendingRequest): TimeoutReason {
    if (this.#holder?.isBehindGhost(request) === true) return 'behind-unanswered-request';
    switch (this.admission(request)) {
      case 'no connection':
        return 'not-connected';
      case 'no trust':
        return 'not-trusted';
      default:
        return 'peer-does-not-read';
    }
  }

  /** When the time of the first that waits to be written is over; Infinity if nothing waits. */
  get firstDeadlineMs(): number {
    return this.#holder?.firstDeadlineMs ?? Number.POSITIVE_INFINITY;
  }

  // ── what the holder asks ──

  admission({ kind, message }: PendingRequest): Admission {
    if (message === null) return 'now';
    const admission = this.#parts.output.admission(message);
    return admission === 'no trust' && kind === 'message' ? 'never' : admission;
  }

  isDueSooner(deadlineMs: number): boolean {
    return this.#parts.link.isDueSooner(deadlineMs);
  }

  /** A client that has given up, or wants no second link, is left in a state from which only `reconnect` leads. */
  get isAbandoned(): boolean {
    const connection = this.#actor?.getSnapshot().children.connection?.getSnapshot();
    if (connection === undefined || !connection.context.opensLinks) return false;
    return connection.value === 'disconnected' || connection.value === 'refusedForGood';
  }

  write(message: Message<unknown>, payload: Payload, nowMs = Number.NaN): boolean {
    const { output, journal } = this.#parts;
    journal.flight?.isNow(nowMs);
    const isTaken = output.write(message, payload);
    journal.flight?.timePasses();
    return isTaken;
  }

  lateAnswerDropped(answer: Message<JsonValue>): void {
    const { journal } = this.#parts;
    journal.drop('late-answer', () => `an answer that came too late: ${journal.describe(answer)}`);
  }

  failed(error: unknown): void {
    this.#parts.handle.fail(error);
  }

  requestEnded(): void {
    this.#parts.output.workEnded?.();
  }

  // ── what the end of the session asks ──

  /** Whether a request or a message waits; a `receive` may wait for something that never comes. */
  get isAwaiting(): boolean {
    return this.#holder?.isAwaiting ?? false;
  }

  /** How many requests wait for their answers, and how many of them to be written. */
  get waiting(): { readonly unanswered: number; readonly queued: number } {
    return this.#holder?.waiting ?? { unanswered: 0, queued: 0 };
  }

  /** A machine failed: settles everything that waits. */
  crashed(): void {
    this.#holder?.handle({ type: 'session.closed' });
  }
}
