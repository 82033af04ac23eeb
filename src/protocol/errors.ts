/** Every error that the library throws or rejects with; each has a `code` and says what was expected and what came. */

import type { JsonValue, Message } from './message.js';
import type { RefusalReason } from './reasons.js';

/** Base of all errors of the library: `code` tells them apart without `instanceof`. */
export abstract class SocketProtocolError extends Error {
  abstract readonly code: string;
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

/** No answer came, or nothing could be sent, within the time-out; the message says which. */
export class TimeoutError extends SocketProtocolError {
  override readonly name = 'TimeoutError';
  readonly code = 'ERR_TIMEOUT';
  /** The time-out in milliseconds. */
  readonly timeoutMs: number;
  /** Whether the request had been written: if so, the peer may have acted on it. */
  readonly written: boolean;

  constructor(what: string, timeoutMs: number, written: boolean) {
    super(`${what} within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
    this.written = written;
  }
}

/** The connection broke before the answer came. */
export class ConnectionLostError extends SocketProtocolError {
  override readonly name = 'ConnectionLostError';
  readonly code = 'ERR_CONNECTION_LOST';
  /** Whether the request had been written: if so, its outcome is unknown; if not, the peer never saw it. */
  readonly written: boolean;
  /** Why the connection was lost, in words. */
  readonly reason: string;

  constructor(what: string, written: boolean, reason: string) {
    const when = written ? `after ${what} was written: its outcome is unknown` : `before ${what} was written`;
    super(`the connection was lost ${when} (${reason})`);
    this.written = written;
    this.reason = reason;
  }
}

/** The session was closed by its own side. */
export class SessionClosedError extends SocketProtocolError {
  override readonly name = 'SessionClosedError';
  readonly code = 'ERR_SESSION_CLOSED';

  constructor(what: string) {
    super(`the session was closed before ${what}`);
  }
}

/**
 * A status other than okay. A handler throws it to answer with that status; `read`, `write` and `execute` reject with
 * it when the peer answered so.
 *
 * @example
 * ```ts
 * import { listen, StatusError, STATUS_OPERATION_NOT_PERMITTED } from 'socket-protocol';
 *
 * await using server = await listen({ port: 0 }, (session) => {
 *   session.onWrite(7, () => {
 *     throw new StatusError(STATUS_OPERATION_NOT_PERMITTED);
 *   });
 * });
 * ```
 */
export class StatusError extends SocketProtocolError {
  override readonly name = 'StatusError';
  readonly code = 'ERR_STATUS';
  readonly status: number;
  /** The answer that had this status; none where a handler made the error. */
  readonly answer: Message<JsonValue> | undefined;

  /** @throws RangeError for a status that no message can carry */
  constructor(status: number, message = `status ${status}`, answer?: Message<JsonValue>) {
    if (!Number.isSafeInteger(status) || status < 0) {
      throw new RangeError(`expected a status from 0 to ${Number.MAX_SAFE_INTEGER}, got ${status}`);
    }
    super(message);
    this.status = status;
    this.answer = answer;
  }
}

/** The client could not prove that it holds the secret, or the peer does not authenticate. */
export class AuthenticationError extends SocketProtocolError {
  override readonly name = 'AuthenticationError';
  readonly code = 'ERR_AUTHENTICATION';

  constructor(reason: string) {
    super(`the authentication failed: ${reason}`);
  }
}

/** A connection could not be opened. */
export class ConnectError extends SocketProtocolError {
  override readonly name = 'ConnectError';
  readonly code = 'ERR_CONNECT';
  /** `host:port` as it was asked for. */
  readonly address: string;

  constructor(address: string, reason: string, cause?: unknown) {
    super(`expected a peer at ${address}, got: ${reason}`, cause === undefined ? undefined : { cause });
    this.address = address;
  }
}

/** A server could not listen. */
export class ListenError extends SocketProtocolError {
  override readonly name = 'ListenError';
  readonly code = 'ERR_LISTEN';
  /** `host:port` as it was asked for. */
  readonly address: string;

  constructor(address: string, reason: string, cause?: unknown) {
    super(`expected to listen on ${address}, got: ${reason}`, cause === undefined ? undefined : { cause });
    this.address = address;
  }
}

/** More requests are waiting than a session holds. */
export class TooManyRequestsError extends SocketProtocolError {
  override readonly name = 'TooManyRequestsError';
  readonly code = 'ERR_TOO_MANY_REQUESTS';

  constructor(limit: string) {
    super(`expected at most ${limit}, got one more`);
  }
}

/** `addService` was given a request service id that is taken. */
export class RequestSidExistsError extends SocketProtocolError {
  override readonly name = 'RequestSidExistsError';
  readonly code = 'ERR_REQUEST_SID_EXISTS';

  constructor(requestSid: number) {
    super(`expected a request service id that is free, got ${requestSid}, which is taken`);
  }
}

/** `addService` was given a response service id that is taken. */
export class ResponseSidExistsError extends SocketProtocolError {
  override readonly name = 'ResponseSidExistsError';
  readonly code = 'ERR_RESPONSE_SID_EXISTS';

  constructor(responseSid: number) {
    super(`expected a response service id that is free, got ${responseSid}, which is taken`);
  }
}

/**
 * What was thrown, as text; whatever it is, and also where it has none.
 *
 * @param thrown anything
 */
export function textOfThrown(thrown: unknown): string {
  try {
    return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  } catch {
    return 'something that has no text';
  }
}
