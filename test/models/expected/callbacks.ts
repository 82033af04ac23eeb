/** Requests of the peer whose callbacks take their time: each is answered once, on the link that it came on, or not at all. */

import { STATUS_CALLBACK_ERROR } from '../../../src/index.js';
import { SLOW_DATA } from '../../trust/models/bench.js';
import { type Book, Timer } from './book.js';

/** As the library has it unless set. */
const CALLBACK_TIMEOUT_MS = 30_000;

/** Who sends what they return. */
export interface CallbacksHost {
  answered(data: unknown, status?: number): void;
}

interface Running {
  /** Whether its link is still there. */
  isOwed: boolean;
  isAnswered: boolean;
  readonly timer: Timer;
}

/** The callbacks that run. */
export class ExpectedCallbacks {
  readonly #book: Book;
  readonly #host: CallbacksHost;
  /** Those that have not returned, oldest first. */
  #running: Running[] = [];

  constructor(book: Book, host: CallbacksHost) {
    this.#book = book;
    this.#host = host;
  }

  /** Whether the peer of this link waits for any. */
  get areOwed(): boolean {
    return this.#running.some(({ isOwed, isAnswered }) => isOwed && !isAnswered);
  }

  begins(): void {
    const running = { isOwed: true, isAnswered: false, timer: new Timer(this.#book.clock) };
    this.#running.push(running);
    this.#startTimer(running);
  }

  #startTimer(running: Running): void {
    running.timer.start(CALLBACK_TIMEOUT_MS, () => this.#answer(running, null, STATUS_CALLBACK_ERROR));
  }

  /** The oldest returns. */
  returns(): void {
    const running = this.#running.shift();
    if (running === undefined) return;
    if (running.isAnswered) return this.#book.dropped('late-result');
    this.#answer(running, SLOW_DATA);
  }

  #answer(running: Running, data: unknown, status?: number): void {
    running.isAnswered = true;
    running.timer.stop();
    if (running.isOwed) this.#host.answered(data, status);
    else this.#book.dropped('link-lost');
  }

  /** Nobody waits for them any more, and no time runs. */
  linkLost(): void {
    for (const running of this.#running) {
      running.isOwed = false;
      running.timer.stop();
    }
  }

  /** They take room from those of the next link, though not for ever. */
  linkOpened(): void {
    for (const running of this.#running) if (!running.isAnswered) this.#startTimer(running);
  }
}
