/** Checks of what a program passes to the methods of a session. */

import { describeKind, describeValue } from '../base/options.js';
import { OptionError } from '../protocol/errors.js';

/**
 * A service id, a data id or a status.
 *
 * @param name the name of the argument, for the error
 * @throws OptionError for anything but an integer that a message can carry
 */
export function idArgument(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new OptionError(name, `an integer from 0 to ${Number.MAX_SAFE_INTEGER}`, describeValue(value));
}

/** As `idArgument`; null and undefined stand for any. */
export function idOrAnyArgument(name: string, value: unknown): number | null {
  return value === null || value === undefined ? null : idArgument(name, value);
}

/**
 * A text that may not be missing.
 *
 * @throws OptionError for anything but a text of at least one character
 */
export function textArgument(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new OptionError(name, 'a text of at least one character', describeValue(value));
}

/**
 * A function of the program.
 *
 * @throws OptionError for anything else
 */
export function functionArgument<F>(name: string, value: F): F {
  if (typeof value === 'function') return value;
  throw new OptionError(name, 'a function', describeKind(value));
}
