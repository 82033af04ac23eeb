/**
 * JSON as Python writes and reads it (protocol.md section 2), in both directions without loss.
 *
 * The engine's own `JSON` does the work wherever it can be exact. A second, slower reader and writer
 * (python-json.ts, json-writer.ts) take over for what it would round, refuse or leave out: integers beyond 2^53, `NaN` and the
 * infinities. Whether they are needed is decided by a look at the values; a text that is nearly all brackets is looked at itself,
 * before anything is made of it.
 */

import type { JsonValue } from '../protocol/message.js';
import { DEFAULT_MAX_DEPTH, DecodeError } from './codec.js';
import { lossInArray, lossInNames } from './json-losses.js';
import { stringifyPythonJson } from './json-writer.js';
import { checkPythonJson, endOfString, parsePythonJson } from './python-json.js';

/**
 * Reads a JSON text.
 *
 * @param text the text; Python's `NaN`, `Infinity` and `-Infinity` are read as numbers, integers beyond 2^53 as `bigint`
 * @param maxDepth how deep arrays and objects may be nested
 * @throws DecodeError with the reason `json`, `number` or `depth`
 *
 * @example
 * ```ts
 * import { parseJson } from 'socket-protocol/wire';
 *
 * console.log(parseJson('[1700000000123456789, NaN]')); // [ 1700000000123456789n, NaN ]
 * ```
 */
export function parseJson(text: string, maxDepth: number = DEFAULT_MAX_DEPTH): JsonValue {
  return parse(text, maxDepth, false);
}

/**
 * As `parseJson`, for a text of which a part was refused already: it is probably broken, so it is checked before anything is
 * made of it.
 *
 * @throws DecodeError with the reason `json`, `number` or `depth`
 */
export function parseDoubtfulJson(text: string, maxDepth: number): JsonValue {
  return parse(text, maxDepth, true);
}

function parse(text: string, maxDepth: number, isDoubtful: boolean): JsonValue {
  const isLong = isLongFor(text, maxDepth);
  const isDense = isLong && hasManyBrackets(text, maxDepth);
  if (isDense && lookThrough(text, maxDepth) === 'too deep') throw tooDeep(maxDepth);
  if (isLong && isDoubtful) checkPythonJson(text, maxDepth);
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    // most texts that the engine refuses are broken, and that is found out faster if nothing is kept of them
    if (isLong && !isDoubtful) checkPythonJson(text, maxDepth);
    return parsePythonJson(text, maxDepth);
  }
  switch (inspect(text, value, maxDepth)) {
    case 'exact':
      return value;
    case 'rounded':
      return parsePythonJson(text, maxDepth);
    case 'too deep':
      throw tooDeep(maxDepth);
  }
}

/**
 * Reads a part of a text as JSON, if the engine can.
 *
 * @returns undefined where the part is no JSON by itself, or nested too deeply
 */
export function parseIfPlainJson(text: string, maxDepth: number): JsonValue | undefined {
  const isDense = isLongFor(text, maxDepth) && hasManyBrackets(text, maxDepth);
  if (isDense && lookThrough(text, maxDepth) === 'too deep') return undefined;
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
  switch (inspect(text, value, maxDepth)) {
    case 'exact':
      return value;
    case 'rounded':
      return parsePythonJson(text, maxDepth);
    case 'too deep':
      return undefined;
  }
}

type Verdict = 'exact' | 'rounded' | 'too deep';

/** Whether a text is longer than the deepest brackets that it may have. */
function isLongFor(text: string, maxDepth: number): boolean {
  return text.length > 2 * maxDepth;
}

/** With no more than one bracket for so many characters, what is made of a text is in proportion to it. */
const CHARACTERS_PER_BRACKET = 8;

/** Whether a text, read as it is, could become far more memory than it is long: 16 MiB of `[` would be half a gigabyte of arrays. */
function hasManyBrackets(text: string, maxDepth: number): boolean {
  const few = Math.max(maxDepth, text.length / CHARACTERS_PER_BRACKET);
  let brackets = 0;
  for (const bracket of ['[', '{']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      if (++brackets > few) return true;
    }
  }
  return false;
}

/** Shorter integers are exact in any case. */
const ROUNDED_FROM_DIGITS = 16;
const ZERO = 0x30;
const NINE = 0x39;

/** Counts brackets outside of strings before anything is made of them, and looks for digits of which a double holds too few. */
function lookThrough(text: string, maxDepth: number): Verdict {
  let depth = 0;
  let verdict: Verdict = 'exact';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= ZERO && code <= NINE) {
      const start = i;
      while (text.charCodeAt(i + 1) >= ZERO && text.charCodeAt(i + 1) <= NINE) i++;
      if (i + 1 - start >= ROUNDED_FROM_DIGITS) verdict = 'rounded';
      continue;
    }
    switch (code) {
      case 0x22 /* " */:
        i = endOfString(text, i);
        break;
      case 0x5b /* [ */:
      case 0x7b /* { */:
        if (++depth > maxDepth) return 'too deep';
        break;
      case 0x5d /* ] */:
      case 0x7d /* } */:
        depth--;
        break;
    }
  }
  return verdict;
}

