import { type Callers, lateError, lateReason } from '../../base/callers.js';
import { type AbortSignalLike, onAbort, reasonOf } from '../../base/signals.js';
import { errorOfStatus } from '../../protocol/error-of-status.js';
import {
  type AskedRequest,
  AuthenticationError,
  ConnectionLostError,
  SessionClosedError,
  TimeoutError,
} from '../../protocol/errors.js';
import { STATUS_OKAY } from '../../protocol/ids.js';
import type { JsonValue, Message } from '../../protocol/message.js';
import type { AuthenticationReason, LinkReason, TimeoutReason } from '../../protocol/reasons.js';
import type { Payload } from '../sending/output.js';
import { neverCalled, PendingRequest } from './pending-request.js';

/** What the settling of a request needs of its session. */
export interface AnswerHost {
  /** Why there is no connection, while there is none. */
  readonly whyDisconnected: LinkReason;
  /** What the peer said of the key, while it refuses it. */
  readonly whyRefused: AuthenticationReason;
  /** A request timed out. */
  timedOut(request: PendingRequest, reason: TimeoutReason): void;
  /** A request is answered, whatever the status. */
  countAnswer(request: PendingRequest): void;
  /** A request, for an error about it. */
  askedBy(request: PendingRequest): AskedRequest;
  /** What a status is called in an error. */
  statusName(status: number): string;
  /** A request waited in vain when the session closed. */
  countCut(): void;
  /** Why a request that was not written has not been. */
  obstacleTo(request: PendingRequest): TimeoutReason;
  /** Takes a request back. */
  cancel(request: PendingRequest): void;
}

/** A signal that may cancel a request. */
interface Listening {
  readonly signal: AbortSignalLike;
  /** Takes the listener back. */
  unlisten: () => void;
}

/** A request of the program, which waits for its answer: settles a promise. */
export class AwaitedAnswer extends PendingRequest {
  /** Who asked, where that was recorded. */
  callers: Callers | undefined = undefined;
  readonly #host: AnswerHost;
  readonly #wantsData: boolean;
  #resolve: (result: unknown) => void = neverCalled;
  #listening: Listening | null = null;

  /**
   * @param wantsData whether the data of the answer is wanted, and any status but okay is an error; otherwise, the answer
   * @param timeoutMs how long it waits in all
   */
  constructor(
    host: AnswerHost,
    wantsData: boolean,
    answerSid: number,
    message: Message<unknown>,
    payload: Payload,
    timeoutMs: number,
  ) {
    super('request', answerSid, message.dataId, message, payload, timeoutMs);
    this.#host = host;
    this.#wantsData = wantsData;
  }

  /** Makes the promise that is settled; called once, before anything can settle it. */
  promise(): Promise<unknown> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /**
   * Cancels the request when the signal is aborted.
   *
   * @returns whether it is cancelled already, and must not be made: a signal may call back while it is given its listener
   */
  cancelBy(signal: AbortSignalLike): boolean {
    const listening: Listening = { signal, unlisten: () => {} };
    this.#listening = listening;
    let isGiven = false;
    let isCancelled = false;
    listening.unlisten = onAbort(signal, () => {
      if (!isGiven) isCancelled = true;
      else if (!isCancelled) this.#host.cancel(this);
    });
    isGiven = true;
    if (isCancelled) this.cancelled();
    return isCancelled;
  }

  override answered(answer: Message<JsonValue>): void {
    if (this.#wantsData && answer.status !== STATUS_OKAY) this.#failWithStatus(answer);
    else {
      this.#listening?.unlisten();
      this.#resolve(this.#wantsData ? answer.data : answer);
    }
    // after that: a clock that throws must not keep it from being settled
    this.#host.countAnswer(this);
  }

  override timedOut(): void {
    const host = this.#host;
    const reason = this.line === null ? host.obstacleTo(this) : 'no-answer';
    host.timedOut(this, reason);
    this.fail((asked) => new TimeoutError(asked, this.timeoutMs, reason));
  }

  override cancelled(): void {
    this.#listening?.unlisten();
    this.#resolve(lateReason(this.reason, () => this.callers));
  }

  /** Why it is cancelled. */
  protected get reason(): unknown {
    return this.#listening === null ? undefined : reasonOf(this.#listening.signal);
  }

  override connectionLost(written: boolean): void {
    const { whyDisconnected } = this.#host;
    this.fail((asked) => new ConnectionLostError(asked, written, whyDisconnected));
  }

  override sessionClosed(): void {
    this.#host.countCut();
    this.fail((asked) => new SessionClosedError(`${asked.name} was answered`, asked));
  }

  override refusedByPeer(): void {
    const { whyRefused } = this.#host;
    this.fail((asked) => new AuthenticationError(whyRefused, asked));
  }

  #failWithStatus(answer: Message<JsonValue>): void {
    const statusName = this.#host.statusName(answer.status);
    this.fail((asked) => errorOfStatus(answer, statusName, asked));
  }

  /** The error is made when it can be known who waits for it. */
  protected fail(make: (asked: AskedRequest) => Error): void {
    this.#listening?.unlisten();
    const asked = this.#host.askedBy(this);
    this.#resolve(
      lateError(
        () => make(asked),
        () => this.callers,
      ),
    );
  }
}
