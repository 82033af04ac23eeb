/** A real session whose session machine is driven: each event is caused by what causes it in reality. */

import {
  DID_AUTH_SEED,
  deriveKey,
  type ReconnectPolicy,
  SID_AUTH_RESPONSE,
  SID_READ_REQUEST,
} from '../../../src/index.js';
import { Bench, type BenchOptions, type Effect } from './bench.js';
import { type ModelEvent, type ModelState, textOfValue } from './model.js';
import type { World } from './variant.js';
import type { Processed } from './watcher.js';

const FINISHING = 'connected.finishing';
const MAX_FRAME_LENGTH = 1_024;
const REQUEST_TIMEOUT_MS = 5_000;
const AUTHENTICATION_TIMEOUT_MS = 2_000;
/** As the library has it unless set. */
const OWN_AUTHENTICATION_TIMEOUT_MS = 5_000;
/** That which lets out a request, and in, before trust. */
const WHITELISTED_DID = 90;
/** Nobody registered it. */
const OTHER_SERVICE = 200;
const SHORT_TIMEOUT_MS = 1;
const LATE_ANSWER_GRACE_MS = 10;
/** As the library has them unless set, without jitter. */
const HEARTBEAT_MS = { interval: 20_000, timeout: 10_000 };
/** The third closes the connection. */
const WRONG_KEYS_TO_CLOSE = 3;
const ONE_ATTEMPT = { delayMs: () => 100, maxAttempts: 1, reopens: false, connectTimeoutMs: 1_000 };
/** Long enough that an attempt is due sooner for somebody who waits. */
const PAUSE_MS = 5_000;
const REFUSAL_DELAY_MS = 500;
const TWO_ATTEMPTS = {
  delayMs: () => PAUSE_MS,
  refusalDelayMs: () => REFUSAL_DELAY_MS,
  maxAttempts: 2,
  reopens: true,
  // longer than a pause: an attempt that was made in it goes on
  connectTimeoutMs: 60_000,
};

/** What the children of a session hear of it, and not of themselves, of the transport or of the user. */
const OF_THE_SESSION: Readonly<Record<string, (type: string) => boolean>> = {
  connection: (type) => !type.startsWith('xstate.'),
  authentication: (type) => !type.startsWith('xstate.'),
  channelName: () => true,
  heartbeat: (type) => type.startsWith('link.'),
  drain: (type) => !type.startsWith('xstate.'),
  pendingRequests: (type) => !/^request\.|^peer\./.test(type),
};

/** What a session is made of. */
export interface SessionWorldOptions extends Omit<BenchOptions, 'policy' | 'lingers'> {
  /** Whether a client opens another link after one was lost. */
  readonly comesBack?: boolean;
  /** Whether its transport opens links by itself. */
  readonly isUnsupervised?: boolean;
}

/** A session on its bench. */
export class SessionWorld implements World {
  readonly bench: Bench;
  readonly #secret: Buffer | null;
  #seeds = 0;
  #drains = false;

  constructor({ comesBack = false, isUnsupervised = false, ...options }: SessionWorldOptions) {
    this.#secret = (options.session?.secret as Buffer | undefined) ?? null;
    this.bench = new Bench({
      ...options,
      lingers: true,
      ...(options.isClient ? { policy: policyOf(comesBack, isUnsupervised) } : {}),
      session: {
        ...options.session,
        maxFrameLength: MAX_FRAME_LENGTH,
        lateAnswerGrace: LATE_ANSWER_GRACE_MS,
      },
    });
    this.bench.session.addMsgToAuthWhitelist(SID_READ_REQUEST, WHITELISTED_DID);
  }

