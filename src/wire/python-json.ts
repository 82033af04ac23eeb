/**
 * The exact reader behind json.ts (the writer is json-writer.ts): all of JSON, plus what Python's `json` adds to it (`NaN`, `Infinity`,
 * `-Infinity`) and what JavaScript takes away from it (integers beyond 2^53).
 */

import type { JsonValue } from '../protocol/message.js';
import { DecodeError, MAX_INTEGER_DIGITS } from './codec.js';

const PYTHON_TOKENS: readonly (readonly [string, JsonValue])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** What may follow a backslash, besides `u` and four hex digits. */
const ESCAPED = new Set([...'"\\/bfnrt'].map((character) => character.charCodeAt(0)));
/** With its quotes. A part of a text that is longer than this would keep the whole text in memory. */
const SHORT_LITERAL = 14;
const HEX_DIGITS = /[\da-fA-F]{4}/y;

/**
 * Reads a JSON text exactly, as `parseJson` describes it.
 *
 * @throws DecodeError with the reason `json`, `number` or `depth`
 */
export function parsePythonJson(text: string, maxDepth: number): JsonValue {
  return new Reader(text, maxDepth, true).whole();
}

/**
 * Reads a JSON text and keeps nothing of it, which takes a fraction of the time: for a text that is probably broken.
 *
 * @throws DecodeError, the same as `parsePythonJson`
 */
export function checkPythonJson(text: string, maxDepth: number): void {
  new Reader(text, maxDepth, false).whole();
}

