/** When a side has a link and when it opens one: attempts, the pauses between them, and when it gives up. */

import type { ReconnectPolicy } from '../../../src/index.js';
import { ExpectedAttempts } from './attempts.js';
import { type Book, Timer } from './book.js';
import { WORDS } from './words.js';

/** A link that held for so long proves that the peer takes its clients: failures before it are forgotten. */
const PROVEN_AFTER_MS = 5_000;
/** How long a peer that refused the key is left alone, where the policy does not say it. */
const REFUSAL_MS = 60_000;

/** Who hears what becomes of the link, and knows who waits for it. */
export interface LinkListener {
  linkOpened(): void;
  linkLost(reason: string): void;
  /** What was begun on the link is over as well, which is said last of all. */
  linkForgotten(): void;
  /** This side has broken the link, because the peer refused the key. */
  linkRefused(): void;
  /** There will be no further attempt. */
  gaveUp(): void;
  /** When the time of the first who waits for something to be written is over. */
  readonly firstDeadlineMs: number;
}

/** The link of one side. */
export class ExpectedLink {
  #state: 'none' | 'opening' | 'open' | 'pausing' | 'leaving the peer alone' | 'left for good' | 'over' =
    'none';
  /** In a row. */
  #failures = 0;
  /** Whether the link that is open has brought what it is for. */
  #isGood = false;
  readonly #attempts = new ExpectedAttempts();
  readonly #book: Book;
  readonly #policy: ReconnectPolicy | null;
  readonly #needsTrust: boolean;
  readonly #listener: LinkListener;
  readonly #timer: Timer;

  /**
   * @param policy how this side opens links; null: it waits for them
   * @param needsTrust whether a link is good for nothing before the peer trusts this side
   */
  constructor(book: Book, policy: ReconnectPolicy | null, needsTrust: boolean, listener: LinkListener) {
    this.#book = book;
    this.#policy = policy;
    this.#needsTrust = needsTrust;
    this.#listener = listener;
    this.#timer = new Timer(book.clock);
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Whether one may come without the user asking for it: who opens links has begun to, or somebody else opens them. */
  get mayCome(): boolean {
    const isUnderWay = this.#state !== 'none' && this.#state !== 'left for good' && this.#state !== 'over';
    return !this.isOpen && (isUnderWay || this.#policy === null);
  }

  start(): void {
    if (this.#policy !== null) this.#attempt(this.#policy);
  }

  #attempt(policy: ReconnectPolicy): void {
    this.#state = 'opening';
    this.#attempts.attempted(this.#book.clock.now());
    this.#book.asked('open');
    this.#timer.start(policy.connectTimeoutMs, () => {
      this.#book.asked(`break: ${WORDS.connectTimeout}`);
      this.fails(WORDS.connectTimeout);
    });
  }

