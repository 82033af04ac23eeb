import { type Callers, lateError, lateReason } from '../../base/callers.js';
import { type AbortSignalLike, onAbort, reasonOf } from '../../base/signals.js';
import {
  type AskedRequest,
  AuthenticationError,
  ConnectionLostError,
  SessionClosedError,
  StatusError,
  TimeoutError,
} from '../../protocol/errors.js';
import { STATUS_OKAY } from '../../protocol/ids.js';
import type { JsonValue, Message } from '../../protocol/message.js';
import type { AuthenticationReason, LinkReason, TimeoutReason } from '../../protocol/reasons.js';
import type { PendingRequest, Settle } from './pending-request.js';

/** What a settlement needs of its session. */
export interface SettlementHost {
  /** Why there is no connection, while there is none. */
  readonly whyDisconnected: LinkReason;
  /** What the peer said of the key, while it refuses it. */
  readonly whyRefused: AuthenticationReason;
  countTimeout(): void;
  /** A request, for an error about it. */
  asked(message: Message<unknown>): AskedRequest;
  /** What a status is called in an error. */
  statusName(status: number): string;
  /** A request waited in vain when the session closed. */
  countCut(): void;
  /** Why a request that was not written has not been. */
  obstacleTo(request: PendingRequest): TimeoutReason;
  /** Takes a request back. */
  cancel(request: PendingRequest): void;
}

/** Settles the promise of a request: one object for each, because thousands may be in flight. */
export class RequestSettlement implements Settle {
  readonly promise: Promise<unknown>;
  /** Who asked, where that was recorded. */
  callers: Callers | undefined;
  readonly #host: SettlementHost;
  readonly #message: Message<unknown>;
  readonly #wantsData: boolean;
  readonly #signal: AbortSignalLike | undefined;
  #resolve: (result: unknown) => void = neverCalled;
  #unlisten: (() => void) | null = null;

  /**
   * @param wantsData whether the data of the answer is wanted, and any status but okay is an error; otherwise, the answer
   * @param signal cancels the request: see `cancelBy`
   */
  constructor(
    host: SettlementHost,
    message: Message<unknown>,
    wantsData: boolean,
    signal: AbortSignalLike | undefined,
  ) {
    this.callers = undefined;
    this.#host = host;
    this.#message = message;
    this.#wantsData = wantsData;
    this.#signal = signal;
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /**
   * Cancels the request when the signal is aborted.
   *
   * @returns whether it is cancelled already, and must not be made: a signal may call back while it is given its listener
   */
  cancelBy(signal: AbortSignalLike, request: PendingRequest): boolean {
    let isGiven = false;
    let isCancelled = false;
    this.#unlisten = onAbort(signal, () => {
      if (!isGiven) isCancelled = true;
      else if (!isCancelled) this.#host.cancel(request);
    });
    isGiven = true;
    if (isCancelled) this.cancelled();
    return isCancelled;
  }

  answered(answer: Message<JsonValue>): void {
    if (this.#wantsData && answer.status !== STATUS_OKAY) return this.#failWithStatus(answer);
    this.#unlisten?.();
    this.#resolve(this.#wantsData ? answer.data : answer);
  }

  timedOut(request: PendingRequest): void {
    const host = this.#host;
    host.countTimeout();
    const reason = request.line === null ? host.obstacleTo(request) : 'no-answer';
    this.#fail((asked) => new TimeoutError(asked, request.timeoutMs, reason));
  }

  cancelled(): void {
    this.#unlisten?.();
    const reason = this.#signal === undefined ? undefined : reasonOf(this.#signal);
    this.#resolve(lateReason(reason, () => this.callers));
  }

  connectionLost(_: PendingRequest, written: boolean): void {
    const { whyDisconnected } = this.#host;
    this.#fail((asked) => new ConnectionLostError(asked, written, whyDisconnected));
  }

  sessionClosed(): void {
    this.#host.countCut();
    this.#fail((asked) => new SessionClosedError(`${asked.name} was answered`, asked));
  }

  refusedByPeer(): void {
    const { whyRefused } = this.#host;
    this.#fail((asked) => new AuthenticationError(whyRefused, asked));
  }

  sent(): void {
    neverCalled();
  }

  refused(): void {
    neverCalled();
  }

  #failWithStatus(answer: Message<JsonValue>): void {
    const { status } = answer;
    const statusName = this.#host.statusName(status);
    this.#fail((asked) => new StatusError(status, `${asked.name}: ${statusName} (${status})`, answer, asked));
  }

  /** The error is made when it can be known who waits for it. */
  #fail(make: (asked: AskedRequest) => Error): void {
    this.#unlisten?.();
    const asked = this.#host.asked(this.#message);
    this.#resolve(
      lateError(
        () => make(asked),
        () => this.callers,
      ),
    );
  }
}

/** For what the machine of a pending request never does to its kind. */
export function neverCalled(): never {
  throw new Error('the machine of a pending request settled it in a way that its kind does not have');
}