  async perform(event: ModelEvent, before: ModelState): Promise<void> {
    const { bench } = this;
    switch (event.type) {
      case 'session.start':
        return;
      case 'session.authenticate':
        void bench.authenticate(Number(event['timeoutMs']));
        return await bench.settle();
      case 'session.reconnect':
        return await bench.reconnect();
      case 'peer.limitExceeded':
        return await bench.overflow(MAX_FRAME_LENGTH);
      case 'session.close':
        return await bench.closeSession();
      case 'link.ended':
        return await bench.endStream();
      case 'connection.halfClosed':
        return await bench.endStreamAfterRequest();
      case 'answers.sent':
        return await bench.returnFromCallback();
      case 'session.drain':
        return await this.#drain(REQUEST_TIMEOUT_MS, Number(event['timeoutMs']));
      case 'work.finished':
        await this.#drain(SHORT_TIMEOUT_MS, REQUEST_TIMEOUT_MS);
        if (textOfValue(before.machine.value) === FINISHING) await bench.returnFromCallback();
        return;
      case 'drain.ended':
        return await this.#drain(REQUEST_TIMEOUT_MS, SHORT_TIMEOUT_MS);
      case 'transport.closed':
        return await bench.letClose();
      case 'link.failed':
        return await bench.fail('connection-refused');
      case 'link.opened':
        return await bench.link();
      case 'link.closed':
      case 'connection.lost':
        return await bench.unlink();
      case 'output.drained':
        return await this.#drainOutput();
      case 'heartbeat.due':
        return await this.#fallSilent();
      case 'heartbeat.missed':
        await this.#fallSilent();
        return await bench.clock.advanceAsync(HEARTBEAT_MS.timeout);
      case 'requests.overdue':
        return await this.#waitInVain();
      case 'link.answerRefused':
        return await this.#refuseAnswer(textOfValue(before.machine.value));
      default:
        if (event.type.startsWith('peer.')) await this.#sayAsPeer(event);
        else await this.#makeReport(event, textOfValue(before.machine.value));
    }
  }

