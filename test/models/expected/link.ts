/** When a side has a link and when it opens one: attempts, the pauses between them, and when it gives up. */

import type { ReconnectPolicy } from '../../../src/index.js';
import { type Book, Timer } from './book.js';
import { WORDS } from './words.js';

/** A link that held for so long proves that the peer takes its clients: failures before it are forgotten. */
const PROVEN_AFTER_MS = 5_000;

/** Who hears what becomes of the link. */
export interface LinkListener {
  linkOpened(): void;
  linkLost(reason: string): void;
  /** There will be no further attempt. */
  gaveUp(): void;
}

/** The link of one side. */
export class ExpectedLink {
  #state: 'none' | 'opening' | 'open' | 'pausing' | 'over' = 'none';
  /** In a row. */
  #failures = 0;
  readonly #book: Book;
  readonly #policy: ReconnectPolicy | null;
  readonly #listener: LinkListener;
  readonly #timer: Timer;

  /** @param policy how this side opens links; null: it waits for them */
  constructor(book: Book, policy: ReconnectPolicy | null, listener: LinkListener) {
    this.#book = book;
    this.#policy = policy;
    this.#listener = listener;
    this.#timer = new Timer(book.clock);
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  start(): void {
    if (this.#policy !== null) this.#attempt(this.#policy);
  }

  #attempt(policy: ReconnectPolicy): void {
    this.#state = 'opening';
    this.#book.asked('open');
    this.#timer.start(policy.connectTimeoutMs, () => {
      this.#book.asked(`break: ${WORDS.connectTimeout}`);
      this.fails(WORDS.connectTimeout);
    });
  }

  opens(): void {
    if (this.#state === 'open' || this.#state === 'over') return;
    this.#state = 'open';
    this.#timer.start(PROVEN_AFTER_MS, () => (this.#failures = 0));
    this.#listener.linkOpened();
  }

  /** The attempt that runs fails; where none runs, nothing does. */
  fails(reason: string): void {
    if (this.#state !== 'opening' || this.#policy === null) return;
    this.#timer.stop();
    this.#book.announced(`connectFailed: ${reason}`);
    if (this.#failures + 1 < this.#policy.maxAttempts) return this.#pause(this.#policy);
    this.#state = 'none';
    this.#book.announced(`abandoned: ${reason}`);
    this.#listener.gaveUp();
  }

  /** Each failure in a row makes the pause before the next attempt longer. */
  #pause(policy: ReconnectPolicy): void {
    this.#state = 'pausing';
    this.#failures++;
    this.#timer.start(policy.delayMs(this.#failures), () => this.#attempt(policy));
  }

  /** The link ends; a loss counts as a failure, so that a server that hangs up at once is not stormed. */
  breaks(reason: string): void {
    if (this.#state !== 'open') return;
    this.#timer.stop();
    this.#state = 'none';
    if (this.#policy?.reopens) this.#pause(this.#policy);
    this.#listener.linkLost(reason);
  }

  /** This side ends the link. */
  isBroken(reason: string): void {
    if (this.#state !== 'open') return;
    this.#book.asked(`break: ${reason}`);
    this.breaks(reason);
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
