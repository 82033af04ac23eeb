/**
 * Whether a value is a promise, of any implementation and any realm. Never throws: a value that throws when it is asked for
 * `then` counts as one, because awaiting it rejects with what it threw.
 *
 * @param value what a callback returned, for example
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  try {
    return typeof (value as { then?: unknown }).then === 'function';
  } catch {
    return true;
  }
}