  /** Something must wait for room before there can be room again. */
  async #drainOutput(): Promise<void> {
    const { bench } = this;
    // nothing waits for a client that has given up
    if (bench.options.isClient && !bench.comm.isConnected()) await bench.reconnect();
    bench.fill();
    bench.read(0, REQUEST_TIMEOUT_MS).catch(() => {});
    await bench.drain();
  }

  /** The session is closed while a request waits, whose time is over first, or that of the drain is. */
  async #drain(requestMs: number, drainMs: number): Promise<void> {
    const { bench } = this;
    bench.read(WHITELISTED_DID, requestMs).catch(() => {});
    await bench.drainSession(drainMs);
    await bench.clock.advanceAsync(SHORT_TIMEOUT_MS);
  }

  /** The peer says something, and then nothing for long. */
  async #fallSilent(): Promise<void> {
    const { bench } = this;
    void bench.receive(OTHER_SERVICE, 0, 1);
    await bench.say(OTHER_SERVICE, 0);
    await bench.clock.advanceAsync(HEARTBEAT_MS.interval);
  }

  /** A request times out after it was written, and its answer does not come within the grace either. */
  async #waitInVain(): Promise<void> {
    const { bench } = this;
    bench.read(WHITELISTED_DID, SHORT_TIMEOUT_MS).catch(() => {});
    await bench.clock.advanceAsync(SHORT_TIMEOUT_MS + LATE_ANSWER_GRACE_MS);
  }

  async #refuseAnswer(state: string): Promise<void> {
    const { bench } = this;
    bench.refuse(true);
    if (state === FINISHING) await bench.returnFromCallback();
    else await bench.say(SID_READ_REQUEST, WHITELISTED_DID);
    bench.refuse(false);
  }

  // ── what makes a child report something ──

  async #makeReport({ type, reason }: ModelEvent, state: string): Promise<void> {
    const { bench } = this;
    switch (type) {
      case 'connection.established':
        await this.#attempt(state);
        return await bench.link();
      case 'connection.attemptFailed':
        await this.#attempt(state);
        return await bench.fail('connection-refused');
      case 'connection.abandoned':
        return await this.#failForGood(state);
      case 'connection.refused':
        return await this.#fail(state, 'wrong-secret');
      case 'requests.waiting':
        return await this.#waitForLink();
      case 'authentication.trusted':
        return await this.#earnTrust();
      case 'authentication.distrusted':
        if (state === 'disconnected') return await this.#loseTrustWithLink();
        return await bench.sayEvent('peer.seedRequested');
      case 'authentication.failed':
        return await this.#fail(state, reason);
      case 'authentication.limitExceeded':
        for (let i = 0; i < WRONG_KEYS_TO_CLOSE; i++) await this.#sayAsPeer({ type: 'peer.keyRejected' });
        return;
      default:
        throw new Error(`expected an event with a translation to reality, got ${type}`);
    }
  }

  /** A client that was refused tries again by itself, after one pause or the other; the user of any other wants it to. */
  async #attempt(state: string): Promise<void> {
    if (state === 'refused') await this.bench.clock.advanceAsync(Math.max(REFUSAL_DELAY_MS, PAUSE_MS));
    else await this.bench.reconnect();
  }

  async #failForGood(state: string): Promise<void> {
    const { bench } = this;
    await this.#attempt(state);
    await bench.fail('connection-refused');
    // there may be another attempt, which is the last
    await bench.clock.advanceAsync(PAUSE_MS);
    await bench.fail('connection-refused');
  }

  /** In a pause, which follows the first of two attempts. */
  async #waitForLink(): Promise<void> {
    const { bench } = this;
    // the attempt that runs may be the second
    for (let attempt = 0; attempt < 2; attempt++) {
      await bench.reconnect();
      await bench.fail('connection-refused');
    }
    bench.read(0, SHORT_TIMEOUT_MS).catch(() => {});
    await bench.settle();
  }

  async #earnTrust(): Promise<void> {
    const { bench } = this;
    if (bench.comm.isClient) {
      void bench.authenticate(AUTHENTICATION_TIMEOUT_MS);
      await this.#sayAsPeer({ type: 'peer.seedReceived' });
      return await this.#sayAsPeer({ type: 'peer.trustGranted' });
    }
    await this.#sayAsPeer({ type: 'peer.keyAccepted' });
  }

  /** The last that a session hears of its trust is when the link has already gone. */
  async #loseTrustWithLink(): Promise<void> {
    await this.#makeReport({ type: 'connection.established' }, 'disconnected');
    await this.#earnTrust();
    await this.bench.unlink();
  }

  async #fail(state: string, reason: unknown): Promise<void> {
    const { bench } = this;
    if (!bench.comm.isClient) return await this.#sayAsPeer({ type: 'peer.keyRejected' });
    // one that has begun before the peer ended its stream waits in vain
    if (state === FINISHING) return await bench.clock.advanceAsync(OWN_AUTHENTICATION_TIMEOUT_MS);
    if (state === 'disconnected') await this.#makeReport({ type: 'connection.established' }, state);
    void bench.authenticate(AUTHENTICATION_TIMEOUT_MS);
    await bench.settle();
    if (state === 'disconnected') return await bench.unlink();
    if (reason === 'unusable-seed') return await bench.sayEvent('peer.seedDenied', { reason });
    await this.#sayAsPeer({ type: 'peer.seedReceived' });
    await this.#sayAsPeer({ type: 'peer.trustDenied' });
  }

  // ── what a peer says ──

  async #sayAsPeer({ type, ...fields }: ModelEvent): Promise<void> {
    if (type === 'peer.keyAccepted') return await this.#sayKey();
    const seed = type === 'peer.seedReceived' ? `${++this.#seeds}`.padStart(64, '0') : '';
    await this.bench.sayEvent(type, { seed, name: fields['name'] });
  }

  /** A key is right only after a seed. */
  async #sayKey(): Promise<void> {
    const { bench } = this;
    bench.heard();
    await bench.sayEvent('peer.seedRequested');
    const seed = bench
      .heard()
      .find(({ serviceId, dataId }) => serviceId === SID_AUTH_RESPONSE && dataId === DID_AUTH_SEED);
    const key = deriveKey(String(seed?.data), this.#secret ?? Buffer.from('no secret'));
    await bench.sayEvent('peer.keyAccepted', { key });
  }

  // ── what is seen ──

  processed(): Processed[] {
    return this.bench.watcher.processed('session');
  }

  effects(): Effect[] {
    this.bench.heard();
    const announced = this.bench
      .effects()
      .filter(({ channel, text }) => channel === 'announced' && !/^(channelName|peerNamed)/.test(text));
    const sent = Object.entries(OF_THE_SESSION).flatMap(([child, isOfTheSession]) =>
      this.bench.watcher
        .processed(child)
        .filter(({ event }) => isOfTheSession(event.type))
        .map(({ event }): Effect => ({ channel: 'sent', text: `${child} hears ${event.type}` })),
    );
    return [...announced, ...sent];
  }

  check({ machine, steps }: ModelState): string[] {
    if (steps.some(({ event }) => event.type === 'session.drain')) this.#drains = true;
    const state = textOfValue(machine.value);
    const { session, comm } = this.bench;
    // isConnected() is that of the transport
    const isConnected = comm.hasUncalledForLink || state.startsWith('connected');
    const isOpen = state === 'connected.trusted' || state === 'connected.unprotected';
    const isClosed = this.#drains || state === 'closing' || state === 'closed';
    const expected = [isConnected, isOpen, isClosed];
    const got = [session.isConnected(), session.isTrusted, session.isClosed];
    return String(expected) === String(got)
      ? []
      : [`expected ${state} to be connected, trusted, closed: ${expected}, got ${got}`];
  }
}

function policyOf(comesBack: boolean, isUnsupervised: boolean): ReconnectPolicy | 'none' {
  if (isUnsupervised) return 'none';
  return comesBack ? TWO_ATTEMPTS : ONE_ATTEMPT;
}
