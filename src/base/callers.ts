/**
 * Stacks that lead to the caller, of errors that are made long after the call: in a timer, or when bytes come.
 *
 * A stack is what runs when an error is made. In the turn of a promise V8 adds who awaits it, so the error of a request is made
 * in such a turn, which costs nothing where no error is made. Who calls is recorded only now and then: with each request it
 * would take a quarter of its time (docs/decisions/stacks.md).
 */

/** Who called a function; its text is made when it is read. */
export interface Callers {
  readonly stack: string;
}

/** Any function; it is not called. */
export type Callee = (...args: never) => unknown;

/**
 * Records who calls a function, and who awaits that.
 *
 * @param callee a function that runs
 */
export function callersOf(callee: Callee): Callers {
  const callers = { stack: '' };
  Error.captureStackTrace(callers, callee);
  return callers;
}

/** After a pause like this the program has time for a recording. */
const PAUSE_MS = 5;
/** Without a pause, one recording takes as long as ten requests: like this, a thousandth of the time. */
const RECORDED_EVERY_MS = 50;
let calledMs = Number.NEGATIVE_INFINITY;
let recordedMs = Number.NEGATIVE_INFINITY;

/** Records who calls a function that may be called very often: after a pause each time, else now and then; undefined otherwise. */
export function callersNowAndThen(callee: Callee, nowMs: number): Callers | undefined {
  const isAfterPause = Math.abs(nowMs - calledMs) >= PAUSE_MS;
  calledMs = nowMs;
  if (!isAfterPause && Math.abs(nowMs - recordedMs) < RECORDED_EVERY_MS) return undefined;
  recordedMs = nowMs;
  return callersOf(callee);
}

/**
 * Adds to the stack of an error, below what it has, who called: it was made elsewhere, or so deep that its own stack ends
 * before it gets there.
 *
 * @param thrown anything; what is no error, or cannot be changed, stays as it is
 */
export function withCallers(thrown: unknown, callers: Callers): unknown {
  try {
    const error = thrown as { stack?: unknown };
    if (typeof error.stack !== 'string') return thrown;
    const { stack } = error;
    const [, ...lines] = callers.stack.split('\n');
    const missing = lines.filter((line) => !stack.includes(line));
    if (missing.length > 0) error.stack = [stack, ...missing].join('\n');
  } catch {
    // frozen, or hostile
  }
  return thrown;
}

/**
 * Rejects with an error that is made once it is known who awaits it, so that its stack leads there: resolve the caller's promise
 * with this one. Once for each promise: a second error would be an unhandled rejection, which ends the process.
 *
 * @param make makes the error, from what is known now
 * @param callers who called, where that was recorded
 */
export async function lateError(make: () => unknown, callers?: () => Callers | undefined): Promise<never> {
  // in the first turn the caller's promise learns of this one, in the second it begins to wait for it
  await undefined;
  await undefined;
  const error = make();
  const recorded = callers?.();
  throw recorded === undefined ? error : withCallers(error, recorded);
}

/**
 * Rejects with the reason for which something was cancelled, as `lateError`. A reason that the platform made gets the stack of the
 * caller; one that the program made stays as it is.
 *
 * @param reason anything; it stays what it is
 */
export function lateReason(reason: unknown, callers: () => Callers | undefined): Promise<never> {
  const isOfPlatform = Object.prototype.toString.call(reason) === '[object DOMException]';
  if (!isOfPlatform) return Promise.reject(reason);
  return lateError(() => withCallers(reason, callersOf(lateError)), callers);
}
