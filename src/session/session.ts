import { EventEmitter, errorMonitor } from 'node:events';
import { textOption, timeoutOption } from '../base/options.js';
import { isThenable } from '../base/thenable.js';
import { promiseOf } from '../base/user-code.js';
import { OptionError } from '../protocol/errors.js';
import { SID_EXECUTE_REQUEST, SID_READ_REQUEST, SID_WRITE_REQUEST, STATUS_OKAY } from '../protocol/ids.js';
import { type JsonValue, Message } from '../protocol/message.js';
import type { CommInstance } from '../transport/comm-instance.js';
import { CLOSE_AT_ONCE, type CloseOptions, type CloseReport, drainTimeoutOf } from './close-options.js';
import { internalsOf } from './internals.js';
import type { Counters } from './journal/counters.js';
import { emitToAll } from './journal/listeners.js';
import type { SessionEvents } from './journal/session-events.js';
import {
  checkSessionOptions,
  DEFAULT_AUTHENTICATION_TIMEOUT_MS,
  DEFAULT_RECEIVE_TIMEOUT_MS,
  DEFAULT_SEND_TIMEOUT_MS,
  type SessionOptions,
} from './options.js';
import { INSPECT, type Inspecting, inspected, type Portrait, portraitOf } from './portrait.js';
import type { Callback, CallbackResult } from './receiving/callbacks.js';
import { checkRequestOptions, NO_OPTIONS, type RequestOptions } from './request-options.js';
import { Wiring } from './wiring.js';

/** Answers a request: returns (or resolves with) the data, or throws a `StatusError`. */
export type Handler = (data: JsonValue, message: Message) => unknown;

