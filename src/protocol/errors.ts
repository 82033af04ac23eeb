/**
 * Every error that the library throws or rejects with. `code` says what kind it is, `reason` why; both are closed sets,
 * and no program needs to read the text.
 */

import { codeOfError, ERROR_BRAND, type ErrorCode, isStatus } from './error-brand.js';
import {
  STATUS_AUTH_REQUIRED,
  STATUS_BUFFERING_UNHANDLED_REQUEST,
  STATUS_CALLBACK_ERROR,
  STATUS_CHECKSUM_ERROR,
  STATUS_OPERATION_NOT_PERMITTED,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from './ids.js';
import type { JsonValue, Message } from './message.js';
import {
  type AuthenticationReason,
  type BusReason,
  type LeaseReason,
  type LinkReason,
  type ListenReason,
  type MiddlewareReason,
  type Reason,
  type RefusalReason,
  type StatusReason,
  type TimeoutReason,
  textOfReason,
  type ValidationReason,
} from './reasons.js';

/** Base of all errors of the library. */
export abstract class SocketProtocolError extends Error {
  abstract readonly code: ErrorCode;
  abstract readonly reason: Reason;

  /** By this, other copies of the package recognise it. */
  get [ERROR_BRAND](): true {
    return true;
  }
}

/** The request that an error is about. */
export interface AskedRequest {
  /** What people call it, with the peer that was asked: for the text. */
  readonly name: string;
  readonly serviceId: number;
  readonly dataId: number;
  /** Who was asked; `host:port` for TCP. */
  readonly peerAddress: string | undefined;
}

/** Base of the errors that a request can be rejected with; its fields are undefined where there was no request. */
export abstract class RequestError extends SocketProtocolError {
  /** The service id of the request. */
  readonly serviceId: number | undefined;
  /** The data id of the request. */
  readonly dataId: number | undefined;
  /** Who was asked; `host:port` for TCP, also where the connection is gone. */
  readonly peerAddress: string | undefined;

  constructor(message: string, request: string | AskedRequest | undefined) {
    super(message);
    const asked = typeof request === 'object' ? request : undefined;
    this.serviceId = asked?.serviceId;
    this.dataId = asked?.dataId;
    this.peerAddress = asked?.peerAddress;
  }
}

function nameOf(request: string | AskedRequest): string {
  return typeof request === 'string' ? request : request.name;
}

/** All errors of the library as a union, so that `switch (error.code)` narrows. */
export type AnySocketProtocolError =
  | OptionError
  | TimeoutError
  | ConnectionLostError
  | SessionClosedError
  | StatusError
  | AuthenticationError
  | ConnectError
  | ListenError
  | TooManyRequestsError
  | RequestSidExistsError
  | ResponseSidExistsError
  | NoSuchPeerError
  | ValidationError
  | MiddlewareError
  | BusError
  | LeaseError;

/**
 * Whether something that was caught is an error of this library, also one of another copy of the package.
 *
 * @param thrown anything
 *
 * @example
 * ```ts
 * import { connect, isSocketProtocolError } from 'socket-protocol';
 *
 * try {
 *   await connect({ port: 17017, secret: 'correct horse battery staple' });
 * } catch (error) {
 *   if (!isSocketProtocolError(error)) throw error;
 *   switch (error.code) {
 *     case 'ERR_AUTHENTICATION':
 *       if (error.reason === 'wrong-secret') console.error('ask for the new secret');
 *       break;
 *     case 'ERR_CONNECT':
 *       console.error('nobody at', error.address);
 *   }
 * }
 * ```
 */
export function isSocketProtocolError(thrown: unknown): thrown is AnySocketProtocolError {
  return codeOfError(thrown) !== null;
}

/**
 * An option or argument of the caller's own program is wrong.
 *
 * @example
 * ```ts
 * import { connect, OptionError } from 'socket-protocol';
 *
 * try {
 *   await connect({ port: 70_000 });
 * } catch (error) {
 *   if (error instanceof OptionError) console.log(error.option); // port
 * }
 * ```
 */
export class OptionError extends SocketProtocolError {
  override readonly name = 'OptionError';
  readonly code = 'ERR_OPTION';
  readonly reason: Extract<RefusalReason, 'invalid-option' | 'unknown-option'>;
  /** The name of the option. */
  readonly option: string;

  /**
   * @param option its name
   * @param expected what it may be; where there is no such option, a hint such as "did you mean port?"
   * @param got what it was; null where there is no such option
   */
  constructor(option: string, expected: string, got: string | null) {
    super(
      got === null
        ? `There is no option ${option}; ${expected}`
        : `Option ${option}: expected ${expected}, got ${got}`,
    );
    this.reason = got === null ? 'unknown-option' : 'invalid-option';
    this.option = option;
  }
}

/** No answer came, or nothing could be sent, within the time-out; `reason` says which. */
export class TimeoutError extends RequestError {
  override readonly name = 'TimeoutError';
  readonly code = 'ERR_TIMEOUT';
  readonly reason: TimeoutReason;
  /** The time-out in milliseconds. */
  readonly timeoutMs: number;
  /** Whether the request had been written: if so, the peer may have acted on it. */
  readonly written: boolean;

  /**
   * @param request which, or what to call it in the text
   * @param written whether it had been written, where the reason does not say so
   */
  constructor(
    request: string | AskedRequest,
    timeoutMs: number,
    reason: TimeoutReason,
    written: boolean = reason === 'no-answer',
  ) {
    super(textOfTimeout(nameOf(request), timeoutMs, reason, written), request);
    this.reason = reason;
    this.timeoutMs = timeoutMs;
    this.written = written;
  }
}

function textOfTimeout(what: string, timeoutMs: number, reason: TimeoutReason, written: boolean): string {
  const why = reason === 'no-answer' ? '' : `: ${textOfReason(reason)}`;
  return written
    ? `No answer to ${what} within ${timeoutMs} ms${why}`
    : `Could not send ${what} within ${timeoutMs} ms${why}`;
}

/** The connection broke before the answer came. */
export class ConnectionLostError extends RequestError {
  override readonly name = 'ConnectionLostError';
  readonly code = 'ERR_CONNECTION_LOST';
  /** Why the connection was lost. */
  readonly reason: LinkReason;
  /** Whether the request had been written: if so, its outcome is unknown; if not, the peer never saw it. */
  readonly written: boolean;

  /** @param request which, or what to call it in the text */
  constructor(request: string | AskedRequest, written: boolean, reason: LinkReason) {
    const when = written ? 'was written, its outcome is unknown' : 'could be sent';
    const what = nameOf(request);
    super(
      `Connection lost ${written ? 'after' : 'before'} ${what} ${when}: ${textOfReason(reason)}`,
      request,
    );
    this.written = written;
    this.reason = reason;
  }
}

/** The session was closed, by its own side or with its only connection. */
export class SessionClosedError extends RequestError {
  override readonly name = 'SessionClosedError';
  readonly code = 'ERR_SESSION_CLOSED';
  readonly reason = 'session-closed';

  /**
   * @param what what could not happen any more, for the text
   * @param request the request to which it did not
   */
  constructor(what: string, request?: AskedRequest) {
    super(`The session was closed before ${what}`, request);
  }
}

const STATUS_REASON: Readonly<Record<number, StatusReason>> = {
  [STATUS_BUFFERING_UNHANDLED_REQUEST]: 'request-buffered',
  [STATUS_CALLBACK_ERROR]: 'callback-error',
  [STATUS_AUTH_REQUIRED]: 'authentication-required',
  [STATUS_SERVICE_OR_DATA_UNKNOWN]: 'service-or-data-unknown',
  [STATUS_CHECKSUM_ERROR]: 'checksum-error',
  [STATUS_OPERATION_NOT_PERMITTED]: 'operation-not-permitted',
};

/** What else a `StatusError` of a handler has. */
export interface StatusErrorOptions {
  /** The text; the peer never sees it. */
  readonly message?: string | undefined;
  /** What the answer carries: whatever JSON can carry; nothing where it is left out. */
  readonly data?: unknown;
}

/**
 * A status other than okay. A handler throws it to answer with that status, and with data where it gives some; `read`, `write`
 * and `execute` reject with it when the peer answered so, and name the request and the peer.
 *
 * @example
 * ```ts
 * import { listen, StatusError, STATUS_OPERATION_NOT_PERMITTED } from 'socket-protocol';
 *
 * const server = await listen({ port: 0 }, (session) => {
 *   session.onWrite(7, () => {
 *     throw new StatusError(STATUS_OPERATION_NOT_PERMITTED, { data: { retryAfter: 30 } });
 *   });
 * });
 * ```
 */
export class StatusError extends RequestError {
  override readonly name = 'StatusError';
  readonly code = 'ERR_STATUS';
  readonly reason: StatusReason;
  readonly status: number;
  /** The answer that had this status; none where a handler made the error. */
  readonly answer: Message<JsonValue> | undefined;
  /** What a handler gave to be sent with the status; what the peer sent is `answer.data`. */
  readonly data: unknown;

  /**
   * @param status what the answer says; a handler needs nothing else
   * @param message the text, which the peer never sees; or an object with it, and the data of the answer
   * @param answer the answer that had this status
   * @param request the request that was answered so
   * @throws RangeError for a status that no message can carry
   */
  constructor(
    status: number,
    message?: string | StatusErrorOptions,
    answer?: Message<JsonValue>,
    request?: AskedRequest,
  ) {
    if (!isStatus(status)) {
      const got = typeof status === 'number' ? status : typeof status;
      throw new RangeError(`expected a status from 0 to ${Number.MAX_SAFE_INTEGER}, got ${got}`);
    }
    const { message: text, data } = typeof message === 'object' ? message : { message, data: undefined };
    super(text ?? `status ${status}`, request);
    this.status = status;
    this.data = data;
    this.reason = STATUS_REASON[status] ?? 'other-status';
    this.answer = answer;
  }
}

/** The client could not prove that it holds the secret, or the peer does not authenticate. */
export class AuthenticationError extends RequestError {
  override readonly name = 'AuthenticationError';
  readonly code = 'ERR_AUTHENTICATION';
  readonly reason: AuthenticationReason;

  /** @param request the request that was not sent because of it */
  constructor(reason: AuthenticationReason, request?: AskedRequest) {
    const what = request === undefined ? '' : `; ${request.name} was not sent`;
    super(`Authentication failed: ${textOfReason(reason)}${what}`, request);
    this.reason = reason;
  }
}

/** A connection could not be opened. */
export class ConnectError extends SocketProtocolError {
  override readonly name = 'ConnectError';
  readonly code = 'ERR_CONNECT';
  readonly reason: LinkReason;
  /** `host:port` as given in the options. */
  readonly address: string;

  /** @param detail what the system said of it; the text of the reason where it said nothing */
  constructor(address: string, reason: LinkReason, detail?: string, cause?: unknown) {
    super(
      `Could not connect to ${address}: ${detail ?? textOfReason(reason)}`,
      cause === undefined ? undefined : { cause },
    );
    this.address = address;
    this.reason = reason;
  }
}

/** A server could not listen. */
export class ListenError extends SocketProtocolError {
  override readonly name = 'ListenError';
  readonly code = 'ERR_LISTEN';
  readonly reason: ListenReason;
  /** `host:port` as given in the options. */
  readonly address: string;

  /** @param detail what the system said of it; the text of the reason where it said nothing */
  constructor(address: string, reason: ListenReason, detail?: string, cause?: unknown) {
    super(
      `Could not listen on ${address}: ${detail ?? textOfReason(reason)}`,
      cause === undefined ? undefined : { cause },
    );
    this.address = address;
    this.reason = reason;
  }
}

/** More is waiting than a session holds. */
export class TooManyRequestsError extends RequestError {
  override readonly name = 'TooManyRequestsError';
  readonly code = 'ERR_TOO_MANY_REQUESTS';
  readonly reason: Extract<RefusalReason, 'too-many-pending' | 'too-many-queued-bytes'>;
  /** The limit that was reached: requests, or bytes. */
  readonly limit: number;

  /**
   * @param limit the limit that was reached: requests, or bytes
   * @param request the request that was one too many
   * @param limitName the option that sets the limit; null where it is one of the other side
   */
  constructor(
    reason: 'too-many-pending' | 'too-many-queued-bytes',
    limit: number,
    request?: AskedRequest,
    limitName: string | null = reason === 'too-many-pending' ? 'maxPendingRequests' : 'maxQueuedBytes',
  ) {
    const what = request === undefined ? '' : `; ${request.name} was not sent`;
    const most = limitName === null ? `the other side takes ${limit}` : `${limitName} is ${limit}`;
    super(
      reason === 'too-many-pending'
        ? `Too many pending requests (${most})${what}`
        : `Too many bytes wait to be sent (${most})${what}`,
      request,
    );
    this.reason = reason;
    this.limit = limit;
  }
}

/** `addService` was given a request service id that is taken. */
export class RequestSidExistsError extends SocketProtocolError {
  override readonly name = 'RequestSidExistsError';
  readonly code = 'ERR_REQUEST_SID_EXISTS';
  readonly reason = 'service-id-taken';

  constructor(requestSid: number) {
    super(`The request service id ${requestSid} is taken`);
  }
}

/** `addService` was given a response service id that is taken. */
export class ResponseSidExistsError extends SocketProtocolError {
  override readonly name = 'ResponseSidExistsError';
  readonly code = 'ERR_RESPONSE_SID_EXISTS';
  readonly reason = 'service-id-taken';

  constructor(responseSid: number) {
    super(`The response service id ${responseSid} is taken`);
  }
}

/**
 * A server was asked to reach a peer by a name that nobody has; nothing was sent.
 *
 * @example
 * ```ts
 * import { listen, NoSuchPeerError } from 'socket-protocol';
 *
 * const server = await listen({ port: 17017 }, () => {});
 * try {
 *   await server.read('kitchen', 0);
 * } catch (error) {
 *   if (error instanceof NoSuchPeerError) console.log(error.peerName); // kitchen
 * }
 * ```
 */
export class NoSuchPeerError extends RequestError {
  override readonly name = 'NoSuchPeerError';
  readonly code = 'ERR_NO_SUCH_PEER';
  readonly reason = 'no-such-peer';
  /** The name that nobody has. */
  readonly peerName: string;

  /**
   * @param waitedMs how long the request waited for somebody of that name, in milliseconds
   * @param request the request that was not sent
   */
  constructor(peerName: string, waitedMs = 0, request?: AskedRequest) {
    const waited = waitedMs > 0 ? `, and none came within ${waitedMs} ms` : '';
    const what = request === undefined ? '' : `; ${request.name} was not sent`;
    super(`No peer ${JSON.stringify(peerName)} is connected${waited}${what}`, request);
    this.peerName = peerName;
  }
}

/** One thing that is wrong with a value, without the value. */
export interface ValidationIssue {
  /** Where, as JavaScript writes it: `color.rgb[2]`; empty for the value as a whole. */
  readonly path: string;
  /** What, in the words of the library: `code` of zod and arktype, `type` of valibot; `invalid` where it has none. */
  readonly code: string;
}

/** What a `ValidationError` is about. */
export interface ValidationFacts {
  readonly reason: ValidationReason;
  /** The name that the contract has for the request. */
  readonly entry: string;
  readonly side: 'input' | 'output';
  readonly issues?: readonly ValidationIssue[];
  /** How many issues there are, where those given are only the first. */
  readonly issueCount?: number;
  /** How long the schema was waited for, in milliseconds. */
  readonly timeoutMs?: number;
  /** What the schema said or threw. */
  readonly unmasked?: unknown;
}

/** A text shows this many of the issues. */
const MAX_ISSUES_IN_TEXT = 5;

/**
 * Data does not fit the contract, or its schema failed. What was validated is not in it: schemas quote values, and errors are
 * logged, so it says where and what is wrong, in codes.
 *
 * @example
 * ```ts
 * import { connect, contract, ValidationError, write } from 'socket-protocol';
 * import * as z from 'zod';
 *
 * const lamp = contract({ brightness: write(1, z.number().max(1)) });
 * const client = lamp.client(await connect({ port: 17017 }));
 * try {
 *   await client.brightness(2);
 * } catch (error) {
 *   if (error instanceof ValidationError) console.log(error.entry, error.issues); // brightness [ { path: '', code: 'too_big' } ]
 * }
 * ```
 */
export class ValidationError extends RequestError {
  override readonly name = 'ValidationError';
  readonly code = 'ERR_VALIDATION';
  readonly reason: ValidationReason;
  /** The name that the contract has for the request. */
  readonly entry: string;
  /** Whose data it was: of the request, or of its answer. */
  readonly side: 'input' | 'output';
  /** What is wrong with it, the first 20; none where the schema failed. */
  readonly issues: readonly ValidationIssue[];
  readonly #unmasked: unknown;

  constructor(facts: ValidationFacts, request?: AskedRequest) {
    super(textOfValidation(facts, request), request);
    this.reason = facts.reason;
    this.entry = facts.entry;
    this.side = facts.side;
    this.issues = facts.issues ?? [];
    this.#unmasked = facts.unmasked;
  }

  /**
   * The issues as the schema gave them, or what it threw: may quote the value. Nothing prints this by itself.
   *
   * @returns undefined where the schema said nothing
   */
  unmasked(): unknown {
    return this.#unmasked;
  }
}

function textOfValidation(facts: ValidationFacts, request: AskedRequest | undefined): string {
  const { reason, side, entry, issues = [], issueCount = issues.length, timeoutMs } = facts;
  const whose = `${side} of ${request?.name ?? entry}`;
  if (reason === 'schema-failed') return `The schema of the ${whose} failed: it threw, or gave no verdict`;
  if (reason === 'schema-timeout') return `The schema of the ${whose} gave no verdict within ${timeoutMs} ms`;
  const shown = issues
    .slice(0, MAX_ISSUES_IN_TEXT)
    .map(({ path, code }) => (path === '' ? code : `${path} (${code})`));
  if (issueCount > shown.length) shown.push(`and ${issueCount - shown.length} more`);
  return `Invalid ${whose}${shown.length === 0 ? '' : `: ${shown.join(', ')}`}`;
}

/**
 * A middleware called `next` twice, too late or never, or returned what is no answer: a mistake of the program.
 *
 * @example
 * ```ts
 * import { connect, MiddlewareError } from 'socket-protocol';
 *
 * const session = await connect({ port: 17017 });
 * session.use(async (_, next) => {
 *   await next();
 *   return next();
 * });
 * try {
 *   await session.read(0);
 * } catch (error) {
 *   if (error instanceof MiddlewareError) console.log(error.reason); // next-called-twice
 * }
 * ```
 */
export class MiddlewareError extends RequestError {
  override readonly name = 'MiddlewareError';
  readonly code = 'ERR_MIDDLEWARE';
  readonly reason: MiddlewareReason;
  /** Whose request it was: `out` for one of this side, `in` for one of the peer. */
  readonly direction: 'out' | 'in';

  /** @param request the request that is left without an answer */
  constructor(reason: MiddlewareReason, direction: 'out' | 'in', request: AskedRequest) {
    super(`${request.name}: ${textOfReason(reason)}`, request);
    this.reason = reason;
    this.direction = direction;
  }
}

/** What a `BusError` is about. */
export interface BusFacts {
  /** The subject of the message. */
  readonly subject?: string | undefined;
  /** Whether somebody may have got the message: no, unless it is said. */
  readonly written?: boolean | undefined;
  /** What is wrong, where more is known than the reason says; never what a message carries. */
  readonly detail?: string | undefined;
  readonly cause?: unknown;
}

/** How the text of each {@link BusError} begins. */
export const BUS_ERROR_HEAD = 'Message bus: ';

/** A longer subject is cut in a text. */
const MAX_SHOWN_SUBJECT = 120;

/**
 * A message bus did not carry a message, or brought no answer. What happened at the peer of a request has the errors that it has
 * without a bus.
 *
 * @example
 * ```ts
 * import { BusError } from 'socket-protocol';
 * import { memoryBus } from 'socket-protocol/gateway';
 *
 * const bus = memoryBus();
 * try {
 *   await bus.request('lamps.kitchen', new Uint8Array(), { timeoutMs: 1_000 });
 * } catch (error) {
 *   if (error instanceof BusError) console.log(error.reason, error.written); // bus-no-responders false
 * }
 * ```
 */
export class BusError extends RequestError {
  override readonly name = 'BusError';
  readonly code = 'ERR_BUS';
  readonly reason: BusReason;
  /** Whether somebody may have got the message: if so, the outcome is unknown; if not, nobody acted on it. */
  readonly written: boolean;
  /** The subject of the message; undefined where it is about none. */
  readonly subject: string | undefined;

  /** @param request the request that failed because of it */
  constructor(reason: BusReason, facts: BusFacts = {}, request?: AskedRequest) {
    const { subject, written = false, detail = textOfReason(reason), cause } = facts;
    const where = subject === undefined ? '' : ` (subject ${shownSubject(subject)})`;
    const what = request === undefined ? '' : `${request.name}: `;
    super(`${BUS_ERROR_HEAD}${what}${detail}${where}`, request);
    if (cause !== undefined) this.cause = cause;
    this.reason = reason;
    this.written = written;
    this.subject = subject;
  }
}

function shownSubject(subject: string): string {
  return JSON.stringify(
    subject.length > MAX_SHOWN_SUBJECT ? `${subject.slice(0, MAX_SHOWN_SUBJECT)}…` : subject,
  );
}

/**
 * The lease of a shared device could not be had, or is over; what was asked under it was not sent to the device.
 *
 * @example
 * ```ts
 * import { connect, LeaseError } from 'socket-protocol';
 * import { leaseOf } from 'socket-protocol/share';
 *
 * const session = await connect({ port: 17018 });
 * try {
 *   await leaseOf(session).acquire({ ttl: 2_000, wait: 500 });
 * } catch (error) {
 *   if (error instanceof LeaseError) console.log(error.reason); // lease-not-acquired
 * }
 * ```
 */
export class LeaseError extends RequestError {
  override readonly name = 'LeaseError';
  readonly code = 'ERR_LEASE';
  readonly reason: LeaseReason;
  /** The number of the lease; null: there was none. */
  readonly fence: number | null;

  /**
   * @param detail what the other side said of it
   * @param request the request that was not made because of it
   */
  constructor(reason: LeaseReason, fence: number | null, detail?: string, request?: AskedRequest) {
    const which = fence === null ? 'Lease' : `Lease ${fence}`;
    super(`${which}: ${textOfReason(reason)}${detail === undefined ? '' : ` (${detail})`}`, request);
    this.reason = reason;
    this.fence = fence;
  }
}

/** The class of each code, in this copy of the package. */
const CLASSES: Readonly<Record<ErrorCode, unknown>> = {
  ERR_OPTION: OptionError,
  ERR_TIMEOUT: TimeoutError,
  ERR_CONNECTION_LOST: ConnectionLostError,
  ERR_SESSION_CLOSED: SessionClosedError,
  ERR_STATUS: StatusError,
  ERR_AUTHENTICATION: AuthenticationError,
  ERR_CONNECT: ConnectError,
  ERR_LISTEN: ListenError,
  ERR_TOO_MANY_REQUESTS: TooManyRequestsError,
  ERR_REQUEST_SID_EXISTS: RequestSidExistsError,
  ERR_RESPONSE_SID_EXISTS: ResponseSidExistsError,
  ERR_NO_SUCH_PEER: NoSuchPeerError,
  ERR_VALIDATION: ValidationError,
  ERR_MIDDLEWARE: MiddlewareError,
  ERR_BUS: BusError,
  ERR_LEASE: LeaseError,
};

/** `instanceof` is true for the errors of other copies of the package as well. */
Object.defineProperty(SocketProtocolError, Symbol.hasInstance, {
  value(this: unknown, thrown: unknown): boolean {
    if (Function.prototype[Symbol.hasInstance].call(this, thrown)) return true;
    const code = codeOfError(thrown);
    return code !== null && (this === SocketProtocolError || this === CLASSES[code]);
  },
});
