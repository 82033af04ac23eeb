/** Shows the progress of long work, in one line below everything else that is printed. */

import type { Io } from './io.js';

/** The terminal that the line is drawn on. */
export interface ProgressTerminal {
  write(text: string): void;
  /** The width in characters; undefined if it is unknown. */
  readonly columns?: number | undefined;
}

const ERASE = '\r\u001b[K';
const DEFAULT_COLUMNS = 80;

/** A line that stays at the bottom of a terminal while text is printed above it. */
export class ProgressLine {
  readonly #terminal: ProgressTerminal;
  #text: string | null = null;
  #isDrawn = false;
  /** A line was printed without its end, so the bottom line has no place. */
  #isTaken = false;

  constructor(terminal: ProgressTerminal) {
    this.#terminal = terminal;
  }

  /**
   * Draws the line.
   *
   * @param text its text; null removes the line
   */
  show(text: string | null): void {
    this.#erase();
    this.#text = text;
    this.#draw();
  }

  /**
   * Prints a text to the same terminal, above the line.
   *
   * @param text the text
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
    // a line that wraps cannot be erased, and some terminals wrap a full line
    this.#terminal.write(this.#text.slice(0, (this.#terminal.columns || DEFAULT_COLUMNS) - 1));
    this.#isDrawn = true;
  }
}

/** Counts steps, and shows the progress: `37 of 100, 12/s, 5 s left`. */
export class ProgressMeter {
  readonly #io: Pick<Io, 'progress'>;
  readonly #now: () => number;
  readonly #total: number | null;
  #done = 0;
  #firstMs = 0;
  #isOver = false;

  /**
   * @param io shows the progress, and has the clock
   * @param total how many steps there are; null: unknown
   */
  constructor(io: Pick<Io, 'progress' | 'now'>, total: number | null) {
    this.#io = io;
    this.#now = io.now ?? (() => performance.now());
    this.#total = total;
  }

  /** Counts a step; work of a single step shows no progress. */
  step(): void {
    if (this.#io.progress === undefined || this.#total === 1 || this.#isOver) return;
    const nowMs = this.#now();
    if (this.#done++ === 0) this.#firstMs = nowMs;
    this.#io.progress(this.#textAt(nowMs));
  }

  /** Removes the progress: the work is done, or has failed. */
  end(): void {
    this.#isOver = true;
    this.#io.progress?.(null);
  }

  #textAt(nowMs: number): string {
    if (this.#total === null) return `${this.#done} answered`;
    const count = `${this.#done} of ${this.#total}`;
    // the first step starts the clock, because connecting came before it
    const perSecond = (1_000 * (this.#done - 1)) / (nowMs - this.#firstMs);
    const leftSeconds = (this.#total - this.#done) / perSecond;
    // over within a second, or not known yet
    if (!(leftSeconds >= 1 && leftSeconds < Number.POSITIVE_INFINITY)) return count;
    return `${count}, ${rateOf(perSecond)}/s, ${durationOf(Math.round(leftSeconds))} left`;
  }
}

/** Two significant digits, or all digits before the point. */
function rateOf(perSecond: number): string {
  return String(perSecond >= 10 ? Math.round(perSecond) : Number(perSecond.toPrecision(2)));
}

function durationOf(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
