/** The lines of a log with dumps of payloads, as `decode` reads them. */

const DUMP_HEAD = /\((\d+)\):(?= [\da-f]{2})/i;
const HEX = /[\da-f ]*/iy;
const ARROW = /\b(?:TX|RX) *(?:->|<-)/;
const BEGINS_WITH_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}: /;
const SAYS_NOTHING_YET = / - tcp_socket[^:]*:? ?$/;
const MORE_HEX = /^[\da-f\s]+(?:"\s*)?$/i;

/** A payload as the original logs it: `(3): 61 62 63`. */
export interface Dump {
  /** How many bytes the payload had. */
  readonly length: number;
  /** The bytes that are there. */
  readonly bytes: Buffer;
  /** How many digits are missing. */
  readonly missingDigits: number;
}

/** The dump in a line of a log; null if it has none. */
export function dumpIn(line: string): Dump | null {
  const head = DUMP_HEAD.exec(line);
  if (head === null) return null;
  HEX.lastIndex = head.index + head[0].length;
  const digits = (HEX.exec(line)?.[0] ?? '').replaceAll(' ', '');
  const length = Number(head[1]);
  // half a byte at the end is ignored
  return { length, bytes: Buffer.from(digits, 'hex'), missingDigits: 2 * length - digits.length };
}

/** A line of a log, and where it begins. */
export interface LogLine {
  readonly number: number;
  readonly text: string;
  /** The first dump in it. */
  readonly dump: Dump | null;
}

/** A line that may go on: the parts that have come, the dump in the first, and how many digits it still needs. */
interface Open {
  readonly number: number;
  readonly parts: string[];
  readonly dump: Dump | null;
  missingDigits: number;
}

/**
 * Puts the lines of a log together again that a terminal or a mail has wrapped: what is missing of a dump follows it. A line
 * that is whole is given away at once.
 */
export class LogLines {
  readonly #onLine: (line: LogLine) => void;
  #number = 0;
  #open: Open | null = null;

  constructor(onLine: (line: LogLine) => void) {
    this.#onLine = onLine;
  }

  /** Takes a line, without its end. */
  push(text: string): void {
    this.#number++;
    if (this.#open !== null && this.#goesOn(this.#open, text)) return;
    this.end();
    this.#begin(this.#number, text);
  }

  /** Ends the log. */
  end(): void {
    if (this.#open === null) return;
    const { number, parts, dump } = this.#open;
    this.#open = null;
    const text = parts.join('');
    this.#onLine({ number, text, dump: parts.length === 1 ? dump : dumpIn(text) });
  }

  #begin(number: number, text: string): void {
    const dump = dumpIn(text);
    const missingDigits = dump?.missingDigits ?? 0;
    this.#open = { number, parts: [text], dump, missingDigits };
    const mayGoOn = dump === null ? BEGINS_WITH_TIME.test(text) : missingDigits > 0;
    if (!mayGoOn) this.end();
  }

  #goesOn(open: Open, next: string): boolean {
    if (BEGINS_WITH_TIME.test(next)) return false;
    if (open.missingDigits > 0) {
      if (!MORE_HEX.test(next)) return false;
      open.parts.push(next);
      open.missingDigits -= digitsOf(next);
      if (open.missingDigits <= 0) this.end();
      return true;
    }
    // wrapped before the dump begins; a line with an arrow begins another one, unless this one has only its head so far
    const text = open.parts.join('');
    if (!DUMP_HEAD.test(text + next)) return false;
    if (ARROW.test(next) && !SAYS_NOTHING_YET.test(text)) return false;
    this.#begin(open.number, text + next);
    return true;
  }
}

function digitsOf(hex: string): number {
  return hex.replace(/[^\da-f]/gi, '').length;
}
