/** Lines that come again and again: the first is printed, then fewer and fewer of them, with how many were left out. */

/** After a line has been printed, the same one is left out for this long. */
const FIRST_PAUSE_MS = 1_000;
/** The pause doubles while the line goes on, up to this. */
const LONGEST_PAUSE_MS = 60_000;
/** More different lines than this are not told apart at a time: the text of some is the peer's. */
const MAX_LINES = 100;

interface Repeated<Line> {
  line: Line;
  printedMs: number;
  pauseMs: number;
  leftOut: number;
}

/** Tells which lines are worth printing. */
export class Repetitions<Line> {
  readonly #now: () => number;
  readonly #lines = new Map<string, Repeated<Line>>();

  /** @param now milliseconds since some fixed moment */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * A line is about to be printed.
   *
   * @param key the same for the same line
   * @returns how often it was left out since it was printed last; null: it is left out now as well
   */
  comes(key: string, line: Line): number | null {
    const nowMs = this.#now();
    const known = this.#lines.get(key);
    if (known === undefined) {
      this.#lines.set(key, { line, printedMs: nowMs, pauseMs: FIRST_PAUSE_MS, leftOut: 0 });
      return 0;
    }
    known.line = line;
    if (nowMs - known.printedMs < known.pauseMs) {
      known.leftOut++;
      return null;
    }
    return told(known, nowMs);
  }

  /** What was left out of other lines; it is told with this, because one is about to be printed, or it is over. */
  untold(): { readonly line: Line; readonly leftOut: number }[] {
    const nowMs = this.#now();
    const untold = [...this.#lines.values()].filter(({ leftOut }) => leftOut > 0);
    const lines = untold.map((each) => ({ line: each.line, leftOut: told(each, nowMs) }));
    this.#forgetOldest();
    return lines;
  }

  #forgetOldest(): void {
    for (const key of this.#lines.keys()) {
      if (this.#lines.size <= MAX_LINES) return;
      this.#lines.delete(key);
    }
  }
}

/** It is printed: how often it was left out before. */
function told(repeated: Repeated<unknown>, nowMs: number): number {
  const { leftOut } = repeated;
  // one that had stopped and comes back is news
  repeated.pauseMs = leftOut === 0 ? FIRST_PAUSE_MS : Math.min(2 * repeated.pauseMs, LONGEST_PAUSE_MS);
  repeated.printedMs = nowMs;
  repeated.leftOut = 0;
  return leftOut;
}
