/** Checks of what a user passes in; each throws an OptionError that names the option, what was expected, what came. */

import { OptionError } from '../protocol/errors.js';

/** The longest time-out that a timer of Node keeps: a longer one would fire at once. */
export const MAX_TIMEOUT_MS = 0x7fff_ffff;

/** A short description of a value that must not be shown whole, for an error text. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return value.length > 60 ? 'a string' : JSON.stringify(value);
  if (typeof value === 'object') return 'an object';
  return typeof value === 'function' || typeof value === 'symbol' ? `a ${typeof value}` : String(value);
}

/**
 * A time-out in milliseconds.
 *
 * @throws OptionError for what is no number from 0 to 2^31 - 1
 */
export function timeoutOption(option: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !(value >= 0) || value > MAX_TIMEOUT_MS) {
    throw new OptionError(option, `milliseconds from 0 to ${MAX_TIMEOUT_MS}`, kindOf(value));
  }
  return value;
}

/**
 * A TCP port.
 *
 * @param lowest 0 where the system may choose one, else 1
 * @throws OptionError for what is no port
 */
export function portOption(value: unknown, lowest: 0 | 1): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < lowest || value > 0xffff) {
    throw new OptionError('port', `an integer from ${lowest} to 65535`, kindOf(value));
  }
  return value;
}

/**
 * A host name or address.
 *
 * @throws OptionError for what is no text
 */
export function hostOption(value: unknown, fallback: string): string {
  if (value === undefined) return fallback;
  if (typeof value !== 'string' || value === '')
    throw new OptionError('host', 'a host name or address', kindOf(value));
  return value;
}

/**
 * A whole number of something.
 *
 * @throws OptionError for what is no integer of at least `least` (Infinity is one where `mayBeInfinite`)
 */
export function countOption(
  option: string,
  value: unknown,
  fallback: number,
  least: number,
  mayBeInfinite = false,
): number {
  if (value === undefined) return fallback;
  if (mayBeInfinite && value === Number.POSITIVE_INFINITY) return value;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    throw new OptionError(option, `an integer of at least ${least}`, kindOf(value));
  }
  return value;
}

/**
 * The shared secret as bytes; a text is its UTF-8 bytes. The error never shows it.
 *
 * @throws OptionError for an empty secret, or what is neither text nor bytes
 */
export function secretOption(value: unknown): Buffer | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
    throw new OptionError('secret', 'a string or bytes', typeof value);
  }
  if (value.length === 0) throw new OptionError('secret', 'at least one byte', 'an empty one');
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : Buffer.from(value);
}

/**
 * A text that may be missing.
 *
 * @throws OptionError for what is neither text nor null nor undefined
 */
export function textOption(option: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || value === '')
    throw new OptionError(option, 'a text of at least one character', kindOf(value));
  return value;
}

/**
 * A switch.
 *
 * @throws OptionError for what is neither true nor false
 */
export function switchOption(option: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw new OptionError(option, 'true or false', kindOf(value));
  return value;
}

/**
 * A function, or an object with some methods.
 *
 * @throws OptionError for anything else
 */
export function objectOption(option: string, value: unknown, methods: readonly string[]): void {
  if (value === undefined) return;
  const holder = value as Record<string, unknown> | null;
  if (typeof holder !== 'object' && typeof holder !== 'function')
    throw new OptionError(option, 'an object', kindOf(value));
  for (const method of methods) {
    if (typeof holder?.[method] !== 'function') {
      throw new OptionError(option, `an object with the method ${method}`, 'one without');
    }
  }
}
