/** Turns thrown values, which may be anything, into texts, errors and warnings. */

/**
 * Whether a value is an error, of whichever realm: another context or a simulated browser has classes of its own.
 *
 * @param value anything, also what throws when it is read
 */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || /^\[object (?:Error|DOMException)\]$/.test(tagOf(value));
  } catch {
    return false;
  }
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value);
}

/**
 * A thrown value as text, with its stack where it has one.
 *
 * @param thrown anything, also what has no text
 */
export function textOfThrown(thrown: unknown): string {
  try {
    return isError(thrown) ? (thrown.stack ?? thrown.message) : String(thrown);
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
  return isError(thrown) ? thrown : new Error(textOfThrown(thrown));
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