class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  /** Whether values are made; if not, each is null. */
  readonly #builds: boolean;
  #at = 0;

  constructor(text: string, maxDepth: number, builds: boolean) {
    this.#text = text;
    this.#maxDepth = maxDepth;
    this.#builds = builds;
  }

  whole(): JsonValue {
    const value = this.#value(0);
    this.#skipWhitespace();
    if (this.#at < this.#text.length) throw this.#unexpected('the end');
    return value;
  }

  #value(depth: number): JsonValue {
    this.#skipWhitespace();
    const code = this.#text.charCodeAt(this.#at);
    if (isDigit(code)) return this.#number();
    switch (code) {
      case QUOTE:
        return this.#string();
      case OPENING_BRACKET:
        return this.#array(this.#descend(depth));
      case OPENING_BRACE:
        return this.#object(this.#descend(depth));
    }
    for (const [token, value] of PYTHON_TOKENS) {
      if (this.#text.startsWith(token, this.#at)) {
        this.#at += token.length;
        return value;
      }
    }
    return this.#number();
  }

  #descend(depth: number): number {
    if (depth >= this.#maxDepth) {
      throw new DecodeError(
        'depth',
        `expected at most ${this.#maxDepth} nested arrays and objects, got more`,
      );
    }
    return depth + 1;
  }

  #array(depth: number): JsonValue[] | null {
    const items: JsonValue[] | null = this.#builds ? [] : null;
    this.#at++;
    if (this.#takes(CLOSING_BRACKET)) return items;
    do {
      const item = this.#value(depth);
      if (items !== null) items.push(item);
    } while (this.#takes(COMMA));
    this.#expect(CLOSING_BRACKET, 'a comma or "]"');
    return items;
  }

  #object(depth: number): { [key: string]: JsonValue } | null {
    const members: { [key: string]: JsonValue } | null = this.#builds ? {} : null;
    this.#at++;
    if (this.#takes(CLOSING_BRACE)) return members;
    do {
      this.#skipWhitespace();
      if (this.#text.charCodeAt(this.#at) !== QUOTE) throw this.#unexpected('a key in double quotes');
      const key = this.#string();
      this.#expect(COLON, '":"');
      const value = this.#value(depth);
      if (members === null || key === null) continue;
      if (key === '__proto__') {
        // as JSON.parse: a member like any other, never the prototype
        Object.defineProperty(members, key, { value, enumerable: true, configurable: true, writable: true });
      } else {
        members[key] = value;
      }
    } while (this.#takes(COMMA));
    this.#expect(CLOSING_BRACE, 'a comma or "}"');
    return members;
  }

  /**
   * Finds the end by its quote and leaves the rest to the engine. No regular expression: one that knows the escapes
   * backtracks, and 40 bytes of a string that does not end would take minutes.
   */
  #string(): string | null {
    const start = this.#at;
    const end = endOfString(this.#text, start) + 1;
    if (!this.#builds) {
      if (!this.#isString(end)) throw this.#unexpected(A_STRING);
      this.#at = end;
      return null;
    }
    if (end - start <= SHORT_LITERAL && this.#isPlain(end)) {
      this.#at = end;
      return this.#text.slice(start + 1, end - 1);
    }
    try {
      const value = JSON.parse(this.#text.slice(this.#at, end)) as string;
      this.#at = end;
      return value;
    } catch {
      throw this.#unexpected(A_STRING);
    }
  }

  /** Whether the string from here to `end` has no escapes, and nothing that needs one. */
  #isPlain(end: number): boolean {
    if (end > this.#text.length) return false;
    for (let at = this.#at + 1; at < end - 1; at++) {
      const code = this.#text.charCodeAt(at);
      if (code < SPACE || code === BACKSLASH) return false;
    }
    return true;
  }

  /** Whether the engine would take what is from here to `end` for a string. */
  #isString(end: number): boolean {
    const text = this.#text;
    if (end > text.length) return false;
    for (let at = this.#at + 1; at < end - 1; at++) {
      const code = text.charCodeAt(at);
      if (code < SPACE) return false;
      if (code !== BACKSLASH) continue;
      at++;
      if (ESCAPED.has(text.charCodeAt(at))) continue;
      HEX_DIGITS.lastIndex = at + 1;
      if (text[at] !== 'u' || !HEX_DIGITS.test(text)) return false;
      at += 4;
    }
    return true;
  }

  #number(): number | bigint {
    const start = this.#at;
    const digits = this.#integer();
    if (digits === 0) throw this.#unexpected('a value');
    const isInteger = !this.#fraction();
    if (isInteger && digits > MAX_INTEGER_DIGITS) {
      throw new DecodeError(
        'number',
        `expected integers of at most ${MAX_INTEGER_DIGITS} digits, got ${digits}`,
      );
    }
    if (!this.#builds) return 0;
    const literal = this.#text.slice(start, this.#at);
    const value = Number(literal);
    return Number.isSafeInteger(value) || !isInteger ? value : BigInt(literal);
  }

  /** Goes to the end of an integer; returns how many digits it has, 0 where there is none. */
  #integer(): number {
    const text = this.#text;
    let at = this.#at;
    if (text.charCodeAt(at) === MINUS) at++;
    const start = at;
    // a zero in front of other digits is a number by itself
    if (text.charCodeAt(at) === ZERO) at++;
    else while (isDigit(text.charCodeAt(at))) at++;
    if (at > start) this.#at = at;
    return at - start;
  }

  /** Goes to the end of a fraction and of an exponent; false where there is neither. */
  #fraction(): boolean {
    const text = this.#text;
    const start = this.#at;
    if (text.charCodeAt(start) === POINT) this.#digitsFrom(start + 1);
    const letter = text[this.#at];
    if (letter === 'e' || letter === 'E') {
      const sign = text.charCodeAt(this.#at + 1);
      this.#digitsFrom(this.#at + (sign === PLUS || sign === MINUS ? 2 : 1));
    }
    return this.#at > start;
  }

  /** Goes to the end of the digits at a place, if there are any. */
  #digitsFrom(start: number): void {
    let at = start;
    while (isDigit(this.#text.charCodeAt(at))) at++;
    if (at > start) this.#at = at;
  }

  #takes(code: number): boolean {
    this.#skipWhitespace();
    if (this.#text.charCodeAt(this.#at) !== code) return false;
    this.#at++;
    return true;
  }

  #expect(code: number, expected: string): void {
    if (!this.#takes(code)) throw this.#unexpected(expected);
  }

  #skipWhitespace(): void {
    while (isWhitespace(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  /** Says where and what kind of character stands there; the text itself may be confidential and stays out. */
  #unexpected(expected: string): DecodeError {
    const got = this.#at < this.#text.length ? 'something else' : 'the end';
    return new DecodeError(
      'json',
      `expected ${expected} at character ${this.#at} of the JSON text, got ${got}`,
      this.#at,
    );
  }
}

const A_STRING = 'a string that ends and escapes what it must';

/** Whether a character is a digit; past the end of a text there is `NaN`, which is none. */
function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function isWhitespace(code: number): boolean {
  return code === SPACE || code === LINE_FEED || code === CARRIAGE_RETURN || code === TAB;
}

/**
 * Where a string literal ends.
 *
 * @param text a JSON text
 * @param start the index of the opening quote
 * @returns the index of the closing quote, or the text's length where there is none
 */
export function endOfString(text: string, start: number): number {
  let quote = start;
  for (;;) {
    quote = text.indexOf('"', quote + 1);
    if (quote === -1) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return quote;
  }
}
