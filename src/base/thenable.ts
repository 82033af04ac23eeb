/**
 * Whether a value is a promise, of any implementation.
 *
 * @param value what a callback returned, for example
 * @throws what a getter of the name `then` throws
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
