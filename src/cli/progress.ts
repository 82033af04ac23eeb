/** How far long work is, in one line under whatever else is printed. */

import type { Io } from './io.js';

/** Where the line is drawn: standard error, where that is a terminal. */
export interface ProgressTerminal {
  write(text: string): void;
  /** The width in characters; undefined where nobody knows. */
  readonly columns?: number | undefined;
}

const ERASE = '\r\u001b[K';
const DEFAULT_COLUMNS = 80;

/** A line that stays at the bottom of a terminal while others are printed above it. */
export class ProgressLine {
  readonly #terminal: ProgressTerminal;
  #text: string | null = null;
  #isDrawn = false;
  /** Half a line was printed: there is no place for another after it. */
  #isTaken = false;

  constructor(terminal: ProgressTerminal) {
    this.#terminal = terminal;
  }

  /**
   * Draws the line.
   *
   * @param text what it says; null: it is gone
   */
  show(text: string | null): void {
    this.#erase();
    this.#text = text;
    this.#draw();
  }

  /**
   * Prints something to the same terminal, with the line out of its way.
   *
   * @param text what is printed
   * @param print prints it
   */
  above(text: string, print: (text: string) => void): void {
    if (text === '') return;
    this.#erase();
    print(text);
    this.#isTaken = !text.endsWith('\n');
    this.#draw();
  }

  #erase(): void {
    if (this.#isDrawn) this.#terminal.write(ERASE);
    this.#isDrawn = false;
  }

  #draw(): void {
    if (this.#text === null || this.#isTaken) return;
    // a line that wraps could not be erased; a full one wraps on some terminals
    this.#terminal.write(this.#text.slice(0, (this.#terminal.columns || DEFAULT_COLUMNS) - 1));
    this.#isDrawn = true;
  }
}

/** Counts what is done, and says how far it is: `37 of 100, 12/s, 5 s left`. */
export class ProgressMeter {
  readonly #io: Pick<Io, 'progress'>;
  readonly #now: () => number;
  readonly #total: number | null;
  #done = 0;
  #firstMs = 0;
  #isOver = false;

  /**
   * @param io where it is shown, and whose clock counts
   * @param total how many there are to do; null: nobody knows
   */
  constructor(io: Pick<Io, 'progress' | 'now'>, total: number | null) {
    this.#io = io;
    this.#now = io.now ?? (() => performance.now());
    this.#total = total;
  }

  /** One more is done. */
  step(): void {
    if (this.#io.progress === undefined || this.#total === 1 || this.#isOver) return;
    const nowMs = this.#now();
    if (this.#done++ === 0) this.#firstMs = nowMs;
    this.#io.progress(this.#textAt(nowMs));
  }

  /** All is done, or no more will be. */
  end(): void {
    this.#isOver = true;
    this.#io.progress?.(null);
  }

  #textAt(nowMs: number): string {
    if (this.#total === null) return `${this.#done} answered`;
    const count = `${this.#done} of ${this.#total}`;
    // the first one starts the clock: what came before it was no work
    const perSecond = (1_000 * (this.#done - 1)) / (nowMs - this.#firstMs);
    const leftSeconds = (this.#total - this.#done) / perSecond;
    // what is over in a second, or nobody can foresee yet
    if (!(leftSeconds >= 1 && leftSeconds < Number.POSITIVE_INFINITY)) return count;
    return `${count}, ${rateOf(perSecond)}/s, ${durationOf(Math.round(leftSeconds))} left`;
  }
}

/** Two digits that count, or more where there are more before the point. */
function rateOf(perSecond: number): string {
  return String(perSecond >= 10 ? Math.round(perSecond) : Number(perSecond.toPrecision(2)));
}

function durationOf(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
