/** Who is trusted, and what is said about it (protocol.md section 4): one class for each role. */

import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  deriveKey,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../../../src/index.js';
import type { Tuple } from '../../support/bytes.js';
import { seedNumber } from '../../trust/models/bench.js';
import { type Book, Timer } from './book.js';
import { WORDS } from './words.js';

/** What the answer to a wrong key waits for: the first on a link, the second; the third has none. */
const PENALTIES_MS = [100, 400];
const MIN_SEED_LENGTH = 16;

/** Who hears what becomes of the trust. */
export interface TrustListener {
  /** Whether there is a link to send on. */
  readonly isLinked: boolean;
  trusted(): void;
  /** The peer of this side went over a limit. */
  exceeded(reason: string): void;
  /** The peer of this side, which authenticates by itself, said that the key is wrong. */
  refused(): void;
  /** A handshake that this side began by itself came to no verdict. */
  missed(): void;
  /** Somebody waits for a link to prove himself on. */
  waits(deadlineMs: number): void;
}

/** Whether the peer is there, may come, or is not to be expected. */
export type Peer = 'here' | 'to come' | 'gone';

/** What both roles have in common. */
export interface ExpectedTrust {
  readonly isTrusted: boolean;
  linkOpened(): void;
  /** What waited for the link has been written: it is the turn of those who waited to prove themselves. */
  beginsForWhoWaits(): void;
  /** When the time of the first who waits for a link is over. */
  readonly firstDeadlineMs: number;
  /** There will be no link: who waits for one waits in vain. */
  gaveUp(): void;
  /** The trust ends with its link, and is said to end before its link is. */
  linkEnds(): void;
  linkLost(): void;
  /** Takes a message of the authentication service. */
  hears(message: Tuple): void;
  /** The user asks for trust; `peer`: whether there is anybody to prove it to. */
  authenticate(number: number, timeoutMs: number, peer: Peer): void;
}

/** What a server is set to. */
export interface ServerLimits {
  readonly maxSeedRequests: number;
  readonly seedLifetimeMs: number;
}

/** An answer to a key. */
interface Answer {
  readonly isRight: boolean;
  /** Null: there is none, or it is over. */
  penalty: Timer | null;
}

/** A server: it has a secret, or says that it knows no authentication. */
export class ExpectedServerTrust implements ExpectedTrust {
  isTrusted = false;
  readonly #book: Book;
  readonly #secret: Buffer | null;
  readonly #limits: ServerLimits;
  readonly #listener: TrustListener;
  readonly #seedTimer: Timer;
  /** In all. */
  #seedsMade = 0;
  /** The seed that serves the next key. */
  #seed: string | null = null;
  #seedsOnLink = 0;
  #wrongKeys = 0;
  /** The answers that wait for their penalty, or for that of one before them: they leave in the order of the keys. */
  #answers: Answer[] = [];

  constructor(book: Book, secret: Buffer | null, limits: ServerLimits, listener: TrustListener) {
    this.#book = book;
    this.#secret = secret;
    this.#limits = limits;
    this.#listener = listener;
    this.#seedTimer = new Timer(book.clock);
  }

  linkOpened(): void {}

  /** Nobody waits for it: a server proves itself to nobody. */
  beginsForWhoWaits(): void {}
  readonly firstDeadlineMs = Number.POSITIVE_INFINITY;
  gaveUp(): void {}

  linkEnds(): void {
    this.#distrust();
  }

