/**
 * The world of one session: joins its actors with a transport and holds what they share.
 *
 * Decisions about protocol state are made by the machines. The parts around them are a dispatcher (what comes in), an
 * answerer and an outlet (what goes out), an announcer (what the user hears); all of them have this as their host, and
 * call its methods instead of closures of their own: an idle session is small.
 */

import type { Actor } from 'xstate';
import type { SessionEvent } from '../../machines/index.js';
import { textOfThrown } from '../protocol/errors.js';
import { AUTH_STATE_TRUSTED_CONNECTION, AUTH_STATE_UNTRUSTED_CONNECTION } from '../protocol/ids.js';
import type { JsonValue, Message } from '../protocol/message.js';
import { AUTHENTICATION_STATE_NUMBERS, type AuthenticationStateName, type Role } from '../protocol/role.js';
import { Vocabulary } from '../protocol/vocabulary.js';
import type { CommInstance } from '../transport/comm-instance.js';
import type { StpDrop } from '../wire/stp.js';
import { Announcer, type AnnouncerHost } from './announcer.js';
import { Answerer, type AnswererHost } from './answering/answerer.js';
import type {
  PendingRequest,
  PendingRequests,
  PendingRequestsActorEvent,
} from './asking/pending-requests.js';
import { Authenticator } from './handshake/authenticator.js';
import { Handshake, type HandshakeHost } from './handshake/handshake.js';
import type { SessionInternals } from './internals.js';
import { BadInputBudget } from './journal/bad-input-budget.js';
import type { Counters, DropReason, MutableCounts } from './journal/counters.js';
import { LOG_LEVEL } from './journal/logging.js';
import { isConfidential, MessageLog } from './journal/message-log.js';
import type { ObservedSession } from './journal/observation.js';
import type { SessionEvents } from './journal/session-events.js';
import { LinkControl } from './link-control.js';
import type { SessionSettings, TrustLimits } from './options.js';
import type { Gate, providedSessionMachine } from './provided-machines.js';
import { Callbacks } from './receiving/callbacks.js';
import { Dispatcher, type DispatcherHost } from './receiving/dispatcher.js';
import { type BufferDropReason, ReceiveBuffer } from './receiving/receive-buffer.js';
import { Outlet, type OutletHost } from './sending/output.js';
import { Whitelist } from './sending/whitelist.js';
import { makeSessionActor } from './session-actor.js';

/** The user's end of a session. */
export interface RuntimeListener {
  /** Whether anybody listens to an event. */
  hears(event: keyof SessionEvents): boolean;
  tell<K extends keyof SessionEvents>(event: K, ...args: SessionEvents[K]): void;
}

interface PendingRef {
  send(event: PendingRequestsActorEvent): void;
  getSnapshot(): { readonly context: PendingRequests };
}

