/** Results that know why they are late. */

const explanations = new WeakMap<object, () => Error | undefined>();

/**
 * Says what the error is, should a result of a callback not come in time.
 *
 * @param result a promise that the callback returns, as it is: one that is made of it is another
 * @param explain called when the time is over, once at most; undefined: it is just late
 */
export function explainWhenOverdue(result: object, explain: () => Error | undefined): void {
  explanations.set(result, explain);
}

/** What a result that has not come in time is waiting for; undefined where nobody has said. */
export function overdueErrorOf(result: unknown): Error | undefined {
  return explanations.get(result as object)?.();
}
