/** Checks what functions of the user's return. A promise is never right: nothing here waits for one. */

import { describeKind } from './options.js';
import { watchResult } from './user-code.js';

/**
 * A number that a function of the user's returned.
 *
 * @param what the function, for the error
 * @throws TypeError for anything else
 */
export function returnedNumber(what: string, value: unknown): number {
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  throw wrongResult(what, 'a number', value);
}

/**
 * The error for a function of the user's that returned something else than it must. Where that is a promise, nobody will wait
 * for it, so its rejection is handled here.
 *
 * @param what the function
 * @param expected what it must return
 */
export function wrongResult(what: string, expected: string, value: unknown): TypeError {
  let isPromise = false;
  try {
    isPromise = typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
  } catch {
    // it is something else, whatever it is
  }
  watchResult(value, () => {});
  const got = isPromise
    ? 'a promise, which it must not be'
    : Number.isNaN(value)
      ? 'NaN'
      : describeKind(value);
  return new TypeError(`${what} must return ${expected}; it returned ${got}`);
}
