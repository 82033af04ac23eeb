import { EventEmitter, errorMonitor } from 'node:events';
import { callersOf, withCallers } from '../base/callers.js';
import { warnOfMisspeltEvents } from '../base/event-names.js';
import { textOption, timeoutOption } from '../base/options.js';
import { isThenable } from '../base/thenable.js';
import { promiseOf } from '../base/user-code.js';
import { OptionError } from '../protocol/errors.js';
import {
  AUTH_STATE_TRUSTED_CONNECTION,
  SID_EXECUTE_REQUEST,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
  STATUS_OKAY,
} from '../protocol/ids.js';
import { type JsonValue, Message, type PlainData } from '../protocol/message.js';
import type { CommInstance } from '../transport/comm-instance.js';
import type { OriginalCommInstance } from '../transport/foreign-comm.js';
import { functionArgument, idArgument, idOrAnyArgument, textArgument } from './arguments.js';
import { CLOSE_AT_ONCE, type CloseOptions, type CloseReport, drainTimeoutOf } from './close-options.js';
import { type ContractHost, SessionAsContractHost } from './contract-host.js';
import type { FlightRecord } from './flight/flight-record.js';
import { flightRecordOf } from './flight-record.js';
import { internalsOf } from './internals.js';
import { openAskingDoor } from './journal/asking-door.js';
import type { Counters } from './journal/counters.js';
import { emitToAll } from './journal/listeners.js';
import { SESSION_EVENTS, type SessionEvents } from './journal/session-events.js';
import { loadOf, SESSION_LOAD, type SessionLoad } from './load.js';
import type { Middleware } from './middleware/types.js';
import {
  checkSessionOptions,
  DEFAULT_AUTHENTICATION_TIMEOUT_MS,
  DEFAULT_RECEIVE_TIMEOUT_MS,
  DEFAULT_SEND_TIMEOUT_MS,
  type SessionOptions,
} from './options.js';
import { INSPECT, type Inspecting, inspected, type Portrait, portraitOf } from './portrait.js';
import type { Callback, CallbackResult } from './receiving/callbacks.js';
import { LATE_ANSWERS, RELAY_TO, type Relay } from './relay.js';
import { checkRequestOptions, NO_OPTIONS, type RequestOptions } from './request-options.js';
import { ASK_FOR_LIFE } from './sign-of-life.js';
import { type SessionStats, statsOf } from './stats.js';
import type { MessagesOptions, StatesOptions, WatchOptions } from './watching/options.js';
import type { MessageIterator, ReadingIterator, StateIterator } from './watching/types.js';
import type { Watching } from './watching/watching.js';
import { Wiring } from './wiring.js';

let hostOf: (session: Session) => ContractHost | null;

/** What contracts need of a session; null where it is none of this copy of the library. */
export function contractHostOf(session: object): ContractHost | null {
  return hostOf(session as Session);
}

/** Answers a request: returns (or resolves with) the data, or throws a `StatusError`. */
export type Handler = (data: JsonValue, message: Message) => unknown;

