/** Turns thrown values, which may be anything, into texts, errors and warnings. */

/**
 * A thrown value as text, with its stack where it has one.
 *
 * @param thrown anything, also what has no text
 */
export function textOfThrown(thrown: unknown): string {
  try {
    return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  } catch {
    return 'something that has no text';
  }
}

/**
 * A thrown value as an error.
 *
 * @param thrown anything
 */
export function errorOfThrown(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(textOfThrown(thrown));
}

/**
 * Warns the process of a fault that has nowhere else to go.
 *
 * @param what what threw, as the beginning of the sentence
 * @param thrown what it threw
 */
export function warnOfThrown(what: string, thrown: unknown): void {
  process.emitWarning(`${what}: ${errorOfThrown(thrown).message}`, 'SocketProtocolWarning');
}