  linkLost(): void {
    for (const { penalty } of this.#answers) penalty?.stop();
    this.#answers = [];
    this.#seedsOnLink = this.#wrongKeys = 0;
    this.#forgetSeed();
  }

  authenticate(number: number): void {
    this.#book.settled(number, 'false');
  }

  hears([serviceId, dataId, , data]: Tuple): void {
    if (serviceId === SID_AUTH_RESPONSE) return this.#book.dropped('unexpected');
    if (this.#secret === null)
      return this.#book.sent(SID_AUTH_RESPONSE, dataId, null, STATUS_SERVICE_OR_DATA_UNKNOWN);
    if (dataId === DID_AUTH_SEED) this.#sendSeed();
    else this.#judge(data === this.#rightKey(this.#secret));
  }

  #rightKey(secret: Buffer): string | null {
    return this.#seed === null ? null : deriveKey(this.#seed, secret);
  }

  /** A client that asks for a seed begins again: it is not trusted until its next right key. */
  #sendSeed(): void {
    this.#distrust();
    this.#forgetSeed();
    if (this.#seedsOnLink === this.#limits.maxSeedRequests)
      return this.#listener.exceeded(WORDS.tooManySeedRequests);
    this.#seedsOnLink++;
    this.#seed = seedNumber(++this.#seedsMade);
    this.#seedTimer.start(this.#limits.seedLifetimeMs, () => this.#forgetSeed());
    this.#book.sent(SID_AUTH_RESPONSE, DID_AUTH_SEED, this.#seed);
  }

  #judge(isRight: boolean): void {
    const hadSeed = this.#seed !== null;
    this.#forgetSeed();
    if (!isRight) return this.#refuse(hadSeed ? WORDS.wrongSecret : WORDS.keyWithoutSeed);
    this.#answers.push({ isRight: true, penalty: null });
    this.#sendAnswers();
    this.#seedsOnLink = 0;
    this.isTrusted = true;
    this.#book.announced('trusted');
    this.#listener.trusted();
  }

  #refuse(reason: string): void {
    const penaltyMs = PENALTIES_MS[this.#wrongKeys];
    if (penaltyMs === undefined) {
      this.#book.announced(`authenticationFailed: ${WORDS.tooManyWrongKeys}`);
      return this.#listener.exceeded(WORDS.tooManyWrongKeys);
    }
    this.#book.announced(`authenticationFailed: ${reason}`);
    this.#wrongKeys++;
    const answer: Answer = { isRight: false, penalty: new Timer(this.#book.clock) };
    this.#answers.push(answer);
    answer.penalty?.start(penaltyMs, () => {
      answer.penalty = null;
      this.#sendAnswers();
    });
  }

  #sendAnswers(): void {
    while (this.#answers[0]?.penalty === null) {
      const isRight = this.#answers.shift()?.isRight;
      // a transport may deliver what comes without a link, but it sends nothing
      if (this.#listener.isLinked) this.#book.sent(SID_AUTH_RESPONSE, DID_AUTH_KEY, isRight);
      else this.#book.dropped('not-sent');
    }
  }

  #distrust(): void {
    if (this.isTrusted) this.#book.announced('untrusted');
    this.isTrusted = false;
  }

  #forgetSeed(): void {
    this.#seedTimer.stop();
    this.#seed = null;
  }
}

/** A call of `authenticate()` that waits. */
interface Waiting {
  readonly number: number;
  readonly timer: Timer;
  /** When it waits no more, for a link that has not come yet; null: there is one. */
  forLinkUntilMs: number | null;
}

/** A client: it proves itself when its user asks for it, or by itself on each new link. */
export class ExpectedClientTrust implements ExpectedTrust {
  isTrusted = false;
  readonly #book: Book;
  readonly #secret: Buffer | null;
  /** How long an authentication takes that begins by itself; null: none does. */
  readonly #ownTimeoutMs: number | null;
  readonly #listener: TrustListener;
  readonly #timer: Timer;
  readonly #answeredSeeds = new Set<string>();
  #waitsFor: 'nothing' | 'seed' | 'verdict' = 'nothing';
  #waiting: Waiting[] = [];
  /** On this link. */
  #wrongKeys = 0;

  constructor(book: Book, secret: Buffer | null, ownTimeoutMs: number | null, listener: TrustListener) {
    this.#book = book;
    this.#secret = secret;
    this.#ownTimeoutMs = ownTimeoutMs;
    this.#listener = listener;
    this.#timer = new Timer(book.clock);
  }

  linkOpened(): void {
    if (this.#secret !== null && this.#ownTimeoutMs !== null) this.#begin(this.#ownTimeoutMs);
  }

  get #whoWaitForLink(): Waiting[] {
    return this.#waiting.filter(({ forLinkUntilMs }) => forLinkUntilMs !== null);
  }

