/**
 * JSON as Python writes and reads it (protocol.md section 2), in both directions without loss.
 *
 * The engine's own `JSON` does the work wherever it can be exact. A second, slower reader and writer
 * (python-json.ts) take over for what it would round, refuse or leave out: integers beyond 2^53, `NaN` and the
 * infinities. Whether they are needed is decided by looking at the values, not at the text: the text may be a single
 * string of 16 MiB.
 */

import type { JsonValue } from '../protocol/message.js';
import { DEFAULT_MAX_DEPTH, DecodeError } from './codec.js';
import { endOfString, parsePythonJson, stringifyPythonJson } from './python-json.js';

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
  if (text.length > 2 * maxDepth && isDeeperThan(text, maxDepth)) throw tooDeep(maxDepth);
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return parsePythonJson(text, maxDepth);
  }
  return mayBeRounded(value) ? parsePythonJson(text, maxDepth) : value;
}

/**
 * Counts brackets outside of strings before anything is built from them: a text of 16 MiB of `[` would otherwise
 * become half a gigabyte of arrays.
 */
function isDeeperThan(text: string, maxDepth: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22 /* " */:
        i = endOfString(text, i);
        break;
      case 0x5b /* [ */:
      case 0x7b /* { */:
        if (++depth > maxDepth) return true;
        break;
      case 0x5d /* ] */:
      case 0x7d /* } */:
        depth--;
        break;
    }
  }
  return false;
}

/** Whether the engine may have rounded a number; how deep the value is nested has been checked. */
function mayBeRounded(value: JsonValue): boolean {
  if (typeof value === 'number') {
    // 1.5e300 is not a safe integer either; reading such a text a second time costs time, not correctness
    return !Number.isSafeInteger(value) && isIntegerOrInfinite(value);
  }
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) {
    for (const item of value) if (mayBeRounded(item)) return true;
    return false;
  }
  for (const key of Object.keys(value)) if (mayBeRounded(value[key] as JsonValue)) return true;
  return false;
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
 * @param value what `JSON.stringify` takes, and `bigint`, which becomes an integer; a number beyond 2^53 is written
 *   with a fraction or exponent, because its plain digits would be read as a different integer
 * @param options `allowNan` and `maxDepth`
 * @throws TypeError that names the place of what JSON cannot carry: undefined at the top, functions, symbols, `Map`
 *   and `Set`, circular structures, anything nested deeper than `maxDepth`, and `NaN` and the infinities unless allowed
 *
 * @example
 * ```ts
 * import { stringifyJson } from 'socket-protocol/wire';
 *
 * console.log(stringifyJson({ at: 1700000000123456789n })); // {"at":1700000000123456789}
 * ```
 */
export function stringifyJson(value: unknown, options: StringifyOptions = {}): string {
  if (typeof value === 'string' || value === null || isPlain(value, options.maxDepth ?? DEFAULT_MAX_DEPTH)) {
    return JSON.stringify(value);
  }
  return stringifyPythonJson(value, options.allowNan ?? false, options.maxDepth ?? DEFAULT_MAX_DEPTH);
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
  if (depthLeft === 0) return false;
  if (Array.isArray(value)) {
    if (Object.hasOwn(value, 'toJSON')) return false;
    for (let i = 0; i < value.length; i++) if (!isPlain(value[i], depthLeft - 1)) return false;
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key of Object.keys(value)) {
    if (!isPlain((value as Record<string, unknown>)[key], depthLeft - 1)) return false;
  }
  return !('toJSON' in value);
}
