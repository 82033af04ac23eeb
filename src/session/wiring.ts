/**
 * Joins the rooms of one session, bottom up, and the actor on top of them. Decisions about protocol state are made by the
 * machines; here is only who gets what: bytes to the dispatcher, facts of the transport to the actor, announcements of the
 * actor to the rooms and to the user.
 */

import type { EventEmitter } from 'node:events';
import type { SessionAnnouncement } from '../../machines/index.js';
import { lastingClock } from '../base/clock.js';
import { messageOfThrown, warnOfThrown } from '../base/thrown.js';
import { watchResult } from '../base/user-code.js';
import { warn } from '../base/warnings.js';
import { ConnectError, ListenError, OptionError } from '../protocol/errors.js';
import { isLinkReason, type LinkReason } from '../protocol/reasons.js';
import type { CommInstance, LinkListener } from '../transport/comm-instance.js';
import { commInstanceOf, type OriginalCommInstance } from '../transport/foreign-comm.js';
import type { StpDrop } from '../wire/stp.js';
import { makeSessionActor, releaseSessionActor, type SessionActor, type SessionEffects } from './actors.js';
import { Answerer } from './answering/answerer.js';
import { Asking } from './asking/asking.js';
import { Authenticating, authenticationStateIn } from './authenticating.js';
import type { CloseReport } from './close-options.js';
import { Ending } from './ending.js';
import { FlightRecorder } from './flight/recorder.js';
import { Failures } from './flight-record.js';
import { Authenticator } from './handshake/authenticator.js';
import { Handshake } from './handshake/handshake.js';
import { Heartbeat } from './heartbeat.js';
import type { FailureSink, SessionInternals, SessionWatcher } from './internals.js';
import { Journal } from './journal/journal.js';
import { LOG_LEVEL } from './journal/logging.js';
import type { SessionEvents } from './journal/session-events.js';
import { Link } from './link.js';
import { Middlewares } from './middleware/middlewares.js';
import type { SessionSettings } from './options.js';
import { Callbacks } from './receiving/callbacks.js';
import { Dispatcher } from './receiving/dispatcher.js';
import { ReceiveBuffer } from './receiving/receive-buffer.js';
import type { Relay } from './relay.js';
import { Answers } from './sending/answers.js';
import { Gate } from './sending/gate.js';
import { Output } from './sending/output.js';
import type { Session } from './session.js';
import { SessionHandle } from './session-handle.js';
import { UnderWay } from './under-way.js';
import { type Read, Watching } from './watching/watching.js';

const REASONS_OF_OTHER_PROTOCOLS = {
  TLS: 'peer-speaks-tls',
  HTTP: 'peer-speaks-http',
  SSH: 'peer-speaks-ssh',
} as const satisfies Record<string, LinkReason>;

/** The transports that a session runs on: two on one would fight over its links. */
const takenTransports = new WeakSet<object>();

/**
 * Runs one session on one transport. It is what each room gets for its parts, of which it sees those that it asks for: a
 * server may hold thousands of idle sessions, so what most of them never need is made when it is needed.
 */
export class Wiring implements SessionEffects, LinkListener {
  readonly handle = new SessionHandle();
  readonly journal: Journal;
  readonly gate: Gate;
  readonly output: Output;
  readonly answers: Answers;
  readonly answerer: Answerer;
  readonly asking: Asking;
  readonly handshake: Handshake;
  readonly authenticator: Authenticator | null;
  readonly callbacks = new Callbacks();
  readonly comm: CommInstance;
  readonly link: Link;
  readonly receiver = new Dispatcher(this);
  readonly settings: SessionSettings;
  /** Null until the program uses one. */
  middlewares: Middlewares | null = null;
  /** Null until the program asks for an iterator. */
  watching: Watching | null = null;
  /** Null unless the session stands between its peer and something else. */
  relay: Relay | null = null;
  /** Only a client asks for signs of life. */
  readonly heartbeat: Heartbeat | null;
  /** The transport as the program gave it. */
  readonly #given: object;
  readonly #actor: SessionActor;
  readonly #watcher: SessionWatcher | undefined;
  readonly #stranger: SessionWatcher | null;
  readonly #session: object;
  readonly #endsWithItsLink: boolean;
  /** The only name that the peer may have; null: whatever it claims. */
  readonly boundName: string | null;
  /** What the system said of the last failed attempt, or of the end of the link; the machine knows the reason only. */
  #lastFailure: Error | null = null;
  #lossDetail: string | undefined;
  /** Shares out the room in the output when there is some again. */
  #answersGoFirst = false;
  readonly #failureSink: FailureSink | null;
  #failures: Failures | null = null;
  #buffer: ReceiveBuffer | null = null;
  #authenticating: Authenticating | null = null;
  #underWay: UnderWay | null = null;
  #ending: Ending | null = null;

