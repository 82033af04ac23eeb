/** When a client asks a silent peer for a sign of life, and when it gives up (protocol.md section 4). */

import type { LineMode } from '../../trust/models/bench.js';
import { type Book, Timer } from './book.js';

/** As the library has them unless set, without jitter. */
const SILENCE_MS = 20_000;
const ANSWER_MS = 10_000;

/** What follows from a silence. */
export interface HeartbeatListener {
  /** The peer must be asked. */
  silentForLong(): void;
  /** It was asked, and nothing came. */
  silentForTooLong(): void;
}

/** The heartbeat of a client. */
export class ExpectedHeartbeat {
  readonly #book: Book;
  readonly #line: LineMode;
  readonly #listener: HeartbeatListener;
  readonly #timer: Timer;
  #heardMs = 0;

  constructor(book: Book, line: LineMode, listener: HeartbeatListener) {
    this.#book = book;
    this.#line = line;
    this.#listener = listener;
    this.#timer = new Timer(book.clock);
  }

  linkOpened(): void {
    this.hears();
    this.#listen();
  }

  linkLost(): void {
    this.#timer.stop();
  }

  /** Something came. */
  hears(): void {
    this.#heardMs = this.#book.clock.now();
  }

  #listen(): void {
    // where the line is always heard, nobody is ever asked
    if (this.#line === 'lively') return;
    const { clock } = this.#book;
    this.#timer.start(this.#heardMs + SILENCE_MS - clock.now(), () => {
      if (this.#heardMs + SILENCE_MS > clock.now()) this.#listen();
      else this.#ask();
    });
  }

  #ask(): void {
    const askedMs = this.#book.clock.now();
    this.#listener.silentForLong();
    this.#timer.start(ANSWER_MS, () => {
      if (this.#line === 'answering') this.hears();
      if (this.#heardMs < askedMs) return this.#listener.silentForTooLong();
      this.#listen();
    });
  }
}
