/** Runs functions of the user's. One that rejects has failed like one that throws: both end at the same place. */

import { isThenable } from './thenable.js';
import { warnOfThrown } from './thrown.js';

/** Gets what was thrown, or what a promise was rejected with: anything, also null. */
export type Failed = (thrown: unknown) => void;

/**
 * Runs a function of the user's. Never throws, and leaves no rejection unhandled.
 *
 * @param run calls the function and returns what it returns
 * @param failed gets what it threw, at once, or what the promise that it returned was rejected with, later; called once at
 *   most
 */
export function runUserCode(run: () => unknown, failed: Failed): void {
  let result: unknown;
  try {
    result = run();
  } catch (error) {
    return tell(failed, error);
  }
  if (isThenable(result)) follow(result, failed);
}

/**
 * Handles the rejection of what a function of the user's has returned, if that is a promise. For calls so frequent that
 * they have a `try` of their own instead of {@link runUserCode}.
 *
 * @param result what it returned
 * @param failed gets what the promise was rejected with; called once at most, and never during this call
 */
export function watchResult(result: unknown, failed: Failed): void {
  if (isThenable(result)) follow(result, failed);
}

/**
 * What a promise of any implementation becomes, as a promise of ours.
 *
 * @param result may throw from `then` or settle twice; only the first counts
 */
export function promiseOf(result: unknown): Promise<unknown> {
  try {
    // most are one already
    if (result instanceof Promise && result.then === Promise.prototype.then) return Promise.resolve(result);
  } catch {
    // a getter of it throws; what follows calls getters too, and rejects
  }
  return new Promise((resolve) => resolve(result));
}

function follow(result: unknown, failed: Failed): void {
  promiseOf(result).then(undefined, (error: unknown) => tell(failed, error));
}

/** What deals with a failure must not become one. */
function tell(failed: Failed, thrown: unknown): void {
  try {
    failed(thrown);
  } catch (error) {
    warnOfThrown('what deals with failures of callbacks threw', error, 'SP_INTERNAL', { scope: failed });
  }
}
