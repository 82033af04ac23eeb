/**
 * What a user, a peer and a transport must see of a session: the protocol written a second time, by hand, from
 * protocol.md, and without a state machine. It knows what was done to the session, and nothing of how the session
 * works. Where the two differ, one of them is wrong.
 */

import {
  type ReconnectPolicy,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  STATUS_AUTH_REQUIRED,
  STATUS_OPERATION_NOT_PERMITTED,
} from '../../../src/index.js';
import type { Tuple } from '../../support/bytes.js';
import type { Act, TimedAct } from '../../trust/models/act.js';
import { type BenchOptions, SLOW_DATA_ID } from '../../trust/models/bench.js';
import { Book, type Line, Timer } from './book.js';
import { ExpectedCallbacks } from './callbacks.js';
import { GUARDED_DATA, OPEN_DATA } from './data.js';
import { ExpectedHeartbeat } from './heartbeat.js';
import { ExpectedLink } from './link.js';
import { ExpectedNames } from './names.js';
import { ExpectedRequests, type Obstacle } from './requests.js';
import { ExpectedClientTrust, ExpectedServerTrust, type ExpectedTrust, type Peer } from './trust.js';
import { WORDS } from './words.js';

/** As the library has them unless set. */
export const DEFAULTS = {
  maxSeedRequests: 10,
  seedLifetimeMs: 10_000,
  lateAnswerGraceMs: 30_000,
  authenticationTimeoutMs: 5_000,
};

/**
 * Everything that must be seen of a session.
 *
 * @param options what it was made with
 * @param acts what was done to it
 * @param untilMs how long it was looked at
 */
export function expectedLines(options: BenchOptions, acts: readonly TimedAct[], untilMs: number): Line[] {
  const session = new ExpectedSession(options);
  for (const { atMs, act } of acts) {
    session.passUntil(atMs);
    session.take(act);
  }
  session.passUntil(untilMs);
  return session.book.lines;
}

class ExpectedSession {
  readonly book = new Book();
  readonly #options: BenchOptions;
  /** How it opens links; null: it does not. */
  readonly #policy: ReconnectPolicy | null;
  readonly #link: ExpectedLink;
  readonly #names: ExpectedNames;
  readonly #heartbeat: ExpectedHeartbeat | null;
  readonly #trust: ExpectedTrust;
  readonly #requests: ExpectedRequests;
  readonly #callbacks: ExpectedCallbacks;
  readonly #needsTrust: boolean;
  /** On the present link. */
  #hasPeerEnded = false;
  /** Whether this side proves itself on each link, without being asked to. */
  readonly #authenticatesItself: boolean;
  /** Whether the peer has refused the key, and there was no link since then. */
  #isRefused = false;
  #isFull = false;
  #isRefusing = false;
  #isDraining = false;
  readonly #drainTimer = new Timer(this.book.clock);
  readonly #lookTimer = new Timer(this.book.clock);
  #isClosed = false;
  #isFinished = false;

  constructor(options: BenchOptions) {
    const { isClient, policy, session = {}, line } = options;
    const { secret = null, channelName = null, autoAuth = false } = session;
    const { book } = this;
    const key = secret === null ? null : Buffer.from(secret);
    this.#options = options;
    this.#needsTrust = key !== null;
    this.#authenticatesItself = isClient && key !== null && autoAuth;
    this.#policy = policy === 'none' ? null : (policy ?? null);
    this.#link = new ExpectedLink(book, this.#policy, this.#authenticatesItself, this);
    this.#names = new ExpectedNames(book, isClient ? 'client' : 'server', channelName);
    this.#heartbeat = isClient && line !== undefined ? new ExpectedHeartbeat(book, line, this) : null;
    const { authenticationTimeout = DEFAULTS.authenticationTimeoutMs } = session;
    const ownTimeoutMs = autoAuth ? authenticationTimeout : null;
    const { maxSeedRequests = DEFAULTS.maxSeedRequests } = session;
    const limits = { maxSeedRequests, seedLifetimeMs: DEFAULTS.seedLifetimeMs };
    this.#trust = isClient
      ? new ExpectedClientTrust(book, key, ownTimeoutMs, this)
      : new ExpectedServerTrust(book, key, limits, this);
    const { lateAnswerGrace = DEFAULTS.lateAnswerGraceMs } = session;
    this.#requests = new ExpectedRequests(book, lateAnswerGrace, this);
    this.#callbacks = new ExpectedCallbacks(book, this);
    this.#link.start();
  }

  passUntil(atMs: number): void {
    this.book.clock.advance(atMs - this.book.clock.now());
  }