  constructor(
    given: CommInstance | OriginalCommInstance,
    checked: SessionSettings,
    emitter: EventEmitter<SessionEvents>,
    internals: SessionInternals,
  ) {
    const { handle } = this;
    const { endsWithItsLink = false, randomBytes, watcher, strangers = null } = internals;
    const { failures = null, boundName = null } = internals;
    const comm = commInstanceOf(given, (error) => handle.fail(error));
    if (takenTransports.has(given))
      throw new OptionError('commInstance', 'a transport without a session', 'one that a session runs on');
    this.#given = given;
    const clock = lastingClock(checked.clock, (error) => handle.fail(error));
    const settings = clock === checked.clock ? checked : { ...checked, clock };
    const { secret, deriveKey, heartbeat: beat, random } = settings;
    this.comm = comm;
    this.settings = settings;
    this.#watcher = watcher;
    this.#stranger = strangers;
    this.#session = emitter;
    this.#endsWithItsLink = endsWithItsLink;
    this.boundName = boundName;
    const { flightEntries, codec } = settings;
    const source = { clock, comm, codecName: codec.name };
    const flight = flightEntries === 0 ? null : new FlightRecorder(source, flightEntries);
    const role = comm.isClient ? 'client' : 'server';
    const journal = new Journal(role, settings, emitter, handle, strangers, flight);
    this.journal = journal;
    this.#failureSink = failures;
    journal.teller = this;
    this.gate = new Gate(comm, settings, journal);
    this.output = new Output(comm, settings, journal, this.gate, handle);
    this.answers = new Answers(this.output, journal, clock, handle);
    this.authenticator = secret === null ? null : new Authenticator({ secret, deriveKey, randomBytes });
    this.link = new Link(comm, journal, clock, handle);
    this.answerer = new Answerer(this);
    this.handshake = new Handshake(this);
    this.asking = new Asking(this);
    const isWatched = comm.isClient && comm.canDieSilently !== false;
    this.heartbeat = isWatched && beat !== false ? new Heartbeat(comm, beat, clock, random) : null;

    const actor = makeSessionActor(settings, this, endsWithItsLink);
    this.#actor = actor;
    actor.start();
    this.asking.attach(actor);
    handle.bind(actor);
    journal.system = actor.system;
    takenTransports.add(given);
    this.#attach();
  }

  // ── rooms that most sessions never need ──