/**
 * One end of a connection: asks and answers (protocol.md sections 3 to 5).
 *
 * `connect` and `listen` make sessions; `new Session` puts one on your own transport.
 *
 * What returns a promise never throws: wrong arguments reject it, with an OptionError. All else throws.
 *
 * @example
 * ```ts
 * import { connect, StatusError } from 'socket-protocol';
 *
 * const session = await connect({ port: 17017, secret: 'correct horse battery staple' });
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

  static {
    hostOf = (session) => (#wiring in session ? new SessionAsContractHost(session.#wiring) : null);
    warnOfMisspeltEvents(Session.prototype, 'a session', SESSION_EVENTS);
  }

  /**
   * @param commInstance the transport; the session takes it over
   * @param options see {@link SessionOptions}
   * @throws OptionError for a wrong option
   */
  constructor(commInstance: CommInstance | OriginalCommInstance, options: SessionOptions = {}) {
    super();
    // Node makes the collection of listeners anew for the first of them: most sessions of a server have none
    (this as { _events?: object | undefined })._events = undefined;
    const internals = internalsOf(options);
    const settings = internals.settings ?? checkSessionOptions(options);
    this.#wiring = new Wiring(commInstance, settings, this, internals);
    const { journal } = this.#wiring;
    if (settings.observe !== undefined)
      openAskingDoor(journal, { session: this, vocabulary: journal.vocabulary });
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
   * @throws (rejects) TypeError or RangeError for data that cannot be sent, TimeoutError, the reason of the signal,
   *   ConnectionLostError, SessionClosedError, TooManyRequestsError, OptionError
   *
   * @example
   * ```ts
   * import { connect } from 'socket-protocol';
   *
   * const session = await connect({ port: 17017 });
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
    return this.#ask(requestSid, dataId, data, options, false) as Promise<Message>;
  }

  /**
   * Reads data of the peer.
   *
   * @param dataId which data
   * @param options `timeout` in milliseconds and `signal`
   * @returns the data; its type is not checked at run time
   * @throws (rejects) StatusError for any status but okay, and as `request`
   */
  read<T extends PlainData<T> = JsonValue>(dataId: number, options: RequestOptions = NO_OPTIONS): Promise<T> {
    return this.#ask(SID_READ_REQUEST, dataId, null, options, true) as Promise<T>;
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
  write<T extends PlainData<T> = JsonValue>(
    dataId: number,
    data: unknown,
    options: RequestOptions = NO_OPTIONS,
  ): Promise<T> {
    if (data === undefined) return Promise.reject(new TypeError('write needs data; null stands for none'));
    return this.#ask(SID_WRITE_REQUEST, dataId, data, options, true) as Promise<T>;
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
  execute<T extends PlainData<T> = JsonValue>(
    dataId: number,
    data: unknown = null,
    options: RequestOptions = NO_OPTIONS,
  ): Promise<T> {
    return this.#ask(SID_EXECUTE_REQUEST, dataId, data, options, true) as Promise<T>;
  }

  #ask(
    requestSid: number,
    dataId: number,
    data: unknown,
    options: RequestOptions,
    wantsData: boolean,
  ): Promise<unknown> {
    const { asking, settings, middlewares } = this.#wiring;
    try {
      idArgument('requestSid', requestSid);
      idArgument('dataId', dataId);
      const checked = checkRequestOptions(options, settings.requestTimeoutMs, requestSid);
      return (middlewares ?? asking).request(requestSid, dataId, data, checked, wantsData, this.#ask);
    } catch (error) {
      return Promise.reject(withCallers(error, callersOf(this.#ask)));
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
   * const server = await listen({ port: 17017 }, (session) => {
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
    functionArgument('handler', handler);
    if (dataId !== null) idArgument('dataId', dataId);
    this.#wiring.callbacks.register(idArgument('requestSid', requestSid), dataId, (message) => {
      const data = handler(message.data, message);
      return isThenable(data) ? promiseOf(data).then(okay) : okay(data);
    });
    return this;
  }

  // ── around asking and answering ──

  /**
   * Puts a middleware around the requests of this side and around the callbacks for those of the peer; the first is the outermost.
   *
   * @param middleware see {@link Middleware}
   * @returns takes it back: requests that begin later do without it
   * @throws OptionError for anything but a function
   */
  use(middleware: Middleware): () => void {
    functionArgument('middleware', middleware);
    return this.#wiring.startMiddlewares(this).use(middleware);
  }

  // ── in loops ──

  /**
   * The messages that come and may pass, one by one: `for await (const message of session.messages())`. What the peer sends by itself
   * is taken by the loop and not kept for `receive`; requests are answered as ever.
   *
   * @param options see {@link MessagesOptions}
   * @throws OptionError for a wrong option
   */
  messages(options: MessagesOptions = {}): MessageIterator {
    return this.#watching.messages(options);
  }

  /**
   * The states of the connection, beginning with the present one; the last is `closed`.
   *
   * @param options see {@link StatesOptions}
   * @throws OptionError for a wrong option
   */
  states(options: StatesOptions = {}): StateIterator {
    return this.#watching.states(options);
  }

  /**
   * Reads data of the peer again and again, and says with each value how many readings were missed before it.
   *
   * @param dataId which data
   * @param options see {@link WatchOptions}
   * @throws OptionError for a wrong argument
   *
   * @example
   * ```ts
   * import { connect } from 'socket-protocol';
   *
   * const session = await connect({ port: 17017 });
   * for await (const { value, missed } of session.watch(0, { every: 500 })) console.log(value, missed);
   * ```
   */
  watch<T extends PlainData<T> = JsonValue>(dataId: number, options: WatchOptions = {}): ReadingIterator<T> {
    return this.#watching.watch<T>(idArgument('dataId', dataId), options);
  }

  get #watching(): Watching {
    return this.#wiring.startWatching((dataId, options) => this.read(dataId, options));
  }

  // ── the original's interface ──

  /**
   * Registers a callback for messages (protocol.md section 5, rule 4).
   *
   * A callback that names the channel-name service hears its messages as well, also before trust and after the session has handled
   * them; what it returns is not used, and the names are unverified text. Seeds and keys are shown to nobody.
   *
   * @param serviceId the service id; `null` or `undefined` for any
   * @param dataId the data id; `null` or `undefined` for any
   * @param callback gets the message and `args`, and the session as `this`, so that a method of your own class can be passed as it
   *   is; for a request it answers with `[status, data]`
   * @param args what the callback gets after the message
   */
  registerCallback<Args extends unknown[]>(
    serviceId: number | null | undefined,
    dataId: number | null | undefined,
    callback: Callback<Args>,
    ...args: Args
  ): this {
    functionArgument('callback', callback);
    const ids = [idOrAnyArgument('serviceId', serviceId), idOrAnyArgument('dataId', dataId)] as const;
    this.#wiring.callbacks.register(...ids, (message) => callback.call(this, message, ...args));
    return this;
  }

  /**
   * Sends a message without waiting for an answer; waits for a connection.
   *
   * When it resolves, the system has the message, and brings it to the peer even if the process ends. What is more than the
   * system takes at once (megabytes, a peer that does not read) still waits in the process: close the session, which sends it.
   *
   * @param timeout how long to wait, in milliseconds; 0: do not wait
   * @returns false if it was not sent: there was no connection in time, none will come (`abandoned`), too much waits already
   *   (`maxPendingRequests`, `maxQueuedBytes`), the session is closed, or the peer is not trusted and the message is not on the
   *   whitelist (protocol.md section 4); `counters.messagesNotSent` counts these
   * @throws (rejects) OptionError for a wrong argument, TypeError or RangeError for data that cannot be sent: mistakes of the
   *   program, and nothing that the peer or the network can cause
   */
  send(
    serviceId: number,
    dataId: number,
    data: unknown = null,
    status: number = STATUS_OKAY,
    timeout: number = DEFAULT_SEND_TIMEOUT_MS,
  ): Promise<boolean> {
    try {
      idArgument('serviceId', serviceId);
      idArgument('dataId', dataId);
      idArgument('status', status);
      const timeoutMs = timeoutOption('timeout', timeout, DEFAULT_SEND_TIMEOUT_MS);
      return this.#wiring.asking.send(new Message<unknown>({ serviceId, dataId, status, data }), timeoutMs);
    } catch (error) {
      return Promise.reject(withCallers(error, callersOf(this.send)));
    }
  }

  /**
   * Takes a message that no callback and no request took, or waits for one.
   *
   * @param timeout how long to wait, in milliseconds; 0: take what is there
   * @returns the message, or null where none came in time, the session is closed, or no connection will come (`abandoned`)
   * @throws (rejects) OptionError for a wrong argument, TooManyRequestsError
   */
  receive(
    serviceId: number,
    dataId: number,
    timeout: number = DEFAULT_RECEIVE_TIMEOUT_MS,
  ): Promise<Message | null> {
    try {
      const timeoutMs = timeoutOption('timeout', timeout, DEFAULT_RECEIVE_TIMEOUT_MS);
      idArgument('serviceId', serviceId);
      idArgument('dataId', dataId);
      const buffered = this.#wiring.buffer.take(serviceId, dataId);
      if (buffered !== undefined) return Promise.resolve(buffered);
      return this.#wiring.asking.receive(serviceId, dataId, timeoutMs);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Proves to the server that this client holds the secret; without a connection, on the next one, for which an attempt is due
   * at once (at most one a second).
   *
   * @param timeout how long that may take, waiting for a connection included, in milliseconds; 0: only look whether there is
   *   trust already
   * @returns whether the connection is trusted; false at once where that cannot be: no secret is set, this is a server, the
   *   session is closed, the peer refuses the key or has ended its stream, or no connection is made before `reconnect()`
   * @throws (rejects) OptionError for a wrong time-out
   */
  authenticate(timeout: number = DEFAULT_AUTHENTICATION_TIMEOUT_MS): Promise<boolean> {
    try {
      return this.#wiring.authenticate(timeoutOption('timeout', timeout, DEFAULT_AUTHENTICATION_TIMEOUT_MS));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Whether authentication stands in the way of nothing: no secret is set, or the peer is trusted.
   *
   * `authenticationState` says how far an authentication is.
   */
  checkAuthenticationState(): boolean {
    return (
      this.#wiring.settings.secret === null || this.authenticationState === AUTH_STATE_TRUSTED_CONNECTION
    );
  }

  /** How far the authentication is: one of the `AUTH_STATE_…` numbers; without a secret always the first of them. */
  get authenticationState(): number {
    return this.#wiring.authenticationState;
  }

  /** Lets a message pass before the peer is trusted (protocol.md section 4). */
  addMsgToAuthWhitelist(serviceId: number, dataId: number): this {
    this.#wiring.gate.whitelist.add(idArgument('serviceId', serviceId), idArgument('dataId', dataId));
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
  addService(
    requestSid: number,
    responseSid: number,
    requestName?: string | null,
    responseName?: string | null,
  ): this {
    const names = [textOption('requestName', requestName), textOption('responseName', responseName)];
    this.#wiring.journal.vocabulary.addService(
      idArgument('requestSid', requestSid),
      idArgument('responseSid', responseSid),
      names[0] ?? undefined,
      names[1] ?? undefined,
    );
    return this;
  }

  /**
   * Names a data id in logs and errors.
   *
   * @param serviceId the service whose data it is, or several: a request and its response are two
   * @param dataId the data id
   * @param name what logs call it
   */
  addData(serviceId: number | readonly number[], dataId: number, name: string): this {
    const serviceIds = Array.isArray(serviceId) ? serviceId : [serviceId];
    if (serviceIds.length === 0)
      throw new OptionError('serviceId', 'a service id, or several', 'an empty array');
    const text = textArgument('name', name);
    // all are checked before the first is named
    for (const each of serviceIds.map((value) => idArgument('serviceId', value)))
      this.#wiring.journal.vocabulary.addData(each, idArgument('dataId', dataId), text);
    return this;
  }

  /** Names a status in logs and errors. */
  addStatus(status: number, name: string): this {
    this.#wiring.journal.vocabulary.addStatus(idArgument('status', status), textArgument('name', name));
    return this;
  }

  /** Whether there is a connection, and, where a secret is set, it is trusted; the same as `isTrusted`. */
  connectionEstablished(): boolean {
    return this.isTrusted;
  }

  /** Whether the transport is connected; whether everything passes is told by `connectionEstablished`. */
  isConnected(): boolean {
    return this.#wiring.comm.isConnected();
  }

  /** Breaks the connection, if there is one, and opens another; does nothing once the session is closed. */
  reconnect(): void {
    if (!this.isClosed) this.#wiring.handle.send({ type: 'session.reconnect' });
  }

  // ── the session itself ──

  /** Whether everything passes: there is a connection, and it is trusted or no secret is set. */
  get isTrusted(): boolean {
    // a transport of the user's own may know better than to call back
    return this.#wiring.gate.isOpen && this.#wiring.comm.isConnected();
  }

  /** Whether the session was closed, from the call of `close` on, while it drains as well; it never opens again. */
  get isClosed(): boolean {
    return this.#wiring.handle.isClosed;
  }

  /** The transport that the session runs on; one with the original's names is seen under ours. */
  get commInstance(): CommInstance {
    return this.#wiring.comm;
  }

  /** A short text that no other session of this process has; the same for the life of the session. */
  get id(): string {
    return this.#wiring.journal.sessionId;
  }

  /**
   * What the peer is called: the name that it claims when names are exchanged (unverified, and without control characters),
   * or the one that it is bound to. Null until it is known; that of the last connection until another begins.
   */
  get peerName(): string | null {
    return this.#wiring.journal.peerName;
  }

  /** What no callback handles goes there from now on. */
  [RELAY_TO](relay: Relay): void {
    this.#wiring.relay = relay;
  }

  /** For a program between two others, which must know whether the peer may still be at work. */
  get [LATE_ANSWERS](): number {
    return this.#wiring.output.pending.ghosts;
  }

  /** Sends a heartbeat now. A server sends none, nor does a client without a connection. */
  [ASK_FOR_LIFE](): void {
    if (this.role === 'client') this.#wiring.handle.send({ type: 'heartbeat.due' });
  }

  /** What its server sums up. */
  get [SESSION_LOAD](): SessionLoad {
    return loadOf(this.#wiring);
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

  /**
   * What the flight recorder has: the last frames and changes of states, masked; it is on unless `flightRecord` is false. See
   * docs/flight-recorder.md.
   *
   * @returns a new object that JSON can carry; null where the recorder is off
   *
   * @example
   * ```ts
   * import { connect } from 'socket-protocol';
   *
   * const session = await connect({ port: 17017 });
   * session.on('failure', ({ kind, reason, record }) => console.error(kind, reason, record.entries));
   * console.log(JSON.stringify(session.flightRecord()));
   * ```
   */
  flightRecord(): FlightRecord | null {
    return flightRecordOf(this.#wiring);
  }

  /** How often what has happened, drops by reason. */
  get counters(): Counters {
    return this.#wiring.journal.counters;
  }

  /**
   * What the session has measured so far: traffic, drops, how long requests took, what waits, the heartbeat's round trip.
   *
   * @returns plain data, for `JSON.stringify`; times in seconds
   */
  stats(): SessionStats {
    return statsOf(this.#wiring);
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
