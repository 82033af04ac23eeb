/** Turns thrown values, which may be anything, into texts, errors and warnings. Nothing here throws. */

import { type WarningCode, type WarningContext, warn } from './warnings.js';

/** A text that somebody threw may be a whole document; a log line need not be. */
const MAX_TEXT_LENGTH = 8_192;

const NO_TEXT = 'something that has no text';

/**
 * Whether a value is an error, of any realm.
 *
 * @param value anything, also what throws when it is looked at
 */
export function isError(value: unknown): value is Error {
  try {
    if (value instanceof Error) return true;
    // one of another realm: an iframe, a vm context, a test environment
    const isNamedSo = Object.prototype.toString.call(value) === '[object Error]';
    return isNamedSo && typeof (value as { message?: unknown }).message === 'string';
  } catch {
    return false;
  }
}

/**
 * A thrown value as text for a log, with its stack where it has one.
 *
 * @param thrown anything, also what has no text
 */
export function textOfThrown(thrown: unknown): string {
  return printable((isError(thrown) ? textIn(thrown, 'stack') : null) ?? plainText(thrown));
}

/**
 * What a thrown value says, for a log, without its stack.
 *
 * @param thrown anything, also what has no text
 */
export function messageOfThrown(thrown: unknown): string {
  return printable((isError(thrown) ? textIn(thrown, 'message') : null) ?? plainText(thrown));
}

/**
 * A thrown value as an error: itself where it is one, else a new one whose `cause` it is.
 *
 * @param thrown anything
 */
export function errorOfThrown(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(plainText(thrown), { cause: thrown });
}

/**
 * Warns the process of a fault that has nowhere else to go.
 *
 * @param what what failed, as the beginning of the sentence
 * @param thrown what it threw, or what its promise was rejected with
 * @param code which warning it is
 * @param context what it is about; the stack is added
 */
export function warnOfThrown(
  what: string,
  thrown: unknown,
  code: WarningCode = 'SP_INTERNAL',
  context: Omit<WarningContext, 'detail'> = {},
): void {
  const detail = isError(thrown) ? textOfThrown(thrown) : undefined;
  warn(code, `${what}: ${messageOfThrown(thrown)}`, { matter: what, ...context, detail });
}

/** A property that should be a text; null where it is none, or empty, or cannot be read. */
function textIn(holder: object, name: string): string | null {
  try {
    const value: unknown = Reflect.get(holder, name);
    return typeof value === 'string' && value !== '' ? value : null;
  } catch {
    return null;
  }
}

function plainText(thrown: unknown): string {
  try {
    // what is thrown as an error without being one has a message at least
    const message = typeof thrown === 'object' && thrown !== null ? textIn(thrown, 'message') : null;
    return message ?? String(thrown);
  } catch {
    return NO_TEXT;
  }
}

/** What does something to a terminal or to the order of letters; line breaks and tabs do not. */
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * An error may quote what a peer sent. It is cut, and indented as a stack is, so that no line of it looks like one of the log.
 */
function printable(text: string): string {
  const whole = text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
  return whole
    .replaceAll('\r\n', '\n')
    .replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
    .replace(/\n(?! {4})/g, '\n    ');
}