  /** Where messages are kept that nobody took. */
  get buffer(): ReceiveBuffer {
    const { bufferLimits, clock } = this.settings;
    return (this.#buffer ??= new ReceiveBuffer(bufferLimits, clock, this.journal));
  }

  get underWay(): UnderWay {
    return (this.#underWay ??= new UnderWay(this));
  }

  /** Those that a person will ask about. */
  get failures(): Failures {
    return (this.#failures ??= new Failures(this, this.#failureSink));
  }

  /** A step is complete: announces the failures in it. */
  tellFailures(): void {
    this.#failures?.tell();
  }

  get ending(): Ending {
    return (this.#ending ??= new Ending(this));
  }

  startMiddlewares(session: Session): Middlewares {
    return (this.middlewares ??= new Middlewares(this, session));
  }

  startWatching(read: Read): Watching {
    return (this.watching ??= new Watching(this, read));
  }

  // ── what the transport says ──

  #attach(): void {
    const { comm, handle, heartbeat, receiver } = this;
    comm.registerFailureCallback?.((error) => {
      this.#lastFailure = error;
      handle.send({ type: 'link.failed', reason: failureReasonOf(error) });
    });
    if (comm.listenWith !== undefined) return comm.listenWith(this);
    comm.registerCallback((payload) => {
      if (heartbeat?.isToldByTransport === false) handle.guard(() => heartbeat.heard());
      receiver.receive(payload);
    });
    comm.registerConnectCallback(() => this.opened());
    comm.registerDisconnectCallback((reason, detail) => this.closed(reason, detail));
    comm.registerEndCallback?.(() => void this.ended());
    comm.registerDropCallback?.((drop) => this.dropped(drop));
    comm.registerDrainCallback?.(() => this.drained());
  }

  opened(): void {
    this.handle.send({ type: 'link.opened' });
  }

  closed(reason: LinkReason, detail?: string): void {
    // a transport of the user's own may say it in its own words
    const isKnown = isLinkReason(reason);
    const words = isKnown ? [detail] : [reason, detail];
    this.#lossDetail = words.filter((each) => each !== undefined).join(': ');
    this.handle.send({ type: 'link.closed', reason: isKnown ? reason : 'link-closed' });
  }

  ended(): boolean {
    this.handle.send({ type: 'link.ended', owesAnswers: this.answers.areOwed });
    return true;
  }

  dropped(drop: StpDrop): void {
    this.handle.guard(() => this.#streamDropped(drop));
  }

  drained(): void {
    this.handle.guard(() => this.#outputDrained());
  }

  /** Takes up the link that there is, or has one opened. To be called once, after the constructor. */
  start(): void {
    watchResult(this.comm.initChannelName(this.journal.channelName), (error) => this.handle.fail(error));
    // a server's session begins with its link, and says only that
    if (!this.#endsWithItsLink) this.journal.initialised();
    // a link that is there already is taken over, not opened a second time
    if (this.comm.isConnected()) this.handle.send({ type: 'link.opened' });
    this.handle.send({ type: 'session.start' });
  }

  /** The actor of the session machine, for inspectors and tests. */
  get actor(): SessionActor {
    return this.#actor;
  }

  /** One of the `AUTH_STATE_…` numbers. */
  get authenticationState(): number {
    return authenticationStateIn(this.#actor);
  }

  /** Resolves with whether the peer is trusted, at the latest when the time-out is over. */
  authenticate(timeoutMs: number): Promise<boolean> {
    this.#authenticating ??= new Authenticating(this);
    return this.#authenticating.authenticate(timeoutMs);
  }

  /** When the time of the first who waits for a link is over; Infinity if nobody waits. */
  get firstDeadlineMs(): number {
    const ofVerdicts = this.#authenticating?.firstDeadlineMs ?? Number.POSITIVE_INFINITY;
    return Math.min(this.asking.firstDeadlineMs, ofVerdicts);
  }

  /**
   * Closes for good; resolves when the transport has closed as well.
   *
   * @param drainMs how long what has begun may take to finish first; null: it may not
   */
  close(drainMs: number | null): Promise<CloseReport> {
    this.handle.end(drainMs);
    return this.ending.closed;
  }

  /** Bytes of the stream that are no frame; some of them end the connection. */
  #streamDropped({ reason, byteLength, protocol, sample }: StpDrop): void {
    const detail = protocol === undefined ? `${byteLength} bytes of the stream` : `the stream is ${protocol}`;
    this.journal.drop(reason, detail, sample ?? null, byteLength);
    if (reason === 'too-long') this.handle.send({ type: 'peer.limitExceeded', reason: 'frame-too-long' });
    else if (protocol !== undefined)
      this.handle.send({ type: 'peer.limitExceeded', reason: REASONS_OF_OTHER_PROTOCOLS[protocol] });
  }

  #outputDrained(): void {
    this.output.drained();
    // each first in turn: there may be more of either than the link ever gets rid of
    this.#answersGoFirst = !this.#answersGoFirst;
    if (this.#answersGoFirst) this.answerer.outputDrained();
    if (this.output.pending.queued > 0) this.handle.send({ type: 'output.drained' });
    if (!this.#answersGoFirst) this.answerer.outputDrained();
  }

  /** The rooms act at once, before the actors below hear of the step; the user hears of it when it is complete. */
  announced(announcement: SessionAnnouncement): void {
    try {
      this.#follow(announcement);
    } catch (error) {
      this.handle.fail(error);
    }
    this.#tellWatcher(announcement);
  }

  /** An actor is in another state. */
  moved(actor: string, value: unknown, event: { readonly type: string }): void {
    this.journal.flight?.moved(actor, value, event);
  }

  /** The user hears of a step when it is complete. */
  stepped(): void {
    this.tellFailures();
    this.journal.announceLater();
  }

  peerNamed(name: string): void {
    this.journal.peerNamed(name);
    try {
      this.#watcher?.peerNamed?.(name, this.#session);
    } catch (error) {
      this.#watcherFailed(error);
    }
  }

  #tellWatcher(announcement: SessionAnnouncement): void {
    try {
      this.watching?.announced(announcement);
      if (announcement.type === 'closing') this.middlewares?.sessionClosed();
      this.#stranger?.announced(announcement, this.#session);
      this.#watcher?.announced(announcement, this.#session);
    } catch (error) {
      this.#watcherFailed(error);
    }
  }

  #watcherFailed(error: unknown): void {
    warnOfThrown('the books of a server threw', error, 'SP_INTERNAL', { scope: this.comm });
  }

  #follow(announcement: SessionAnnouncement): void {
    const { journal } = this;
    switch (announcement.type) {
      case 'connected':
        journal.counts.connections++;
        this.asking.lastPeerAddress = this.comm.peerAddress;
        journal.peerName = this.boundName;
        this.link.opened();
        this.#lastFailure = null;
        this.#buffer?.clear();
        this.heartbeat?.linkOpened();
        this.answerer.linkOpened();
        journal.linkOpened(this.comm.peerAddress, this.#endsWithItsLink);
        this.#authenticating?.linkOpened();
        return journal.later('connected');
      case 'disconnected':
        return this.#linkLost(announcement.reason);
      case 'connectFailed': {
        const address = this.comm.address ?? 'the peer';
        const error = this.#lastFailure ?? new ConnectError(address, announcement.reason);
        this.#lastFailure = null;
        this.link.failed(error);
        journal.note('connect-failed', announcement.reason, error.message);
        if (announcement.reason === 'cannot-listen') this.#warnOfDeafness(error);
        return journal.later('connectFailed', error);
      }
      case 'abandoned':
        this.#authenticating?.settle(false);
        return journal.later('abandoned', announcement.reason);
      case 'trusted':
        this.answerer.limitChanged();
        journal.note('trusted');
        journal.flight?.trusted();
        this.#authenticating?.settle(true);
        return journal.later('trusted');
      case 'untrusted':
        this.answerer.limitChanged();
        return journal.later('untrusted');
      case 'authenticationFailed':
        journal.counts.failedAuthentications++;
        journal.note('authentication-failed', announcement.reason);
        this.failures.happened('authentication-failed', announcement.reason, '');
        this.#authenticating?.settle(false);
        return journal.later('authenticationFailed', announcement.reason);
      case 'closing':
        this.answerer.close();
        return this.#authenticating?.settle(false);
      case 'closed':
        takenTransports.delete(this.#given);
        releaseSessionActor(this.#actor);
        return journal.later('closed', this.#finish());
    }
  }

  #linkLost(reason: LinkReason): void {
    const { journal } = this;
    if (journal.isObserved) this.#observeLoss(reason);
    this.answerer.linkLost(reason === 'session-closed');
    this.output.linkLost();
    this.link.lost();
    this.middlewares?.linkLost();
    const detail = this.#detailOfLoss(reason);
    journal.note('disconnected', reason, detail);
    if (reason !== 'session-closed') this.failures.linkLost(reason, detail);
    this.#authenticating?.settle(false);
    journal.later('disconnected', reason);
  }

  /** To be called before the waiting requests are settled. */
  #observeLoss(reason: LinkReason): void {
    const { unanswered, queued } = this.asking.waiting;
    const isOwnWish = reason === 'session-closed' || reason === 'reconnect-requested';
    const waiting = { requestsUnanswered: unanswered, requestsQueued: queued };
    this.journal.observed({ type: 'link-lost', reason, isOwnWish, ...waiting });
  }

  /** The end, and whether it was a failure. */
  #finish(): CloseReport {
    const report = this.ending.finish();
    if (report.error !== undefined)
      this.failures.happened('session-failed', null, messageOfThrown(report.error));
    return report;
  }

  /** A server that cannot listen is of no use to anybody: somebody must hear of it. */
  #warnOfDeafness({ message }: Error): void {
    if (this.journal.isHeard('connectFailed', LOG_LEVEL.warning)) return;
    warn('SP_CANNOT_LISTEN', message, { scope: this.comm });
  }

  /** What the system said of the end of the link, and what may be lost with it. */
  #detailOfLoss(reason: LinkReason): string {
    const said = this.#lossDetail ?? '';
    const unconfirmed = this.link.unconfirmedAfter(reason);
    if (unconfirmed === null) return said;
    const { messages, bytes } = unconfirmed;
    this.journal.counts.messagesUnconfirmed += messages;
    const sent = `messages sent after the last byte from the peer: ${messages} (${bytes} bytes); whether they arrived is unknown`;
    return said === '' ? sent : `${said}; ${sent}`;
  }

  /** A machine threw. The session ends, nothing that waits is left behind. */
  crashed(error: unknown): void {
    if (this.handle.crash(error)) return;
    this.gate.passage = 'nothing';
    this.answerer.close();
    this.asking.crashed();
    this.#authenticating?.settle(false);
    this.#tellWatcher({ type: 'closing' });
    this.link.close((lostBytes) => {
      takenTransports.delete(this.#given);
      this.ending.lostBytes = lostBytes;
      const report = this.#finish();
      this.#tellWatcher({ type: 'closed' });
      this.tellFailures();
      this.journal.announce('closed', report);
    });
  }
}

function failureReasonOf(error: Error): LinkReason {
  if (error instanceof ListenError) return 'cannot-listen';
  const reason = 'reason' in error ? error.reason : null;
  return isLinkReason(reason) ? reason : 'connect-failed';
}