  opens(): void {
    if (this.#state !== 'none' && this.#state !== 'opening') return;
    this.#timer.stop();
    this.#state = 'open';
    this.#isGood = false;
    if (!this.#needsTrust) this.#isOnProbation();
    this.#listener.linkOpened();
  }

  #isOnProbation(): void {
    this.#isGood = true;
    this.#timer.start(PROVEN_AFTER_MS, () => (this.#failures = 0));
  }

  /** The peer trusts this side. */
  isTrusted(): void {
    if (this.#needsTrust) this.#isOnProbation();
  }

  /** The attempt that runs fails; where none runs, nothing does. A server that waits for a link cannot listen. */
  fails(reason: string): void {
    const policy = this.#policy;
    if (this.#state !== (policy === null ? 'none' : 'opening')) return;
    this.#timer.stop();
    this.#book.announced(`connectFailed: ${reason}`);
    if (policy !== null && this.#failures + 1 < policy.maxAttempts) return this.#pause(policy);
    this.#giveUp(reason);
  }

  #giveUp(reason: string): void {
    this.#state = 'none';
    this.#book.announced(`abandoned: ${reason}`);
    this.#listener.gaveUp();
  }

  /** Each failure in a row makes the pause before the next attempt longer. */
  #pause(policy: ReconnectPolicy): void {
    this.#state = 'pausing';
    this.#failures++;
    const nowMs = this.#book.clock.now();
    const pauseMs = policy.delayMs(this.#failures);
    this.#pauseUntil(policy, this.#attempts.pauses(nowMs, pauseMs, this.#listener.firstDeadlineMs));
  }

  #pauseUntil(policy: ReconnectPolicy, untilMs: number): void {
    this.#timer.start(untilMs - this.#book.clock.now(), () => this.#attempt(policy));
  }

  /** Something has begun to wait for a link: the pause may be over sooner. It is no failure. */
  isAwaited(newDeadlineMs: number): void {
    if (this.#state !== 'pausing' || this.#policy === null) return;
    const { firstDeadlineMs } = this.#listener;
    const dueMs = this.#attempts.isAwaited(this.#book.clock.now(), newDeadlineMs, firstDeadlineMs);
    if (dueMs !== null) this.#pauseUntil(this.#policy, dueMs);
  }

  /**
   * The link ends; a loss counts as a failure, so that a server that hangs up at once is not stormed. One that was good for
   * nothing is a failed attempt like any other, and may be the last. Who wants no other link gives up.
   */
  breaks(reason: string): void {
    if (this.#state !== 'open') return;
    this.#timer.stop();
    this.#state = 'none';
    const policy = this.#policy?.reopens ? this.#policy : null;
    const wasLast = policy !== null && !this.#isGood && this.#failures + 1 >= policy.maxAttempts;
    const wasOnly = this.#policy !== null && policy === null;
    if (policy !== null && !wasLast) this.#pause(policy);
    this.#listener.linkLost(reason);
    if (wasLast || wasOnly) this.#giveUp(reason);
    this.#listener.linkForgotten();
  }

  /** The peer has asked something on the link, and has ended its stream: the link was of use, and proves nothing any more. */
  peerHasEnded(): void {
    this.#isGood = true;
    this.#timer.stop();
  }

  /** This side ends the link. */
  isBroken(reason: string): void {
    if (this.#state !== 'open') return;
    this.#book.asked(`break: ${reason}`);
    this.breaks(reason);
  }

  /** The peer refused the key: this side hangs up, and leaves the peer alone for long, or for good. */
  isRefused(): void {
    this.#book.asked(`break: ${WORDS.keyRefused}`);
    this.#timer.stop();
    this.#state = 'leaving the peer alone';
    this.#listener.linkRefused();
    const policy = this.#policy;
    if (policy === null || !policy.reopens || policy.refusalDelayMs === null) {
      this.#state = 'left for good';
      this.#book.announced(`abandoned: ${WORDS.keyRefused}`);
      return this.#listener.gaveUp();
    }
    this.#timer.start(policy.refusalDelayMs?.() ?? REFUSAL_MS, () => this.#attempt(policy));
  }

  /** The user wants another link at once: earlier failures are forgotten, unless there is a link that works. */
  reconnects(): void {
    const policy = this.#policy;
    if (this.#state === 'opening' || this.#state === 'over') return;
    if (policy === null) {
      if (this.#state === 'open') this.isBroken(WORDS.newLinkAsked);
      else this.#book.asked('open');
      return;
    }
    if (this.#state !== 'open') {
      this.#failures = 0;
      return this.#attempt(policy);
    }
    this.#book.asked(`break: ${WORDS.newLinkAsked}`);
    this.#state = 'none';
    this.#listener.linkLost(WORDS.newLinkAsked);
    this.#listener.linkForgotten();
    this.#attempt(policy);
  }

  /** The peer goes over a limit just while this side replaces the link: the attempt that has begun counts as failed. */
  isResetOnItsWay(reason: string): void {
    this.#book.asked(`break: ${reason}`);
    if (this.#policy !== null) this.#pause(this.#policy);
  }

  closes(): void {
    this.#timer.stop();
    this.#book.asked('close');
    this.#state = 'over';
  }
}
