/**
 * The world of one session: runs its actors, carries out their effects, and joins them with a transport.
 *
 * Decisions about protocol state are made by the machines. What stands here is what they let happen, and the way of a
 * message between the transport and them.
 */

import { type Actor, createActor, type InspectionEvent } from 'xstate';
import type { SessionEvent } from '../../machines/index.js';
import { textOfThrown } from '../errors.js';
import { LOG_LEVEL } from '../logging.js';
import { AUTH_STATE_TRUSTED_CONNECTION } from '../protocol/ids.js';
import type { JsonValue, Message } from '../protocol/message.js';
import { AUTHENTICATION_STATE_NUMBERS, type AuthenticationStateName, type Role } from '../protocol/role.js';
import type { CommInstance, ReconnectPolicy } from '../transport/comm-instance.js';
import type { StpDrop } from '../wire/stp.js';
import { Answerer } from './answerer.js';
import { Authenticator } from './authenticator.js';
import { BadInputBudget } from './bad-input-budget.js';
import { Callbacks } from './callbacks.js';
import type { Counters, Drop, DropReason } from './counters.js';
import { Dispatcher } from './dispatcher.js';
import { Handshake } from './handshake.js';
import type { SessionInternals } from './internals.js';
import { isConfidential, MessageLog } from './message-log.js';
import type {
  Admission,
  PendingRequest,
  PendingRequests,
  PendingRequestsActorEvent,
} from './pending-requests.js';
import {
  type Announcements,
  bindEffects,
  type Gate,
  type LinkEffects,
  providedSessionMachine,
} from './provided-machines.js';
import { ReceiveBuffer } from './receive-buffer.js';
import type { Inspector, SessionSettings, TrustLimits } from './session-options.js';
import { Vocabulary } from './vocabulary.js';
import { Whitelist } from './whitelist.js';

/** Bytes in the transport above which requests wait: enough to keep a fast link busy. */
const SEND_HIGH_WATER_BYTES = 1024 * 1024;

/** What a session tells its user; the names are those of the events. */
export interface RuntimeListener {
  connected(): void;
  disconnected(reason: string): void;
  connectFailed(error: Error): void;
  abandoned(reason: string): void;
  trusted(): void;
  untrusted(): void;
  authenticationFailed(reason: string): void;
  channelName(name: string): void;
  message(message: Message<JsonValue>): void;
  dropped(drop: Drop): void;
  closed(): void;
}

interface PendingRef {
  send(event: PendingRequestsActorEvent): void;
  getSnapshot(): { readonly context: PendingRequests };
}

