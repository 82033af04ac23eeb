/** Checks of what a user passes in; each throws an OptionError with the name of the option, what it may be, what it was. */

import { OptionError } from '../protocol/errors.js';
import { copyOfBytes } from './bytes.js';
import { isThenable } from './thenable.js';

/** The longest time-out that a timer of Node keeps: a longer one would fire at once. */
export const MAX_TIMEOUT_MS = 0x7fff_ffff;

/** A wrong value, for an error text. The characters of a text are left out: it may be a secret in the wrong place. */
export function describeValue(value: unknown): string {
  const isShown = /^(?:number|bigint|boolean)$/.test(typeof value);
  return isShown ? String(value) : describeKind(value);
}

/** What kind of value it is, for an error text that must not show the value. */
export function describeKind(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return 'an array';
  if (ArrayBuffer.isView(value)) return 'bytes';
  if (isThenable(value)) return 'a promise (is an await missing?)';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/**
 * A time-out in milliseconds.
 *
 * @throws OptionError for anything but a number from `least` to 2^31 - 1
 */
export function timeoutOption(option: string, value: unknown, fallback: number, least = 0): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !(value >= least) || value > MAX_TIMEOUT_MS) {
    throw new OptionError(option, `milliseconds from ${least} to ${MAX_TIMEOUT_MS}`, describeValue(value));
  }
  return value;
}

/** The numbers that an option takes. */
export interface Range {
  readonly least: number;
  readonly most: number;
  /** Whether Infinity is one of them: the limit can be lifted. */
  readonly mayBeInfinite: boolean;
}

/**
 * An integer.
 *
 * @throws OptionError for anything but an integer in the range
 */
export function integerOption(option: string, value: unknown, { least, most, mayBeInfinite }: Range): number {
  if (mayBeInfinite && value === Number.POSITIVE_INFINITY) return value;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
    const bounds = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new OptionError(option, `an integer ${bounds}`, describeValue(value));
  }
  return value;
}

/** Written as UTF-8 it would become another character, and the secret another one. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The shared secret as bytes, copied; a text is its UTF-8 bytes. The error never shows it.
 *
 * @param value a text, or bytes as `copyOfBytes` takes them
 * @throws OptionError for an empty secret, or anything but text and bytes
 */
export function secretOption(option: string, value: unknown): Buffer | null {
  if (value === null) return null;
  if (typeof value === 'string' && LONE_SURROGATE.test(value))
    throw new OptionError(option, 'text that UTF-8 can write', 'half of a surrogate pair');
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : copyOfBytes(value);
  if (bytes === null) throw new OptionError(option, 'a text or a Uint8Array', kindOfNoSecret(value));
  if (bytes.length === 0) throw new OptionError(option, 'at least one byte', 'none');
  return bytes;
}

/** Of other arrays the kind of their numbers is what is wrong with them. */
function kindOfNoSecret(value: unknown): string {
  if (!ArrayBuffer.isView(value)) return describeKind(value);
  return `one of type ${Object.prototype.toString.call(value).slice('[object '.length, -1)}`;
}

/**
 * A text that may be missing.
 *
 * @throws OptionError for an empty text, or anything but text, null and undefined
 */
export function textOption(option: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || value === '') {
    throw new OptionError(option, 'a text of at least one character', describeValue(value));
  }
  return value;
}

/**
 * A switch.
 *
 * @throws OptionError for anything but true and false
 */
export function switchOption(option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new OptionError(option, 'true or false', describeValue(value));
  return value;
}

/** Whether a value can hold options; a promise of them does not. */
export function isOptionsObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return (
    !NO_OPTIONS.test(Object.prototype.toString.call(value)) &&
    !ArrayBuffer.isView(value) &&
    !isThenable(value)
  );
}

/** What is easily taken for options, and has none of their names: a session would run without its secret. */
const NO_OPTIONS =
  /^\[object (Array|Arguments|Map|Set|WeakMap|WeakSet|Date|RegExp|Error|String|Number|Boolean)\]$/;