/** What the engine has made of a text. */
function inspect(text: string, value: JsonValue, maxDepth: number): Verdict {
  const verdict = inspectParsed(value, maxDepth);
  // 1.5e300 is no safe integer either: the text tells, and is read a second time only where digits may be lost
  return verdict === 'rounded' && isLongFor(text, maxDepth) ? lookThrough(text, maxDepth) : verdict;
}

function inspectParsed(value: JsonValue, depthLeft: number): Verdict {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) || !isIntegerOrInfinite(value) ? 'exact' : 'rounded';
  }
  if (typeof value !== 'object' || value === null) return 'exact';
  if (depthLeft === 0) return 'too deep';
  let worst: Verdict = 'exact';
  if (Array.isArray(value)) {
    for (const item of value) {
      const verdict = inspectParsed(item, depthLeft - 1);
      if (verdict === 'too deep') return verdict;
      if (verdict === 'rounded') worst = verdict;
    }
    return worst;
  }
  // the engine reads the members of such a loop in a third of the time that it takes to list their names
  for (const name in value) {
    const verdict = inspectParsed(value[name] as JsonValue, depthLeft - 1);
    if (verdict === 'too deep') return verdict;
    if (verdict === 'rounded') worst = verdict;
  }
  return worst;
}

function isIntegerOrInfinite(value: number): boolean {
  return Number.isInteger(value) || !Number.isFinite(value);
}

function tooDeep(maxDepth: number): DecodeError {
  return new DecodeError('depth', `expected at most ${maxDepth} nested arrays and objects, got more`);
}

/** Settings of {@link stringifyJson}. */
export interface StringifyOptions {
  /** Write `NaN` and the infinities as Python's tokens instead of throwing. */
  readonly allowNan?: boolean;
  /** How deep arrays and objects may be nested. */
  readonly maxDepth?: number;
}

/**
 * Writes a value as JSON text.
 *
 * What JSON would empty or change is refused, whatever realm it comes from; the instances of a class of your own are written by
 * their fields, and undefined is left out of an object and null in an array, as `JSON.stringify` does it.
 *
 * @param value what `JSON.stringify` takes, and `bigint`, which becomes an integer; a number beyond 2^53 is written
 *   with a fraction or exponent, because its plain digits would be read as a different integer
 * @param options `allowNan` and `maxDepth`
 * @throws TypeError that names the place of what JSON cannot carry: undefined at the top, functions, symbols, promises, errors,
 *   invalid dates, bytes, boxed primitives, `Map`, `Set` and other objects that JSON would write as `{}` although they hold
 *   something, circular structures, anything nested deeper than `maxDepth`, and `NaN` and the infinities unless allowed
 *
 * @example
 * ```ts
 * import { stringifyJson } from 'socket-protocol/wire';
 *
 * console.log(stringifyJson({ at: 1700000000123456789n })); // {"at":1700000000123456789}
 * ```
 */
export function stringifyJson(value: unknown, options: StringifyOptions = {}): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null) return JSON.stringify(value);
  const maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH;
  try {
    if (isPlain(value, maxDepth)) return JSON.stringify(value);
  } catch {
    // a getter threw: the other writer knows where
  }
  return stringifyPythonJson(value, options.allowNan ?? false, maxDepth);
}

/** A text this long is tried as it is: to read it is much faster than to write it. */
const LONG_TEXT = 256;
/** Where a text begins like this it is probably ASCII, and nothing in it is escaped; others are written faster than read. */
const PLAIN_BEGINNING = /^[ !#-[\]-~]{64}/;
/** What JSON escapes and texts are full of. A search is much cheaper than what is thrown. */
const OFTEN_ESCAPED = ['"', '\\', '\n', '\t', '\r'];

/** A text as `JSON.stringify` writes it. */
function quoted(text: string): string {
  const isTried =
    text.length >= LONG_TEXT &&
    PLAIN_BEGINNING.test(text) &&
    !OFTEN_ESCAPED.some((character) => text.includes(character)) &&
    text.isWellFormed();
  if (isTried) {
    const literal = `"${text}"`;
    try {
      JSON.parse(literal);
      return literal;
    } catch {
      // a control character
    }
  }
  return JSON.stringify(text);
}

/** Whether `JSON.stringify` writes exactly this value and would neither round, omit, replace nor fail. */
function isPlain(value: unknown, depthLeft: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value));
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depthLeft === 0 || (value as { toJSON?: unknown }).toJSON !== undefined) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value)) {
    if (prototype !== Array.prototype) return false;
    if (value.length === 0) return lossInArray(value) === null;
    for (let i = 0; i < value.length; i++) if (!isPlain(value[i], depthLeft - 1)) return false;
    return true;
  }
  if (prototype !== Object.prototype && prototype !== null) return false;
  let isEmpty = true;
  // such a loop costs a third of a list of the names; what it shows of a prototype's is harmless
  for (const name in value) {
    if (isEmpty && lossInNames(value, name) !== null) return false;
    isEmpty = false;
    if (!isPlain((value as Record<string, unknown>)[name], depthLeft - 1)) return false;
  }
  // not enumerable, or a symbol: JSON would show nothing of it
  return !isEmpty || Reflect.ownKeys(value).length === 0;
}
