import { EventEmitter } from 'node:events';
import { textOption, timeoutOption } from '../base/options.js';
import {
  OptionError,
  SessionClosedError,
  StatusError,
  TooManyRequestsError,
  textOfThrown,
} from '../protocol/errors.js';
import { SID_EXECUTE_REQUEST, SID_READ_REQUEST, SID_WRITE_REQUEST, STATUS_OKAY } from '../protocol/ids.js';
import { type JsonValue, Message } from '../protocol/message.js';
import type { CommInstance } from '../transport/comm-instance.js';
import { PendingRequest, type Settle } from './asking/pending-requests.js';
import { neverCalled, Question } from './asking/settlement.js';
import { internalsOf } from './internals.js';
import type { Counters } from './journal/counters.js';
import { LOG_LEVEL } from './journal/logging.js';
import type { SessionEvents } from './journal/session-events.js';
import {
  checkSessionOptions,
  DEFAULT_AUTHENTICATION_TIMEOUT_MS,
  DEFAULT_RECEIVE_TIMEOUT_MS,
  DEFAULT_SEND_TIMEOUT_MS,
  type SessionOptions,
} from './options.js';
import type { Callback, CallbackResult } from './receiving/callbacks.js';
import { checkRequestOptions, NO_OPTIONS, type RequestOptions } from './request-options.js';
import { Runtime } from './runtime.js';

/** Answers a request: returns (or resolves with) the data, or throws a `StatusError`. */
export type Handler = (data: JsonValue, message: Message) => unknown;

/**
 * One end of a connection: asks and answers (protocol.md sections 3 to 5).
 *
 * `connect` and `listen` make sessions; `new Session` puts one on a transport of one's own.
 *
 * @example
 * ```ts
 * import { connect, StatusError } from 'socket-protocol';
 *
 * await using session = await connect({ port: 17017, secret: 'correct horse battery staple' });
 * session.on('dropped', ({ reason, detail }) => console.warn(reason, detail));
 * try {
 *   console.log(await session.read(0));
 *   await session.write(7, { brightness: 0.5 });
 * } catch (error) {
 *   if (error instanceof StatusError) console.error('the peer answered with status', error.status);
 * }
 * ```
 */
export class Session extends EventEmitter<SessionEvents> {
  readonly #runtime: Runtime;

