/**
 * The exact reader and writer behind json.ts: all of JSON, plus what Python's `json` adds to it (`NaN`, `Infinity`,
 * `-Infinity`) and what JavaScript takes away from it (integers beyond 2^53).
 */

import type { JsonValue } from '../protocol/message.js';
import { DecodeError, MAX_INTEGER_DIGITS } from './codec.js';

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WHITESPACE = /[ \t\n\r]*/y;

const PYTHON_TOKENS: readonly (readonly [string, JsonValue])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];

/**
 * Reads a JSON text exactly, as `parseJson` describes it.
 *
 * @throws DecodeError with the reason `json`, `number` or `depth`
 */
export function parsePythonJson(text: string, maxDepth: number): JsonValue {
  const reader = new Reader(text, maxDepth);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  #at = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  value(depth: number): JsonValue {
    this.#skipWhitespace();
    switch (this.#text[this.#at]) {
      case '"':
        return this.#string();
      case '[':
        return this.#array(this.#descend(depth));
      case '{':
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

  end(): void {
    this.#skipWhitespace();
    if (this.#at < this.#text.length) throw this.#unexpected('the end');
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

  #array(depth: number): JsonValue[] {
    const items: JsonValue[] = [];
    this.#at++;
    if (this.#takes(']')) return items;
    do items.push(this.value(depth));
    while (this.#takes(','));
    this.#expect(']', 'a comma or "]"');
    return items;
  }

  #object(depth: number): { [key: string]: JsonValue } {
    const members: { [key: string]: JsonValue } = {};
    this.#at++;
    if (this.#takes('}')) return members;
    do {
      this.#skipWhitespace();
      if (this.#text[this.#at] !== '"') throw this.#unexpected('a key in double quotes');
      const key = this.#string();
      this.#expect(':', '":"');
      const value = this.value(depth);
      if (key === '__proto__') {
        // as JSON.parse: a member like any other, never the prototype
        Object.defineProperty(members, key, { value, enumerable: true, configurable: true, writable: true });
      } else {
        members[key] = value;
      }
    } while (this.#takes(','));
    this.#expect('}', 'a comma or "}"');
    return members;
  }

  /**
   * Finds the end by its quote and leaves the rest to the engine. No regular expression: one that knows the escapes
   * backtracks, and 40 bytes of a string that does not end would take minutes.
   */
  #string(): string {
    const end = endOfString(this.#text, this.#at) + 1;
    try {
      const value = JSON.parse(this.#text.slice(this.#at, end)) as string;
      this.#at = end;
      return value;
    } catch {
      throw this.#unexpected('a string that ends and escapes what it must');
    }
  }

  #number(): number | bigint {
    NUMBER.lastIndex = this.#at;
    const literal = NUMBER.exec(this.#text)?.[0];
    if (literal === undefined) throw this.#unexpected('a value');
    this.#at += literal.length;
    const value = Number(literal);
    if (Number.isSafeInteger(value) || !/^-?\d+$/.test(literal)) return value;
    const digits = literal.startsWith('-') ? literal.length - 1 : literal.length;
    if (digits > MAX_INTEGER_DIGITS) {
      throw new DecodeError(
        'number',
        `expected integers of at most ${MAX_INTEGER_DIGITS} digits, got ${digits}`,
      );
    }
    return BigInt(literal);
  }

  #takes(character: string): boolean {
    this.#skipWhitespace();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string, expected: string): void {
    if (!this.#takes(character)) throw this.#unexpected(expected);
  }

  #skipWhitespace(): void {
    WHITESPACE.lastIndex = this.#at;
    WHITESPACE.exec(this.#text);
    this.#at = WHITESPACE.lastIndex;
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

/**
 * Writes a value exactly, as `stringifyJson` describes it.
 *
 * @throws TypeError that names the place of what JSON cannot carry
 */
export function stringifyPythonJson(value: unknown, allowNan: boolean, maxDepth: number): string {
  const text = new Writer(allowNan, maxDepth).write(value, '', 'data');
  if (text === undefined) throw new TypeError('expected data that JSON can carry, got undefined');
  return text;
}

class Writer {
  readonly #allowNan: boolean;
  readonly #maxDepth: number;
  readonly #open: object[] = [];

  constructor(allowNan: boolean, maxDepth: number) {
    this.#allowNan = allowNan;
    this.#maxDepth = maxDepth;
  }

  /** The text, or undefined for what `JSON.stringify` leaves out of an object. */
  write(value: unknown, key: string, path: string): string | undefined {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return JSON.stringify(value);
      case 'bigint':
        return String(value);
      case 'number':
        return this.#number(value, path);
      case 'undefined':
        return undefined;
      case 'object':
        return value === null ? 'null' : this.#compound(value, key, path);
      default:
        throw new TypeError(`expected ${path} to be JSON, got a ${typeof value}`);
    }
  }

  #number(value: number, path: string): string {
    if (Number.isFinite(value)) {
      const text = JSON.stringify(value);
      return Number.isInteger(value) && !Number.isSafeInteger(value) && !text.includes('e')
        ? `${text}.0`
        : text;
    }
    if (this.#allowNan) return String(value); // Python's tokens happen to be JavaScript's names
    throw new TypeError(
      `expected ${path} to be a finite number, got ${value} (the option allowNan sends it)`,
    );
  }

  #compound(value: object, key: string, path: string): string | undefined {
    if (value instanceof Map || value instanceof Set) {
      throw new TypeError(`expected ${path} to be JSON, got a ${value instanceof Map ? 'Map' : 'Set'}`);
    }
    if (value instanceof Number || value instanceof String || value instanceof Boolean) {
      return this.write(value.valueOf(), key, path);
    }
    if (this.#open.includes(value))
      throw new TypeError(`expected ${path} to be JSON, got a circular structure`);
    if (this.#open.length >= this.#maxDepth) {
      throw new TypeError(
        `expected at most ${this.#maxDepth} nested arrays and objects, got more at ${path}`,
      );
    }
    this.#open.push(value);
    const text = this.#members(value, key, path);
    this.#open.pop();
    return text;
  }

  #members(value: object, key: string, path: string): string | undefined {
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      return this.write(value.toJSON(key), key, path);
    }
    if (Array.isArray(value)) {
      const items = Array.from(value, (item, i) => this.write(item, String(i), `${path}[${i}]`) ?? 'null');
      return `[${items.join(',')}]`;
    }
    const members: string[] = [];
    for (const [name, member] of Object.entries(value)) {
      const text = this.write(member, name, `${path}.${name}`);
      if (text !== undefined) members.push(`${JSON.stringify(name)}:${text}`);
    }
    return `{${members.join(',')}}`;
  }
}