/** Runs one session on one transport. */
export class Runtime {
  readonly role: Role;
  readonly settings: SessionSettings;
  readonly vocabulary = new Vocabulary();
  readonly whitelist = new Whitelist();
  readonly callbacks = new Callbacks();
  readonly buffer: ReceiveBuffer;
  readonly log: MessageLog;
  readonly #comm: CommInstance;
  readonly #listener: RuntimeListener;
  readonly #policy: ReconnectPolicy | null;
  readonly #authenticator: Authenticator | null;
  readonly #answerer: Answerer;
  readonly #badInput: BadInputBudget;
  readonly #actor: Actor<typeof providedSessionMachine>;
  readonly #pendingRef: PendingRef;
  readonly #pending: PendingRequests;
  readonly #counts = {
    messagesSent: 0,
    messagesReceived: 0,
    connections: 0,
    failedAuthentications: 0,
    timeouts: 0,
  };
  readonly #dropped: Partial<Record<DropReason, number>> = {};
  /** What the machines announced in the step that is just being taken; told when it is complete. */
  readonly #announcements: (() => void)[] = [];
  readonly #waitingForTrust = new Set<(isTrusted: boolean) => void>();
  readonly #pausedBy = new Set<'callbacks' | 'output'>();
  #gate: Gate = 'nothing';
  #channelName: string | null;
  #lastFailure: Error | null = null;
  /** Why there is no connection, in words. */
  whyLost = 'there never was one';
  #isClosed = false;
  #isFailing = false;
  /** What was thrown while the session was being made: its maker gets it. */
  #startError: Error | null = null;
  #transportClosed: Promise<void> = Promise.resolve();

  constructor(
    comm: CommInstance,
    settings: SessionSettings,
    listener: RuntimeListener,
    { endsWithItsLink = false, randomBytes }: SessionInternals,
  ) {
    this.#comm = comm;
    this.settings = settings;
    this.role = comm.isClient ? 'client' : 'server';
    this.#listener = listener;
    this.#policy = comm.supervise?.() ?? null;
    this.#channelName = settings.channelName;
    this.log = new MessageLog(settings, this.role, this.vocabulary);
    this.buffer = new ReceiveBuffer(settings.bufferLimits, settings.clock, (message, reason) =>
      this.drop(reason, `nobody took it from the receive buffer: ${this.log.describe(message)}`),
    );
    const { secret, deriveKey } = settings;
    this.#authenticator = secret === null ? null : new Authenticator({ secret, deriveKey, randomBytes });
    this.#badInput = new BadInputBudget(settings.clock, settings.badInputLimits);
    this.#answerer = this.#makeAnswerer();
    const handshake = this.#makeHandshake();
    this.#actor = this.#makeActor(endsWithItsLink, handshake);
    // the placeholder in the machine types this child as less than what is provided for it
    this.#pendingRef = this.#actor.getSnapshot().children['pendingRequests'] as unknown as PendingRef;
    this.#pending = this.#pendingRef.getSnapshot().context;
    this.#attach(comm, this.#makeDispatcher(handshake));
  }

  // ── what the session's user asks ──

  /** Takes up the link that there is, or has one opened. To be called once, after the constructor. */
  start(): void {
    this.#comm.initChannelName(this.#channelName);
    this.#tell({ type: 'session.start' });
    if (this.#comm.isConnected()) this.#tell({ type: 'link.opened' });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isConnected(): boolean {
    return this.#gate !== 'nothing';
  }

  get isTrusted(): boolean {
    return this.#gate === 'everything';
  }

  get channelName(): string | null {
    return this.#channelName;
  }

  get peerAddress(): string | undefined {
    return this.#comm.peerAddress;
  }

  get authenticationState(): number {
    const child = this.#actor.getSnapshot().children['authentication'];
    const snapshot = child?.getSnapshot() as { value: AuthenticationStateName } | undefined;
    return AUTHENTICATION_STATE_NUMBERS[snapshot?.value ?? 'untrusted'];
  }

  get counters(): Counters {
    return {
      ...this.#counts,
      suppressedLogLines: this.log.suppressedLines,
      dropped: { ...this.#dropped },
    };
  }

  get pendingCounts(): PendingRequests['counts'] {
    return this.#pending.counts;
  }

  /** The actor of the session machine, for inspectors and tests. */
  get actor(): Actor<typeof providedSessionMachine> {
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
    return new Promise((resolve) => {
      this.#waitingForTrust.add(resolve);
      this.#tell({ type: 'session.authenticate', timeoutMs });
    });
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
    switch (this.#admission(request)) {
      case 'no connection':
        return 'there is no connection';
      case 'no trust':
        return 'the connection is not trusted';
      default:
        return 'the peer does not read';
    }
  }

  countTimeout(): void {
    this.#counts.timeouts++;
  }

  reconnect(): void {
    this.#tell({ type: 'session.reconnect' });
  }

  /** Closes for good; resolves when the transport has closed as well. */
  close(): Promise<void> {
    this.#tell({ type: 'session.close' });
    return this.#transportClosed;
  }

  // ── what comes in ──

  #attach(comm: CommInstance, dispatcher: Dispatcher): void {
    comm.registerCallback((payload) => this.#guard(() => dispatcher.receive(payload)));
    comm.registerConnectCallback(() => this.#tell({ type: 'link.opened' }));
    comm.registerDisconnectCallback((reason) => this.#tell({ type: 'link.closed', reason }));
    comm.registerFailureCallback?.((error) => {
      this.#lastFailure = error;
      this.#tell({ type: 'link.failed', reason: error.message });
    });
    comm.registerDropCallback?.((drop) => this.#guard(() => this.#streamDropped(drop)));
    comm.registerDrainCallback?.(() =>
      this.#guard(() => {
        this.#resume('output');
        if (this.#pending.counts.queued > 0) this.#tell({ type: 'output.drained' });
      }),
    );
  }

  /** Bytes of the stream that are no frame; some of them end the connection. */
  #streamDropped({ reason, byteLength, protocol }: StpDrop): void {
    const limit = this.#limits().maxFrameLength;
    const detail = protocol === undefined ? `${byteLength} bytes of the stream` : `the stream is ${protocol}`;
    this.drop(reason, detail, byteLength);
    if (reason === 'too-long') this.#reset(`the peer sent a frame of more than ${limit} bytes`);
    else if (reason === 'wrong-protocol') this.#reset(`the peer speaks another protocol: ${protocol}`);
  }

  #makeDispatcher(handshake: Handshake): Dispatcher {
    return new Dispatcher({
      codec: this.settings.codec,
      maxUntrustedDepth: this.settings.maxUntrustedDepth,
      buffersUnhandled: this.settings.buffersUnhandled,
      answersChecksumErrors: this.settings.answersChecksumErrors,
      vocabulary: this.vocabulary,
      whitelist: this.whitelist,
      callbacks: this.callbacks,
      buffer: this.buffer,
      answerer: this.#answerer,
      log: this.log,
      gate: () => this.#gate,
      messageReceived: (message) => {
        this.#counts.messagesReceived++;
        if (!isConfidential(message)) this.#listener.message(message);
      },
      authenticationMessage: (message) => handshake.authenticationMessage(message),
      channelNameMessage: (message) => handshake.channelNameMessage(message),
      settle: (message, isHandled) => this.#settle(message, isHandled),
      callbackFailed: (message, error) => this.#logFailedCallback(message, error),
      drop: (reason, detail) => this.drop(reason, detail),
    });
  }

  #settle(message: Message<JsonValue>, isHandled: boolean): boolean {
    const first = this.#pending.firstInLine(message.serviceId, message.dataId);
    if (first === null || (isHandled && first.kind === 'receive')) return false;
    this.#pendingRef.send({ type: 'peer.answered', message });
    return true;
  }

  /** Counts, logs and announces something that was dropped; closes the connection of a peer that overdoes it. */
  drop(reason: DropReason, detail: string, byteLength = 0): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + 1;
    this.log.dropped(reason, detail);
    this.#listener.dropped({ reason, detail });
    const tooMuch = this.#badInput.spend(reason, byteLength);
    if (tooMuch !== null) this.#reset(tooMuch);
  }

  #reset(reason: string): void {
    if (this.#gate !== 'nothing') this.#tell({ type: 'session.reset', reason });
  }

  // ── what goes out ──

  #makeAnswerer(): Answerer {
    const { clock, callbackTimeoutMs } = this.settings;
    return new Answerer({
      clock,
      callbackTimeoutMs,
      maxRunningCallbacks: () => this.#limits().maxRunningCallbacks,
      mayRun: ({ serviceId, dataId }) => this.#gate === 'everything' || this.whitelist.has(serviceId, dataId),
      isAwaitingAnswers: () => this.#pending.counts.inLine > 0,
      encode: (message) => this.encode(message),
      transmit: ({ message, payload }) => this.#transmit(message, payload),
      linkLost: ({ message }) =>
        this.drop('link-lost', `an answer whose connection is gone: ${this.log.describe(message)}`),
      requestLost: (request) =>
        this.drop('link-lost', `a request whose connection is gone: ${this.log.describe(request)}`),
      guard: (run) => this.#guard(run),
      lateResult: (request) =>
        this.drop('late-result', `what a callback answered too late to: ${this.log.describe(request)}`),
      callbackFailed: (request, error) => this.#logFailedCallback(request, error),
      pauseReading: () => this.#pause('callbacks'),
      resumeReading: () => this.#resume('callbacks'),
    });
  }

  /**
   * Encodes a message for sending.
   *
   * @throws TypeError for data that is no JSON, RangeError for an id out of range or a message that is too long
   */
  encode(message: Message<unknown>): Buffer {
    const { codec, trusted } = this.settings;
    const { maxFrameLength } = trusted;
    const payload = codec.encode(message);
    if (payload.length <= maxFrameLength) return payload;
    throw new RangeError(
      `expected a message of at most ${maxFrameLength} bytes (maxFrameLength), got ${payload.length}`,
    );
  }

  /** Sends a message that nobody waits for: an answer, or one of the protocol's own. */
  #transmit(message: Message<unknown>, payload: Buffer): void {
    if (this.#write(message, payload)) return;
    this.drop('not-sent', `the transport did not take it: ${this.log.describe(message)}`);
    // the peer waits for it, and would take the next answer of its ids for this one
    this.#reset('an answer could not be sent');
  }

  #write(message: Message<unknown>, payload: Buffer): boolean {
    if (!this.#comm.send(payload)) return false;
    this.#counts.messagesSent++;
    if (this.log.isOn) this.log.sent(message, payload);
    // it must read its answers before more of its requests are read
    if ((this.#comm.bufferedBytes ?? 0) > this.#limits().maxOutputBytes) this.#pause('output');
    return true;
  }

  #admission(request: PendingRequest): Admission {
    if (this.#gate === 'nothing') return 'no connection';
    if (this.#gate === 'whitelist' && !this.#isWhitelisted(request)) {
      return request.kind === 'message' ? 'never' : 'no trust';
    }
    return (this.#comm.bufferedBytes ?? 0) < SEND_HIGH_WATER_BYTES ? 'now' : 'no room';
  }

  #isWhitelisted({ message }: PendingRequest): boolean {
    return message !== null && this.whitelist.has(message.serviceId, message.dataId);
  }

  #pause(reason: 'callbacks' | 'output'): void {
    if (this.#pausedBy.size === 0) this.#comm.pause?.();
    this.#pausedBy.add(reason);
  }

  #resume(reason: 'callbacks' | 'output'): void {
    if (this.#pausedBy.delete(reason) && this.#pausedBy.size === 0) this.#comm.resume?.();
  }

  // ── what the machines let happen ──

  #makeActor(endsWithItsLink: boolean, handshake: Handshake): Actor<typeof providedSessionMachine> {
    const { clock, inspect, lateAnswerGraceMs, channelName } = this.settings;
    const { authenticationTimeoutMs, maxSeedRequests, seedLifetimeMs } = this.settings;
    const actor = createActor(providedSessionMachine, {
      id: 'session',
      clock,
      ...(inspect === undefined ? {} : { inspect: guarded(inspect) }),
      input: {
        role: this.role,
        channelName,
        isSecretSet: this.#authenticator !== null,
        isAutoAuthOn: this.settings.isAutoAuthOn,
        authenticationTimeoutMs,
        maxSeedRequests,
        seedLifetimeMs,
        opensLinks: this.#policy !== null,
        reopensLinks: this.#policy?.reopens ?? false,
        maxConnectAttempts: this.#policy?.maxAttempts ?? 1,
        endsWithItsLink,
      },
    });
    bindEffects(actor, {
      link: this.#linkEffects(),
      handshake,
      announce: this.#announceEffects(),
      failed: (error) => this.#fail(error),
      requests: {
        failed: (error) => this.#fail(error),
        clock,
        lateAnswerGraceMs,
        admission: (request) => this.#admission(request),
        write: (message, payload) => {
          const isTaken = this.#write(message, payload);
          if (isTaken) this.#answerer.awaitsAnswer();
          return isTaken;
        },
        lateAnswerDropped: (request) =>
          this.drop(
            'late-answer',
            `an answer that came too late: ${request.answer ? this.log.describe(request.answer) : ''}`,
          ),
        lineOverdue: () =>
          this.#reset(`a request had no answer for ${lateAnswerGraceMs} ms after its time-out`),
      },
    });
    actor.subscribe({ next: () => this.#flushAnnouncements(), error: (error) => this.#actorFailed(error) });
    actor.start();
    if (this.#startError !== null) throw this.#startError;
    return actor;
  }

  #makeHandshake(): Handshake {
    return new Handshake({
      role: this.role,
      authenticator: this.#authenticator,
      tell: (event) => this.#tell(event),
      transmit: (message) => this.#transmit(message, this.encode(message)),
      nameChanged: (name) => this.#useName(name),
      drop: (reason, detail) => this.drop(reason, detail),
      warn: (text) => this.log.protocol(LOG_LEVEL.warning, text),
      reset: (reason) => this.#reset(reason),
    });
  }

  #linkEffects(): LinkEffects {
    return {
      open: () => this.#comm.reconnect(),
      break: (reason) => {
        this.log.socket(LOG_LEVEL.info, `breaking the connection: ${reason}`);
        if (this.#comm.disconnect === undefined) this.#comm.reconnect();
        else this.#comm.disconnect(reason);
      },
      close: () => {
        const { close = () => this.#comm.disconnect?.('the session was closed') } = this.#comm;
        this.#transportClosed = Promise.resolve(close.call(this.#comm));
      },
      connectTimeoutMs: () => this.#policy?.connectTimeoutMs ?? 0,
      reconnectDelayMs: (failedAttempts) => this.#policy?.delayMs(failedAttempts) ?? 0,
    };
  }

  #announceEffects(): Announcements {
    const later = (announcement: () => void): void => void this.#announcements.push(announcement);
    return {
      let: (gate) => {
        this.#gate = gate;
        this.#comm.limit?.(this.#limits());
        this.#badInput.restart(gate === 'everything');
        this.#answerer.limitChanged();
      },
      connected: () => {
        this.#counts.connections++;
        this.#lastFailure = null;
        this.buffer.clear();
        this.#answerer.reset();
        this.log.protocol(LOG_LEVEL.info, 'connection established');
        later(() => this.#listener.connected());
      },
      disconnected: (reason) => {
        this.whyLost = reason;
        this.#answerer.reset();
        this.#pausedBy.clear();
        this.log.protocol(LOG_LEVEL.info, `connection lost: ${reason}`);
        this.#settleTrust(false);
        later(() => this.#listener.disconnected(reason));
      },
      attemptFailed: (reason) => {
        const error = this.#lastFailure ?? new Error(reason);
        this.whyLost = error.message;
        this.#lastFailure = null;
        this.log.protocol(LOG_LEVEL.warning, `connecting failed: ${error.message}`);
        later(() => this.#listener.connectFailed(error));
      },
      abandoned: (reason) => later(() => this.#listener.abandoned(reason)),
      trusted: () => {
        this.log.protocol(LOG_LEVEL.info, 'authentification successful: the connection is trusted');
        this.#settleTrust(true);
        later(() => this.#listener.trusted());
      },
      untrusted: () => later(() => this.#listener.untrusted()),
      authenticationFailed: (reason) => {
        this.#counts.failedAuthentications++;
        this.log.protocol(LOG_LEVEL.warning, `authentification failed: ${reason}`);
        this.#settleTrust(false);
        later(() => this.#listener.authenticationFailed(reason));
      },
      closed: () => {
        this.#isClosed = true;
        this.#answerer.close();
        this.#settleTrust(false);
        later(() => this.#listener.closed());
        // not at once: an actor that is in the middle of an event (a ghost that resets the connection) has its mailbox
        // before it, and stopping clears it, with the word that the session is closed
        queueMicrotask(() => this.#actor.stop());
      },
    };
  }

  #settleTrust(isTrusted: boolean): void {
    for (const resolve of this.#waitingForTrust) resolve(isTrusted);
    this.#waitingForTrust.clear();
  }

  #limits(): TrustLimits {
    return this.#gate === 'everything' ? this.settings.trusted : this.settings.untrusted;
  }

  #useName(name: string): void {
    this.#channelName = name;
    this.#comm.initChannelName(name);
    this.log.useName(name);
    this.#announcements.push(() => this.#listener.channelName(name));
  }

  #obstacleToAuthentication(): string | null {
    if (this.role === 'server') return 'a server waits for its client to authenticate';
    if (this.#authenticator === null) return 'no secret is set';
    return this.#gate === 'nothing' ? 'there is no connection' : null;
  }

  #tell(event: SessionEvent): void {
    if (this.#isClosed) return;
    this.#actor.send(event);
  }

  #flushAnnouncements(): void {
    for (
      let announce = this.#announcements.shift();
      announce !== undefined;
      announce = this.#announcements.shift()
    ) {
      announce();
    }
  }

  /** Runs what is called from outside; what it throws ends the session. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * A transport, a clock, a codec or a random source threw, in the middle of something. Whatever was to follow from that
   * is lost, so the session ends, in its own way, as soon as the step that it is in has ended.
   */
  #fail(error: unknown): void {
    if (this.#isFailing || this.#isClosed) return;
    this.#isFailing = true;
    if (this.#actor === undefined) {
      this.#startError = asError(error);
      return;
    }
    const text = asError(error).message;
    process.emitWarning(`the session is closed, for it cannot go on: ${text}`, 'SocketProtocolWarning');
    queueMicrotask(() => this.#tell({ type: 'session.close' }));
  }

  /** A machine threw: a defect of this library. The session ends, nothing that waits is left behind. */
  #actorFailed(error: unknown): void {
    if (this.#actor === undefined) {
      this.#startError = asError(error);
      return;
    }
    process.emitWarning(
      `a state machine failed, its session is closed: ${asError(error).message}`,
      'SocketProtocolWarning',
    );
    this.#isClosed = true;
    this.#gate = 'nothing';
    this.#answerer.close();
    this.#pending.handle({ type: 'session.closed' });
    this.#settleTrust(false);
    void this.#comm.close?.();
    this.#listener.closed();
  }

  #logFailedCallback(message: Message<JsonValue>, error: unknown): void {
    const text = textOfThrown(error);
    this.log.protocol(LOG_LEVEL.error, `callback error for ${this.log.describe(message)}: ${text}`);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(textOfThrown(error));
}

/** An inspector that throws must not take the actor with it: it is told no more. */
function guarded(inspector: Inspector): (event: InspectionEvent) => void {
  let isBroken = false;
  return (event) => {
    if (isBroken) return;
    try {
      if (typeof inspector === 'function') inspector(event);
      else inspector.next(event);
    } catch (error) {
      isBroken = true;
      process.emitWarning(
        `the inspector threw and is told no more: ${error instanceof Error ? error.message : 'no Error'}`,
        'SocketProtocolWarning',
      );
    }
  };
}