  take(act: Act): void {
    if (this.#isClosed) return this.#takeClosed(act);
    switch (act.type) {
      case 'a link opens':
        return this.#link.opens();
      case 'an attempt fails':
        return this.#link.fails(act.reason);
      case 'the link breaks':
        return this.#link.breaks(WORDS.cut);
      case 'the transport refuses':
        this.#isRefusing = act.takesNothing;
        return;
      case 'the output fills':
        this.#isFull = true;
        return;
      case 'the output drains':
        this.#isFull = false;
        return this.#requests.release();
      case 'the peer says':
        return this.#hears(act.message);
      case 'the peer sends too long a frame':
        this.book.dropped('too-long');
        return this.#link.isBroken(WORDS.frameTooLong);
      case 'the peer ends its stream':
        return this.#peerEnds();
      case 'a callback returns':
        return this.#callbacks.returns();
      case 'the user reconnects':
        return this.#isDraining ? undefined : this.#reconnects(act.meanwhileTooLong);
      case 'the user closes':
        return this.#close();
      case 'the user drains':
        return this.#drain(act.timeoutMs);
      case 'the transport has closed':
        return;
      case 'the user authenticates':
        if (this.#isDraining || this.#hasPeerEnded)
          return this.book.settled(act.number, String(this.#trust.isTrusted && !this.#hasPeerEnded));
        return this.#trust.authenticate(act.number, act.timeoutMs, this.#peer);
      case 'the user reads':
        return this.#requests.make('request', act);
      case 'the user sends':
        return this.#requests.make('message', act);
      case 'the user receives':
        return this.#requests.make('receive', act);
      case 'the user cancels':
        return this.#requests.cancel(act.number);
    }
  }

  /** Nothing happens to a closed session, but requests of it are refused at once. */
  #takeClosed(act: Act): void {
    if (act.type === 'the transport has closed') this.#finish();
    if (act.type === 'a callback returns') this.#callbacks.returns();
    if (act.type === 'the user authenticates') this.book.settled(act.number, 'false');
    if (act.type === 'the user reads') this.#requests.make('request', act);
    if (act.type === 'the user sends') this.#requests.make('message', act);
    if (act.type === 'the user receives') this.#requests.make('receive', act);
  }

  // ── what the peer says ──

  #hears(message: Tuple): void {
    const [serviceId, dataId] = message;
    this.#heartbeat?.hears();
    if (serviceId === SID_CHANNEL_NAME_REQUEST || serviceId === SID_CHANNEL_NAME_RESPONSE)
      this.#names.hears(message, this.#link.isOpen);
    else if (serviceId === SID_AUTH_REQUEST || serviceId === SID_AUTH_RESPONSE) this.#trust.hears(message);
    else if (serviceId === SID_READ_REQUEST) this.#answer(dataId);
    else this.#requests.hears(message, this.#passesAll ? 'all' : 'open data');
  }

  #answer(dataId: number): void {
    const isOpen = dataId === OPEN_DATA.dataId || dataId === SLOW_DATA_ID;
    if (this.#isDraining && (isOpen || this.#passesAll)) return this.#refuse(dataId);
    if (dataId === SLOW_DATA_ID) return this.#callbacks.begins();
    if (isOpen) return this.#send(dataId, OPEN_DATA.data);
    if (this.#passesAll) return this.#send(dataId, GUARDED_DATA.data);
    this.book.dropped('untrusted');
    this.#send(dataId, null, STATUS_AUTH_REQUIRED);
  }

  answered(data: unknown, status?: number): void {
    this.#send(SLOW_DATA_ID, data, status);
    this.settled();
    if (!this.#hasPeerEnded || this.#callbacks.areOwed) return;
    if (this.#isDraining && !this.#requests.areWaiting) this.#close();
    else this.#link.isBroken(WORDS.peerClosed);
  }

  /** The peer answers nothing more: what it was asked fails. What it has asked itself is answered, and then it is left. */
  #peerEnds(): void {
    if (!this.#link.isOpen || this.#hasPeerEnded) return;
    if (!this.#callbacks.areOwed) return this.#link.isBroken(WORDS.peerClosed);
    const isMissed = this.#isMissed;
    this.#hasPeerEnded = true;
    this.#link.peerHasEnded();
    this.#trust.linkEnds();
    this.#heartbeat?.linkLost();
    if (isMissed) this.#requests.linkMissed();
    else this.#requests.linkLost();
  }

  /** Whoever is about to leave takes no more requests. */
  #refuse(dataId: number): void {
    this.book.dropped('draining');
    this.#send(dataId, null, STATUS_OPERATION_NOT_PERMITTED);
  }

  /** The peer waits for an answer that the transport does not take: it would take the next one for it. */
  #send(dataId: number, data: unknown, status?: number): void {
    if (this.#link.isOpen && !this.#isRefusing)
      return this.book.sent(SID_READ_RESPONSE, dataId, data, status);
    this.book.dropped('not-sent');
    this.#link.isBroken(WORDS.answerNotSent);
  }

  get #passesAll(): boolean {
    return this.#link.isOpen && !this.#hasPeerEnded && (!this.#needsTrust || this.#trust.isTrusted);
  }

  obstacleTo(serviceId: number, dataId: number): Obstacle {
    if (this.#isRefused) return 'refusal';
    if (!this.#link.isOpen || this.#hasPeerEnded) return 'link';
    const isOpen = serviceId === SID_READ_REQUEST && dataId === OPEN_DATA.dataId;
    if (!this.#passesAll && !isOpen) return 'trust';
    return this.#isFull ? 'room' : null;
  }

  get isLeft(): boolean {
    return !this.#link.isOpen && !this.#link.mayCome;
  }

  get #peer(): Peer {
    if (this.#link.isOpen) return 'here';
    return this.#link.mayCome && !this.#isRefused ? 'to come' : 'gone';
  }

  // ── what becomes of the link ──

  linkOpened(): void {
    this.#isRefused = false;
    this.book.announced('connected');
    this.#callbacks.linkOpened();
    this.#names.linkOpened();
    this.#heartbeat?.linkOpened();
    this.#trust.linkOpened();
    this.#requests.linkOpened();
    this.#trust.beginsForWhoWaits();
  }

  linkLost(reason: string): void {
    const { endsWithItsLink = false } = this.#options.internals ?? {};
    const isMissed = this.#isMissed;
    // what was asked since the peer has ended its stream was asked of the next link
    const hasWaited = this.#hasPeerEnded && !endsWithItsLink && this.#policy?.reopens !== false;
    this.#trust.linkEnds();
    this.book.announced(`disconnected: ${reason}`);
    this.#heartbeat?.linkLost();
    this.#callbacks.linkLost();
    this.#hasPeerEnded = false;
    if (endsWithItsLink) this.#isClosed = true;
    if (isMissed) this.#requests.linkMissed();
    else if (!hasWaited) this.#requests.linkLost();
    this.#names.linkLost();
    if (endsWithItsLink) this.#end();
  }

  /** A client that authenticates by itself will do so on the next link, if it opens one. */
  get #isMissed(): boolean {
    return this.#authenticatesItself && !this.#trust.isTrusted && this.#policy?.reopens !== false;
  }

  linkForgotten(): void {
    this.#trust.linkLost();
  }

  silentForLong(): void {
    this.#names.askForSignOfLife();
  }

  silentForTooLong(): void {
    this.#link.isBroken(WORDS.peerSilent);
  }

  linkRefused(): void {
    this.#isRefused = true;
    this.book.announced(`disconnected: ${WORDS.keyRefused}`);
    this.#requests.linkMissed();
    this.#requests.refused();
    this.#names.linkLost();
    this.#trust.linkLost();
  }

  get firstDeadlineMs(): number {
    return Math.min(this.#requests.firstDeadlineMs, this.#trust.firstDeadlineMs);
  }

  waits(deadlineMs: number): void {
    this.#link.isAwaited(deadlineMs);
  }

  gaveUp(): void {
    this.#requests.gaveUp();
    this.#trust.gaveUp();
  }

  trusted(): void {
    this.#link.isTrusted();
    this.#requests.release();
  }

  refused(): void {
    // whoever opens no links cannot leave the peer alone
    if (this.#policy === null) this.#requests.refused();
    else this.#link.isRefused();
  }

  missed(): void {
    if (!this.#hasPeerEnded) this.#link.isBroken(WORDS.handshakeMissed);
  }

  get isLinked(): boolean {
    return this.#link.isOpen;
  }

  exceeded(reason: string): void {
    this.#link.isBroken(reason);
  }

  #reconnects(meanwhileTooLong: boolean): void {
    const breaksLink = this.#link.isOpen;
    this.#isRefused = false;
    this.#link.reconnects();
    if (!meanwhileTooLong || !breaksLink) return;
    this.book.dropped('too-long');
    this.#link.isResetOnItsWay(WORDS.frameTooLong);
  }

  /** What waits may finish, within a time; nothing else begins. */
  #drain(timeoutMs: number): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#requests.takesNoMore();
    this.#drainTimer.start(timeoutMs, () => this.#close());
    this.settled();
  }

  /** When all that happens at this moment has happened. */
  settled(): void {
    if (this.#isDraining)
      this.#lookTimer.start(0, () => this.#requests.areWaiting || this.#callbacks.areOwed || this.#close());
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#link.isOpen) {
      this.#trust.linkEnds();
      this.book.announced(`disconnected: ${WORDS.closed}`);
    }
    this.#heartbeat?.linkLost();
    this.#hasPeerEnded = false;
    this.#end();
  }

  /** For good. */
  #end(): void {
    this.#drainTimer.stop();
    this.#callbacks.linkLost();
    this.#requests.closes();
    this.#trust.gaveUp();
    this.#link.closes();
    this.#trust.linkLost();
    if (this.#options.lingers !== true) this.#finish();
  }

  /** The transport has closed as well: that is the last that anybody hears. */
  #finish(): void {
    if (!this.#isFinished) this.book.announced('closed');
    this.#isFinished = true;
  }
}