  get firstDeadlineMs(): number {
    return Math.min(...this.#whoWaitForLink.map(({ forLinkUntilMs }) => Number(forLinkUntilMs)));
  }

  /** What begins by itself is for them as well; else they get as much time as the most patient of them has left. */
  beginsForWhoWaits(): void {
    const nowMs = this.#book.clock.now();
    const leftMs = this.#whoWaitForLink.map(({ forLinkUntilMs }) => Number(forLinkUntilMs) - nowMs);
    for (const waiting of this.#waiting) waiting.forLinkUntilMs = null;
    const timeoutMs = Math.max(0, ...leftMs);
    if (this.#waitsFor === 'nothing' && timeoutMs > 0) this.#begin(timeoutMs);
  }

  gaveUp(): void {
    this.#answer(this.#whoWaitForLink, 'false');
  }

  linkEnds(): void {
    if (this.isTrusted) this.#book.announced('untrusted');
    this.isTrusted = false;
  }

  linkLost(): void {
    // a server does not answer the third wrong key
    if (this.#waitsFor !== 'nothing')
      this.#fail(this.#wrongKeys < PENALTIES_MS.length ? WORDS.connectionLost : WORDS.tooManyWrongKeys);
    this.#wrongKeys = 0;
  }

  authenticate(number: number, timeoutMs: number, peer: Peer): void {
    if (this.isTrusted) return this.#book.settled(number, 'true');
    if (this.#secret === null || peer === 'gone' || timeoutMs === 0)
      return this.#book.settled(number, 'false');
    const timer = new Timer(this.#book.clock);
    const dueMs = this.#book.clock.now() + timeoutMs;
    this.#waiting.push({ number, timer, forLinkUntilMs: peer === 'here' ? null : dueMs });
    if (peer === 'to come') this.#listener.waits(dueMs);
    else if (this.#waitsFor === 'nothing') return this.#begin(timeoutMs);
    // what runs, or will run for several, has a time of its own
    timer.start(timeoutMs, () => {
      this.#waiting = this.#waiting.filter((each) => each.timer !== timer);
      this.#book.settled(number, 'false');
    });
  }

  #begin(timeoutMs: number): void {
    this.#waitsFor = 'seed';
    this.#book.sent(SID_AUTH_REQUEST, DID_AUTH_SEED);
    this.#timer.start(timeoutMs, () => this.#miss(WORDS.noAnswer));
  }

  hears([serviceId, dataId, status, data]: Tuple): void {
    const awaited = dataId === DID_AUTH_SEED ? 'seed' : 'verdict';
    if (serviceId === SID_AUTH_REQUEST || this.#waitsFor !== awaited) return this.#book.dropped('unexpected');
    if (awaited === 'seed') this.#hearSeed(status, data);
    else if (status === 0 && data === true) this.#succeed();
    else {
      this.#wrongKeys++;
      this.#hearVerdict(WORDS.wrongSecret);
    }
  }

  #hearSeed(status: number, seed: unknown): void {
    if (status !== 0) return this.#hearVerdict(WORDS.peerHasNoSecret);
    if (typeof seed !== 'string' || seed.length < MIN_SEED_LENGTH || this.#answeredSeeds.has(seed))
      return this.#miss(WORDS.unusableSeed);
    this.#answeredSeeds.add(seed);
    this.#waitsFor = 'verdict';
    this.#book.sent(SID_AUTH_REQUEST, DID_AUTH_KEY, deriveKey(seed, this.#secret ?? Buffer.alloc(0)));
  }

  #succeed(): void {
    this.isTrusted = true;
    this.#settle('true');
    this.#book.announced('trusted');
    this.#listener.trusted();
  }

  /** The peer will not trust this side, however often it tries. */
  #hearVerdict(reason: string): void {
    this.#fail(reason);
    if (this.#ownTimeoutMs !== null) this.#listener.refused();
  }

  /** Nobody knows what the peer thinks of the key: another link may bring more. */
  #miss(reason: string): void {
    this.#fail(reason);
    if (this.#ownTimeoutMs !== null) this.#listener.missed();
  }

  #fail(reason: string): void {
    this.#settle('false');
    this.#book.announced(`authenticationFailed: ${reason}`);
  }

  #settle(verdict: string): void {
    this.#waitsFor = 'nothing';
    this.#timer.stop();
    this.#answer(this.#waiting, verdict);
  }

  #answer(those: readonly Waiting[], verdict: string): void {
    for (const { number, timer } of those) {
      timer.stop();
      this.#book.settled(number, verdict);
    }
    this.#waiting = this.#waiting.filter((each) => !those.includes(each));
  }
}
