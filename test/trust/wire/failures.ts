import { replayLine } from '../stage.js';

/** As many failures as a reader reads; the rest is only counted. */
const MAX_LINES = 10;
const MAX_LINE_LENGTH = 600;

/** What failed for one figure. */
export class Failures {
  readonly lines: string[] = [];
  count = 0;
  readonly #figure: string;

  constructor(figure: string) {
    this.#figure = figure;
  }

  /** @param seed the case's seed; the base seed where every case runs whatever the seed is */
  add(seed: number, what: string): void {
    this.count++;
    if (this.lines.length < MAX_LINES) this.lines.push(`${cut(what)}; ${replayLine(this.#figure, seed)}`);
  }
}

function cut(text: string): string {
  return text.length <= MAX_LINE_LENGTH ? text : `${text.slice(0, MAX_LINE_LENGTH)}…`;
}

/** `1,234,567`. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
