/** What both codecs share: the limits of the fields, and text on its way from and to bytes. */

import { isUtf8 } from 'node:buffer';
import { DecodeError } from './codec.js';

/** The largest id or status that a double holds exactly. */
export const MAX_ID = Number.MAX_SAFE_INTEGER;
/** The largest id or status of struct_json. */
export const MAX_ID_32 = 0xffff_ffff;

const REPLACEMENT = '\ufffd';

/**
 * Checks an id or status before sending.
 *
 * @throws RangeError that names the field and its range
 */
export function assertId(value: unknown, field: string, max: number): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`expected ${field} to be an integer from 0 to ${max}, got ${describe(value)}`);
  }
}

/** Whether a field that came in is an id or status of protocol.md section 5, rule 2. */
export function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/**
 * Describes a value for an error text; never shows a string, which may be confidential or forged.
 *
 * @param value anything
 */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      return 'an object';
    default:
      return `a ${typeof value}`;
  }
}

/**
 * Reads bytes as UTF-8.
 *
 * @throws DecodeError with the reason `encoding` if it is not UTF-8 or starts with a byte-order mark
 */
export function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (text.includes(REPLACEMENT) && !isUtf8(bytes)) {
    throw new DecodeError('encoding', 'expected UTF-8, got bytes that are not');
  }
  if (text.charCodeAt(0) === 0xfeff) {
    throw new DecodeError('encoding', 'expected UTF-8 without a byte-order mark, got one');
  }
  return text;
}