/** Runs one session on one transport. */
export class Runtime
  implements DispatcherHost, AnswererHost, HandshakeHost, OutletHost, AnnouncerHost, ObservedSession
{
  readonly comm: CommInstance;
  readonly role: Role;
  readonly settings: SessionSettings;
  readonly vocabulary = new Vocabulary();
  readonly whitelist = new Whitelist();
  readonly callbacks = new Callbacks();
  readonly buffer: ReceiveBuffer;
  readonly log: MessageLog;
  readonly badInput: BadInputBudget;
  readonly authenticator: Authenticator | null;
  readonly outlet: Outlet;
  readonly answerer: Answerer;
  readonly counts: MutableCounts = {
    messagesSent: 0,
    messagesReceived: 0,
    connections: 0,
    failedAuthentications: 0,
    timeouts: 0,
  };
  /** What may pass, by order of the session machine. */
  gate: Gate = 'nothing';
  channelName: string | null;
  /** Why there is no connection, in words. */
  whyLost = 'there never was one';
  isClosed = false;
  readonly #listener: RuntimeListener;
  readonly #link: LinkControl;
  readonly #handshake: Handshake;
  readonly #announcer: Announcer;
  /** The actor of the session machine; undefined while it is being started. */
  readonly #actor: Actor<typeof providedSessionMachine> | undefined;
  readonly #pendingRef: PendingRef;
  readonly #pending: PendingRequests;
  #dropped: Partial<Record<DropReason, number>> | null = null;
  #isFailing = false;
  /** What was thrown while the session was being made: its maker gets it. */
  #startError: Error | null = null;

  constructor(
    comm: CommInstance,
    settings: SessionSettings,
    listener: RuntimeListener,
    { endsWithItsLink = false, randomBytes }: SessionInternals,
  ) {
    const { channelName, clock, secret, deriveKey } = settings;
    this.comm = comm;
    this.settings = settings;
    this.role = comm.isClient ? 'client' : 'server';
    this.#listener = listener;
    this.channelName = channelName;
    this.log = new MessageLog(settings, this, this.vocabulary);
    this.buffer = new ReceiveBuffer(settings.bufferLimits, clock, this);
    this.authenticator = secret === null ? null : new Authenticator({ secret, deriveKey, randomBytes });
    this.badInput = new BadInputBudget(clock, settings.badInputLimits);
    this.outlet = new Outlet(comm, this);
    this.answerer = new Answerer(this);
    this.#link = new LinkControl(comm, this.log);
    this.#handshake = new Handshake(this);
    this.#announcer = new Announcer(this);
    const actor = makeSessionActor(settings, {
      role: this.role,
      link: this.#link,
      handshake: this.#handshake,
      announce: this.#announcer,
      requests: this.outlet,
      endsWithItsLink,
      failed: (error) => this.failed(error),
      stepped: () => this.#announcer.flush(),
      crashed: (error) => this.#crashed(error),
    });
    if (this.#startError !== null) throw this.#startError;
    this.#actor = actor;
    // the placeholder in the machine types this child as less than what is provided for it
    this.#pendingRef = actor.getSnapshot().children['pendingRequests'] as unknown as PendingRef;
    this.#pending = this.#pendingRef.getSnapshot().context;
    this.#attach();
  }

  #attach(): void {
    const { comm } = this;
    const dispatcher = new Dispatcher(this);
    comm.registerCallback((payload) => this.guard(() => dispatcher.receive(payload)));
    comm.registerConnectCallback(() => this.tell({ type: 'link.opened' }));
    comm.registerDisconnectCallback((reason) => this.tell({ type: 'link.closed', reason }));
    comm.registerFailureCallback?.((error) => {
      this.#announcer.linkFailed(error);
      this.tell({ type: 'link.failed', reason: error.message });
    });
    comm.registerDropCallback?.((drop) => this.guard(() => this.#streamDropped(drop)));
    comm.registerDrainCallback?.(() => this.guard(() => this.#outputDrained()));
  }

  // ── what the session's user asks ──

  /** Takes up the link that there is, or has one opened. To be called once, after the constructor. */
  start(): void {
    this.comm.initChannelName(this.channelName);
    this.tell({ type: 'session.start' });
    if (this.comm.isConnected()) this.tell({ type: 'link.opened' });
  }

  get isConnected(): boolean {
    return this.gate !== 'nothing';
  }

  get isTrusted(): boolean {
    return this.gate === 'everything';
  }

  get peerAddress(): string | undefined {
    return this.comm.peerAddress;
  }

  get authenticationState(): number {
    const child = this.actor.getSnapshot().children['authentication'];
    const snapshot = child?.getSnapshot() as { value: AuthenticationStateName } | undefined;
    return AUTHENTICATION_STATE_NUMBERS[snapshot?.value ?? 'untrusted'];
  }

  get counters(): Counters {
    return {
      ...this.counts,
      suppressedLogLines: this.log.suppressedLines,
      dropped: { ...this.#dropped },
    };
  }

  get codecName(): string {
    return this.settings.codec.name;
  }

  get system(): object | null {
    return this.#actor?.system ?? null;
  }

  get pendingCounts(): PendingRequests['counts'] {
    return this.#pending.counts;
  }

  /** The actor of the session machine, for inspectors and tests. */
  get actor(): Actor<typeof providedSessionMachine> {
    if (this.#actor === undefined) throw new Error('expected a session that was made, got one in the making');
    return this.#actor;
  }

  /** Resolves with whether the peer is trusted, at the latest when the time-out is over. */
  authenticate(timeoutMs: number): Promise<boolean> {
    if (this.authenticationState === AUTH_STATE_TRUSTED_CONNECTION) return Promise.resolve(true);
    const obstacle = this.#obstacleToAuthentication();
    if (obstacle !== null) {
      this.log.protocol(LOG_LEVEL.warning, `no authentification: ${obstacle}`);
      return Promise.resolve(false);
    }
    // one that runs already has a time-out of its own, which may be longer
    const isRunning = this.authenticationState !== AUTH_STATE_UNTRUSTED_CONNECTION;
    const decided = this.#announcer.trustDecided(isRunning ? timeoutMs : null);
    this.tell({ type: 'session.authenticate', timeoutMs });
    return decided;
  }

  #obstacleToAuthentication(): string | null {
    if (this.role === 'server') return 'a server waits for its client to authenticate';
    if (this.authenticator === null) return 'no secret is set';
    return this.gate === 'nothing' ? 'there is no connection' : null;
  }

  /** Hands over something that waits. */
  add(request: PendingRequest): void {
    this.#pendingRef.send({ type: 'request.made', request });
  }

  /** Takes back something that waits. */
  cancel(request: PendingRequest): void {
    this.#pendingRef.send({ type: 'request.cancelled', request });
  }

  /** Why a request that was not written has not been, for the text of its time-out. */
  obstacleTo(request: PendingRequest): string {
    if (this.#pending.isBehindGhost(request)) return 'an earlier request with these ids is still unanswered';
    switch (this.outlet.admission(request)) {
      case 'no connection':
        return 'there is no connection';
      case 'no trust':
        return 'the connection is not trusted';
      default:
        return 'the peer does not read';
    }
  }

  /** What a request is called in an error. */
  nameOf({ serviceId, dataId }: Message<unknown>): string {
    return `${this.vocabulary.serviceName(serviceId)}, data_id: ${dataId}`;
  }

  reconnect(): void {
    this.tell({ type: 'session.reconnect' });
  }

  /** Closes for good; resolves when the transport has closed as well. */
  close(): Promise<void> {
    this.tell({ type: 'session.close' });
    return this.#link.closed ?? Promise.resolve();
  }

  // ── what comes in ──

  /** Bytes of the stream that are no frame; some of them end the connection. */
  #streamDropped({ reason, byteLength, protocol }: StpDrop): void {
    const limit = this.limits.maxFrameLength;
    const detail = protocol === undefined ? `${byteLength} bytes of the stream` : `the stream is ${protocol}`;
    this.drop(reason, detail, null, byteLength);
    if (reason === 'too-long') this.reset(`the peer sent a frame of more than ${limit} bytes`);
    else if (reason === 'wrong-protocol') this.reset(`the peer speaks another protocol: ${protocol}`);
  }

  #outputDrained(): void {
    this.outlet.resumeReading('output');
    this.answerer.outputDrained();
    if (this.#pending.counts.queued > 0) this.tell({ type: 'output.drained' });
  }

  messageReceived(message: Message<JsonValue>): void {
    this.counts.messagesReceived++;
    if (this.#listener.hears('message') && !isConfidential(message)) this.#listener.tell('message', message);
  }

  authenticationMessage(message: Message<JsonValue>): void {
    this.#handshake.authenticationMessage(message);
  }

  channelNameMessage(message: Message<JsonValue>): void {
    this.#handshake.channelNameMessage(message);
  }

  mayPass(serviceId: number, dataId: number): boolean {
    return this.gate === 'everything' || this.whitelist.has(serviceId, dataId);
  }

  settle(message: Message<JsonValue>, isHandled: boolean): boolean {
    const first = this.#pending.firstInLine(message.serviceId, message.dataId);
    if (first === null || (isHandled && first.kind === 'receive')) return false;
    this.#pendingRef.send({ type: 'peer.answered', message });
    return true;
  }

  leftUnread(message: Message<JsonValue>, reason: BufferDropReason): void {
    this.drop(reason, `nobody took it from the receive buffer: ${this.describe(message)}`);
  }

  /** Counts, logs and announces something that was dropped; closes the connection of a peer that overdoes it. */
  drop(reason: DropReason, detail: string, payload: Uint8Array | null = null, byteLength = 0): void {
    this.#dropped ??= {};
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + 1;
    this.log.dropped(reason, detail, payload);
    if (this.#listener.hears('dropped')) this.#listener.tell('dropped', { reason, detail });
    const tooMuch = this.badInput.spend(reason, byteLength);
    if (tooMuch !== null) this.reset(tooMuch);
  }

  /** Breaks the connection, if there is one. */
  reset(reason: string): void {
    if (this.gate !== 'nothing') this.tell({ type: 'session.reset', reason });
  }

  // ── what goes out ──

  get maxRunningCallbacks(): number {
    return this.limits.maxRunningCallbacks;
  }

  get isAwaitingAnswers(): boolean {
    return this.#pending.counts.inLine > 0;
  }

  awaitsAnswer(): void {
    this.answerer.awaitsAnswer();
  }

  /** Sends a message of the protocol itself. */
  transmitOwn(message: Message<unknown>): void {
    this.outlet.transmit(message, this.outlet.encode(message));
  }

  nameChanged(name: string): void {
    this.channelName = name;
    this.comm.initChannelName(name);
    this.log.useName(name);
    this.#announcer.nameChanged(name);
  }

  callbackFailed(message: Message<JsonValue>, error: unknown): void {
    const text = textOfThrown(error);
    this.log.protocol(LOG_LEVEL.error, `callback error for ${this.describe(message)}: ${text}`);
  }

  /** What the peer may take, as things are. */
  get limits(): TrustLimits {
    return this.gate === 'everything' ? this.settings.trusted : this.settings.untrusted;
  }

  describe(message: Message<unknown>): string {
    return this.log.describe(message);
  }

  tellUser<K extends keyof SessionEvents>(event: K, ...args: SessionEvents[K]): void {
    this.#listener.tell(event, ...args);
  }

  // ── its end ──

  tell(event: SessionEvent): void {
    if (!this.isClosed) this.#actor?.send(event);
  }

  stopActors(): void {
    this.#actor?.stop();
  }

  /** Runs what is called from outside; what it throws ends the session. */
  guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.failed(error);
    }
  }

  /**
   * A transport, a clock, a codec or a random source threw, in the middle of something. Whatever was to follow from that
   * is lost, so the session ends, in its own way, as soon as the step that it is in has ended.
   */
  failed(error: unknown): void {
    if (this.#isFailing || this.isClosed) return;
    this.#isFailing = true;
    if (this.#actor === undefined) {
      this.#startError = asError(error);
      return;
    }
    const text = asError(error).message;
    process.emitWarning(`the session is closed, for it cannot go on: ${text}`, 'SocketProtocolWarning');
    queueMicrotask(() => this.tell({ type: 'session.close' }));
  }

  /** A machine threw: a defect of this library. The session ends, nothing that waits is left behind. */
  #crashed(error: unknown): void {
    if (this.#actor === undefined) {
      this.#startError = asError(error);
      return;
    }
    process.emitWarning(
      `a state machine failed, its session is closed: ${asError(error).message}`,
      'SocketProtocolWarning',
    );
    this.isClosed = true;
    this.gate = 'nothing';
    this.answerer.close();
    this.#pending.handle({ type: 'session.closed' });
    this.#announcer.settleTrust(false);
    void this.comm.close?.();
    this.#listener.tell('closed');
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(textOfThrown(error));
}