/**
 * One end of a connection: asks and answers (protocol.md sections 3 to 5).
 *
 * `connect` and `listen` make sessions; `new Session` puts one on your own transport.
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
  readonly #wiring: Wiring;

  /**
   * @param commInstance the transport; the session takes it over
   * @param options see {@link SessionOptions}
   * @throws OptionError for a wrong option
   */
  constructor(commInstance: CommInstance, options: SessionOptions = {}) {
    super();
    const internals = internalsOf(options);
    const settings = internals.settings ?? checkSessionOptions(options);
    this.#wiring = new Wiring(commInstance, settings, this, internals);
    this.#wiring.start();
  }

  // ── asking ──

  /**
   * Sends a request and waits for its answer.
   *
   * @param requestSid the service id of the request; `addService` registers your own services
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
   * @returns the data; its type is not checked at run time
   * @throws (rejects) StatusError for any status but okay, and as `request`
   */
  read<T extends JsonValue = JsonValue>(dataId: number, options: RequestOptions = NO_OPTIONS): Promise<T> {
    return this.#ask(
      SID_READ_REQUEST,
      dataId,
      null,
      options,
      (answer) => this.#wiring.asking.dataOf(answer) as T,
    );
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
    if (data === undefined) return Promise.reject(new TypeError('write needs data; null stands for none'));
    return this.#ask(
      SID_WRITE_REQUEST,
      dataId,
      data,
      options,
      (answer) => this.#wiring.asking.dataOf(answer) as T,
    );
  }

  /**
   * Asks the peer to execute something.
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
    return this.#ask(
      SID_EXECUTE_REQUEST,
      dataId,
      data,
      options,
      (answer) => this.#wiring.asking.dataOf(answer) as T,
    );
  }

  #ask<T>(
    requestSid: number,
    dataId: number,
    data: unknown,
    options: RequestOptions,
    resultOf: (answer: Message) => T,
  ): Promise<T> {
    const { asking, settings } = this.#wiring;
    try {
      const checked = checkRequestOptions(options, settings.requestTimeoutMs, requestSid);
      return asking.request(requestSid, dataId, data, checked, resultOf);
    } catch (error) {
      return Promise.reject(error);
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
   * @param requestSid the service id of the requests; `addService` registers your own
   * @param dataId which data; `null` for any that has no handler of its own
   */
  onRequest(requestSid: number, dataId: number | null, handler: Handler): this {
    if (typeof handler !== 'function') throw new OptionError('handler', 'a function', typeof handler);
    return this.registerCallback(requestSid, dataId, (message) => {
      const data = handler(message.data, message);
      return isThenable(data) ? promiseOf(data).then(okay) : okay(data);
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
    this.#wiring.callbacks.register(idOrAny('serviceId', serviceId), idOrAny('dataId', dataId), (message) =>
      callback(message, ...args),
    );
    return this;
  }

  /**
   * Sends a message without waiting for an answer; waits for a connection.
   *
   * When it resolves, the system has the message, and brings it to the peer even if the process ends. What is more than the
   * system takes at once (megabytes, a peer that does not read) still waits in the process: close the session, which sends it.
   *
   * @param timeout how long to wait, in milliseconds
   * @returns false if it was not sent: there was no connection in time, or the peer is not trusted and the message is not
   *   on the whitelist (protocol.md section 4)
   * @throws (rejects) TypeError or RangeError for what cannot be sent
   */
  send(
    serviceId: number,
    dataId: number,
    data: unknown = null,
    status: number = STATUS_OKAY,
    timeout: number = DEFAULT_SEND_TIMEOUT_MS,
  ): Promise<boolean> {
    try {
      const timeoutMs = timeoutOption('timeout', timeout, DEFAULT_SEND_TIMEOUT_MS);
      return this.#wiring.asking.send(new Message<unknown>({ serviceId, dataId, status, data }), timeoutMs);
    } catch (error) {
      return Promise.reject(error);
    }
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
    try {
      const timeoutMs = timeoutOption('timeout', timeout, DEFAULT_RECEIVE_TIMEOUT_MS);
      const buffered = this.#wiring.buffer.take(serviceId, dataId);
      if (buffered !== undefined) return Promise.resolve(buffered);
      return this.#wiring.asking.receive(serviceId, dataId, timeoutMs);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Proves to the server that this client holds the secret.
   *
   * @param timeout how long that may take, in milliseconds
   * @returns whether the connection is trusted
   */
  authenticate(timeout: number = DEFAULT_AUTHENTICATION_TIMEOUT_MS): Promise<boolean> {
    return this.#wiring.authenticate(timeoutOption('timeout', timeout, DEFAULT_AUTHENTICATION_TIMEOUT_MS));
  }

  /** The authentication state: one of the `AUTH_STATE_…` numbers. */
  checkAuthenticationState(): number {
    return this.#wiring.authenticationState;
  }

  /** Lets a message pass before the peer is trusted (protocol.md section 4). */
  addMsgToAuthWhitelist(serviceId: number, dataId: number): this {
    this.#wiring.gate.whitelist.add(id('serviceId', serviceId), id('dataId', dataId));
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
    this.#wiring.journal.vocabulary.addService(
      id('requestSid', requestSid),
      id('responseSid', responseSid),
      names[0] ?? undefined,
      names[1] ?? undefined,
    );
    return this;
  }

  /** Names a data id of a service in logs. */
  addData(serviceId: number, dataId: number, name: string): this {
    this.#wiring.journal.vocabulary.addData(
      id('serviceId', serviceId),
      id('dataId', dataId),
      String(textOption('name', name)),
    );
    return this;
  }

  /** Names a status in logs and errors. */
  addStatus(status: number, name: string): this {
    this.#wiring.journal.vocabulary.addStatus(id('status', status), String(textOption('name', name)));
    return this;
  }

  /**
   * Does nothing: the original's method of this name begins the exchange of names and the authentication, which here
   * the state machines do as soon as there is a connection. It exists so that code from Python need not change.
   */
  connectionEstablished(): void {}

  /** Whether there is a connection. */
  isConnected(): boolean {
    return this.#wiring.gate.isLinked;
  }

  /** Breaks the connection, if there is one, and opens another; does nothing once the session is closed. */
  reconnect(): void {
    if (!this.isClosed) this.#wiring.handle.send({ type: 'session.reconnect' });
  }

  // ── the session itself ──

  /** Whether everything passes: there is a connection, and it is trusted or no secret is set. */
  get isTrusted(): boolean {
    return this.#wiring.gate.isOpen;
  }

  /** Whether the session was closed, from the call of `close` on, while it drains as well; it never opens again. */
  get isClosed(): boolean {
    return this.#wiring.handle.isClosed;
  }

  /** Which side of the connection this is. */
  get role(): 'client' | 'server' {
    return this.#wiring.journal.role;
  }

  /** The channel's name; one that was taken over from the peer is unverified. */
  get channelName(): string | null {
    return this.#wiring.journal.channelName;
  }

  /** Who is at the other end; `host:port` for TCP, undefined where there is nobody. */
  get peerAddress(): string | undefined {
    return this.#wiring.comm.peerAddress;
  }

  /** How often what has happened, drops by reason. */
  get counters(): Counters {
    return this.#wiring.journal.counters;
  }

  /**
   * Ends the session for good. What was sent still goes out (`closeTimeout`); what waits is rejected with SessionClosedError,
   * at once or when the draining is over. A second call without `drain` ends the draining.
   *
   * @param options `drain` lets pending requests and running callbacks finish first, for `timeout` milliseconds in all; new
   *   ones are refused from the call on
   * @returns what had to be cut, when the transport has closed; the same for every call
   * @throws (rejects) OptionError for a wrong option
   *
   * @example
   * ```ts
   * import { connect } from 'socket-protocol';
   *
   * const session = await connect({ port: 17017 });
   * session.write(7, { brightness: 0.5 }).catch(console.error);
   * const { cutRequests, lostBytes } = await session.close({ drain: true, timeout: 2_000 });
   * console.log(cutRequests, 'requests without an answer,', lostBytes, 'bytes lost');
   * ```
   */
  close(options: CloseOptions = CLOSE_AT_ONCE): Promise<CloseReport> {
    try {
      return this.#wiring.close(drainTimeoutOf(options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Calls the listeners of an event, each of them: one that throws or rejects is a warning of the process (`SP_LISTENER_FAILED`)
   * and harms nothing.
   *
   * @returns whether there was a listener
   */
  override emit<K>(
    event: K | keyof SessionEvents,
    ...args: K extends keyof SessionEvents ? SessionEvents[K] : never
  ): boolean {
    if (event === 'error') {
      if (this.listenerCount('error') === 0) return super.emit(event, ...args);
      emitToAll(this, errorMonitor, args);
    }
    return emitToAll(this, event as string | symbol, args);
  }

  /** What `console.log` shows: role, peer, states, what waits, and the counters that are not zero; nothing confidential. */
  [INSPECT](depth: number | null, options: Inspecting['options'], inspect: Inspecting['inspect']): string {
    const { name } = this.constructor;
    return inspected(name, this.toJSON(), depth, { options, inspect });
  }

  /** The same as an object, for `JSON.stringify`; null for a proxy of a session, or one that is being made. */
  toJSON(): Portrait | null {
    try {
      return portraitOf(this.#wiring);
    } catch {
      return null;
    }
  }

  /** As `close`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function okay(data: unknown): CallbackResult {
  return [STATUS_OKAY, data === undefined ? null : data];
}

function id(option: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new OptionError(option, `an integer from 0 to ${Number.MAX_SAFE_INTEGER}`, String(value));
}

function idOrAny(option: string, value: unknown): number | null {
  return value === null ? null : id(option, value);
}