  /**
   * @param commInstance the transport; the session takes it over
   * @param options see {@link SessionOptions}
   * @throws OptionError for a wrong option
   */
  constructor(commInstance: CommInstance, options: SessionOptions = {}) {
    super();
    const internals = internalsOf(options);
    const settings = internals.settings ?? checkSessionOptions(options);
    this.#runtime = new Runtime(
      commInstance,
      settings,
      {
        hears: (event) => this.listenerCount(event) > 0,
        tell: (event, ...args) => this.#tell(event, args),
      },
      internals,
    );
    this.#runtime.start();
  }

  // ── asking ──

  /**
   * Sends a request and waits for its answer.
   *
   * @param requestSid the service id of the request; own services are made known by `addService`
   * @param dataId the data id
   * @param data whatever JSON can carry
   * @param options `timeout` in milliseconds and `signal`
   * @returns the answer, whatever its status
   * @throws (rejects) TypeError or RangeError for what cannot be sent, TimeoutError, the reason of the signal,
   *   ConnectionLostError, SessionClosedError, TooManyRequestsError, OptionError
   *
   * @example
   * ```ts
   * import { connect } from 'socket-protocol';
   *
   * await using session = await connect({ port: 17017 });
   * session.addService(100, 101, 'calibrate request', 'calibrate response');
   * const answer = await session.request(100, 0, { offset: 3 }, { timeout: 500 });
   * console.log(answer.status, answer.data);
   * ```
   */
  request(
    requestSid: number,
    dataId: number,
    data: unknown = null,
    options: RequestOptions = NO_OPTIONS,
  ): Promise<Message> {
    return this.#ask(requestSid, dataId, data, options, (answer) => answer);
  }

  /**
   * Reads data of the peer.
   *
   * @param dataId which data
   * @param options `timeout` in milliseconds and `signal`
   * @returns the data; the type argument is a claim that nobody checks
   * @throws (rejects) StatusError for any status but okay, and as `request`
   */
  read<T extends JsonValue = JsonValue>(dataId: number, options: RequestOptions = NO_OPTIONS): Promise<T> {
    return this.#ask(SID_READ_REQUEST, dataId, null, options, (answer) => this.#dataOf(answer) as T);
  }

  /**
   * Writes data of the peer.
   *
   * @param dataId which data
   * @param data whatever JSON can carry
   * @param options `timeout` in milliseconds and `signal`
   * @returns the data of the answer
   * @throws (rejects) StatusError for any status but okay, and as `request`
   */
  write<T extends JsonValue = JsonValue>(
    dataId: number,
    data: unknown,
    options: RequestOptions = NO_OPTIONS,
  ): Promise<T> {
    if (data === undefined)
      return Promise.reject(new TypeError('expected data that JSON can carry, got undefined'));
    return this.#ask(SID_WRITE_REQUEST, dataId, data, options, (answer) => this.#dataOf(answer) as T);
  }

  /**
   * Lets the peer execute something.
   *
   * @param dataId what to execute
   * @param data its argument: whatever JSON can carry
   * @param options `timeout` in milliseconds and `signal`
   * @returns the data of the answer
   * @throws (rejects) StatusError for any status but okay, and as `request`
   */
  execute<T extends JsonValue = JsonValue>(
    dataId: number,
    data: unknown = null,
    options: RequestOptions = NO_OPTIONS,
  ): Promise<T> {
    return this.#ask(SID_EXECUTE_REQUEST, dataId, data, options, (answer) => this.#dataOf(answer) as T);
  }

  #ask<T>(
    requestSid: number,
    dataId: number,
    data: unknown,
    options: RequestOptions,
    resultOf: (answer: Message) => T,
  ): Promise<T> {
    const runtime = this.#runtime;
    return new Promise<T>((resolve, reject) => {
      const { requestTimeoutMs } = runtime.settings;
      const { timeoutMs, signal } = checkRequestOptions(options, requestTimeoutMs, requestSid);
      signal?.throwIfAborted();
      const answerSid = runtime.vocabulary.responseSidOf(requestSid);
      if (answerSid === undefined) {
        throw new RangeError(
          `expected the service id of a known request (addService adds one), got ${requestSid}`,
        );
      }
      const message = new Message<unknown>({ serviceId: requestSid, dataId, data });
      if (runtime.isClosed) throw new SessionClosedError(`${runtime.nameOf(message)} was made`);
      const payload = runtime.outlet.encode(message);
      this.#assertRoom(payload.length);
      const settle = new Question(runtime, message, { resolve, reject, resultOf, signal });
      const request = new PendingRequest({
        kind: 'request',
        answerSid,
        dataId,
        message,
        payload,
        timeoutMs,
        settle,
      });
      if (signal !== undefined) settle.cancelBy(signal, request);
      runtime.add(request);
    });
  }

  #dataOf(answer: Message): JsonValue {
    if (answer.status === STATUS_OKAY) return answer.data;
    const name = this.#runtime.vocabulary.statusName(answer.status);
    throw new StatusError(answer.status, `expected the status okay, got ${answer.status} (${name})`, answer);
  }

  #assertRoom(byteLength: number): void {
    const { settings, pendingCounts } = this.#runtime;
    if (pendingCounts.queued + pendingCounts.inLine >= settings.maxPendingRequests) {
      throw new TooManyRequestsError(`${settings.maxPendingRequests} pending requests (maxPendingRequests)`);
    }
    if (pendingCounts.queuedBytes + byteLength > settings.maxQueuedBytes) {
      throw new TooManyRequestsError(
        `${settings.maxQueuedBytes} bytes that wait to be sent (maxQueuedBytes)`,
      );
    }
  }

  // ── answering ──

  /**
   * Answers read requests for a data id.
   *
   * @param dataId which data; `null` for any that has no handler of its own
   * @param handler returns the data, which is encoded when the answer leaves and must not be changed afterwards; a
   *   `StatusError` that it throws answers with its status, any other error with "callback error"
   *
   * @example
   * ```ts
   * import { listen } from 'socket-protocol';
   *
   * await using server = await listen({ port: 17017 }, (session) => {
   *   session.onRead(0, () => new Date().toString());
   * });
   * ```
   */
  onRead(dataId: number | null, handler: Handler): this {
    return this.onRequest(SID_READ_REQUEST, dataId, handler);
  }

  /** Answers write requests for a data id; as {@link onRead}. */
  onWrite(dataId: number | null, handler: Handler): this {
    return this.onRequest(SID_WRITE_REQUEST, dataId, handler);
  }

  /** Answers execute requests for a data id; as {@link onRead}. */
  onExecute(dataId: number | null, handler: Handler): this {
    return this.onRequest(SID_EXECUTE_REQUEST, dataId, handler);
  }

  /**
   * Answers the requests of any service for a data id; as {@link onRead}.
   *
   * @param requestSid the service id of the requests, `addService` made it known
   * @param dataId which data; `null` for any that has no handler of its own
   */
  onRequest(requestSid: number, dataId: number | null, handler: Handler): this {
    if (typeof handler !== 'function') throw new OptionError('handler', 'a function', typeof handler);
    return this.registerCallback(requestSid, dataId, (message) => {
      const data = handler(message.data, message);
      return isPromiseLike(data) ? data.then(okay) : okay(data);
    });
  }

  // ── the original's interface ──

  /**
   * Registers a callback for messages.
   *
   * @param serviceId the service id, or `null` for any
   * @param dataId the data id, or `null` for any
   * @param callback gets the message and `args`; for a request it answers with `[status, data]`
   * @param args what the callback gets after the message
   */
  registerCallback<Args extends unknown[]>(
    serviceId: number | null,
    dataId: number | null,
    callback: Callback<Args>,
    ...args: Args
  ): this {
    if (typeof callback !== 'function') throw new OptionError('callback', 'a function', typeof callback);
    this.#runtime.callbacks.register(idOrAny('serviceId', serviceId), idOrAny('dataId', dataId), (message) =>
      callback(message, ...args),
    );
    return this;
  }

  /**
   * Sends a message that expects no answer here; waits for a connection.
   *
   * @param timeout how long to wait, in milliseconds
   * @returns false where it was not sent: in time there was no connection, or the peer is not trusted and the message
   *   is not on the whitelist (protocol.md section 4)
   * @throws (rejects) TypeError or RangeError for what cannot be sent
   */
  send(
    serviceId: number,
    dataId: number,
    data: unknown = null,
    status: number = STATUS_OKAY,
    timeout: number = DEFAULT_SEND_TIMEOUT_MS,
  ): Promise<boolean> {
    const runtime = this.#runtime;
    return new Promise((resolve) => {
      const timeoutMs = timeoutOption('timeout', timeout, DEFAULT_SEND_TIMEOUT_MS);
      const message = new Message<unknown>({ serviceId, dataId, status, data });
      const payload = runtime.outlet.encode(message);
      if (runtime.isClosed) return resolve(false);
      this.#assertRoom(payload.length);
      const notSent = (why: string): void => {
        runtime.log.protocol(LOG_LEVEL.warning, `not sent (${why}): ${runtime.log.describe(message)}`);
        resolve(false);
      };
      const settle: Settle = {
        sent: () => resolve(true),
        refused: () => notSent('the connection is not trusted'),
        timedOut: (request) => notSent(runtime.obstacleTo(request)),
        connectionLost: () => notSent('the connection was lost'),
        sessionClosed: () => resolve(false),
        answered: neverCalled,
        cancelled: neverCalled,
      };
      runtime.add(
        new PendingRequest({
          kind: 'message',
          answerSid: serviceId,
          dataId,
          message,
          payload,
          timeoutMs,
          settle,
        }),
      );
    });
  }

  /**
   * Takes a message that no callback and no request took, or waits for one.
   *
   * @param timeout how long to wait, in milliseconds
   * @returns the message, or null where none came in time
   */
  receive(
    serviceId: number,
    dataId: number,
    timeout: number = DEFAULT_RECEIVE_TIMEOUT_MS,
  ): Promise<Message | null> {
    const runtime = this.#runtime;
    return new Promise((resolve) => {
      const timeoutMs = timeoutOption('timeout', timeout, DEFAULT_RECEIVE_TIMEOUT_MS);
      const buffered = runtime.buffer.take(serviceId, dataId);
      if (buffered !== undefined || runtime.isClosed) return resolve(buffered ?? null);
      this.#assertRoom(0);
      const nothing = (): void => resolve(null);
      const settle: Settle = {
        answered: resolve,
        timedOut: nothing,
        sessionClosed: nothing,
        cancelled: nothing,
        connectionLost: nothing,
        sent: neverCalled,
        refused: neverCalled,
      };
      runtime.add(
        new PendingRequest({
          kind: 'receive',
          answerSid: serviceId,
          dataId,
          message: null,
          payload: null,
          timeoutMs,
          settle,
        }),
      );
    });
  }

  /**
   * Proves to the server that this client holds the secret.
   *
   * @param timeout how long that may take, in milliseconds
   * @returns whether the connection is trusted
   */
  authenticate(timeout: number = DEFAULT_AUTHENTICATION_TIMEOUT_MS): Promise<boolean> {
    return this.#runtime.authenticate(timeoutOption('timeout', timeout, DEFAULT_AUTHENTICATION_TIMEOUT_MS));
  }

  /** The authentication state: one of the `AUTH_STATE_…` numbers. */
  checkAuthenticationState(): number {
    return this.#runtime.authenticationState;
  }

  /** Lets a message pass before the peer is trusted (protocol.md section 4). */
  addMsgToAuthWhitelist(serviceId: number, dataId: number): this {
    this.#runtime.whitelist.add(id('serviceId', serviceId), id('dataId', dataId));
    return this;
  }

  /**
   * Makes a service known.
   *
   * @param requestSid the service id of its requests
   * @param responseSid the service id of its responses
   * @param requestName what logs call its requests
   * @param responseName what logs call its responses
   * @throws RequestSidExistsError or ResponseSidExistsError for an id that is taken
   */
  addService(requestSid: number, responseSid: number, requestName?: string, responseName?: string): this {
    const names = [textOption('requestName', requestName), textOption('responseName', responseName)];
    this.#runtime.vocabulary.addService(
      id('requestSid', requestSid),
      id('responseSid', responseSid),
      names[0] ?? undefined,
      names[1] ?? undefined,
    );
    return this;
  }

  /** Names a data id of a service in logs. */
  addData(serviceId: number, dataId: number, name: string): this {
    this.#runtime.vocabulary.addData(
      id('serviceId', serviceId),
      id('dataId', dataId),
      String(textOption('name', name)),
    );
    return this;
  }

  /** Names a status in logs and errors. */
  addStatus(status: number, name: string): this {
    this.#runtime.vocabulary.addStatus(id('status', status), String(textOption('name', name)));
    return this;
  }

  /**
   * Does nothing: the original's method of this name begins the exchange of names and the authentication, which here
   * the state machines do as soon as there is a connection. It exists so that code from Python need not change.
   */
  connectionEstablished(): void {}

  /** Whether there is a connection. */
  isConnected(): boolean {
    return this.#runtime.isConnected;
  }

  /** Breaks the connection, if there is one, and opens another. */
  reconnect(): void {
    this.#runtime.reconnect();
  }

  // ── the session itself ──

  /** Whether everything passes: there is a connection, and it is trusted or no secret is set. */
  get isTrusted(): boolean {
    return this.#runtime.isTrusted;
  }

  /** Whether the session was closed; it never opens again. */
  get isClosed(): boolean {
    return this.#runtime.isClosed;
  }

  /** Which side of the connection this is. */
  get role(): 'client' | 'server' {
    return this.#runtime.role;
  }

  /** The channel's name; one that was taken over from the peer is unverified. */
  get channelName(): string | null {
    return this.#runtime.channelName;
  }

  /** Who is at the other end; `host:port` for TCP, undefined where there is nobody. */
  get peerAddress(): string | undefined {
    return this.#runtime.peerAddress;
  }

  /** How often what has happened, drops by reason. */
  get counters(): Counters {
    return this.#runtime.counters;
  }

  /** Ends the session for good: what waits is rejected with SessionClosedError. Resolves when the transport has closed. */
  close(): Promise<void> {
    return this.#runtime.close();
  }

  /** As `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A listener that throws must not break the step that called it; what it threw is shown as a warning. */
  #tell<K extends keyof SessionEvents>(event: K, args: SessionEvents[K]): void {
    try {
      (this.emit as (event: K, ...args: SessionEvents[K]) => boolean).call(this, event, ...args);
    } catch (error) {
      process.emitWarning(`a listener of "${event}" threw: ${textOfThrown(error)}`, 'SocketProtocolWarning');
    }
  }
}

function okay(data: unknown): CallbackResult {
  return [STATUS_OKAY, data === undefined ? null : data];
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

function id(option: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new OptionError(option, `an integer from 0 to ${Number.MAX_SAFE_INTEGER}`, String(value));
}

function idOrAny(option: string, value: unknown): number | null {
  return value === null ? null : id(option, value);
}
