/**
 * Recognises errors of this library by what they are. A program may have several copies of the package, in which a class
 * has the same name and is another one: then `instanceof` says nothing.
 */

import { REASONS } from './reasons.js';

/** The kind of an error, one for each class. */
export type ErrorCode =
  | 'ERR_OPTION'
  | 'ERR_TIMEOUT'
  | 'ERR_CONNECTION_LOST'
  | 'ERR_SESSION_CLOSED'
  | 'ERR_STATUS'
  | 'ERR_AUTHENTICATION'
  | 'ERR_CONNECT'
  | 'ERR_LISTEN'
  | 'ERR_TOO_MANY_REQUESTS'
  | 'ERR_REQUEST_SID_EXISTS'
  | 'ERR_RESPONSE_SID_EXISTS'
  | 'ERR_NO_SUCH_PEER'
  | 'ERR_VALIDATION'
  | 'ERR_MIDDLEWARE'
  | 'ERR_BUS'
  | 'ERR_LEASE';

/** What every error of every copy carries. */
export const ERROR_BRAND = Symbol.for('socket-protocol.error');

type Shape = Readonly<Record<string, (value: unknown) => boolean>>;

const isText = (value: unknown): boolean => typeof value === 'string';
const isFlag = (value: unknown): boolean => typeof value === 'boolean';
const isFence = (value: unknown): boolean => value === null || isStatus(value);
const isMs = (value: unknown): boolean => typeof value === 'number' && value >= 0;

/** Whether a value is a status that a message can carry. */
export function isStatus(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** What an error of each kind has besides code, reason and text: anybody can carry a brand. */
const SHAPES: Readonly<Record<ErrorCode, Shape>> = {
  ERR_OPTION: { option: isText },
  ERR_TIMEOUT: { timeoutMs: isMs, written: isFlag },
  ERR_CONNECTION_LOST: { written: isFlag },
  ERR_SESSION_CLOSED: {},
  ERR_STATUS: { status: isStatus },
  ERR_AUTHENTICATION: {},
  ERR_CONNECT: { address: isText },
  ERR_LISTEN: { address: isText },
  ERR_TOO_MANY_REQUESTS: {},
  ERR_REQUEST_SID_EXISTS: {},
  ERR_RESPONSE_SID_EXISTS: {},
  ERR_NO_SUCH_PEER: { peerName: isText },
  ERR_VALIDATION: { entry: isText, side: isText, issues: Array.isArray },
  ERR_MIDDLEWARE: { direction: isText },
  ERR_BUS: { written: isFlag },
  ERR_LEASE: { fence: isFence },
};

/**
 * The code of an error of this library, of whichever copy.
 *
 * @param thrown anything, also what throws when it is read
 * @returns null where it is none, or not whole
 */
export function codeOfError(thrown: unknown): ErrorCode | null {
  if (typeof thrown !== 'object' || thrown === null) return null;
  try {
    const fields = thrown as Readonly<Record<PropertyKey, unknown>>;
    if (fields[ERROR_BRAND] !== true) return null;
    const { code, reason, message } = fields;
    if (typeof code !== 'string' || !Object.hasOwn(SHAPES, code)) return null;
    if (typeof message !== 'string' || typeof reason !== 'string' || !Object.hasOwn(REASONS, reason))
      return null;
    const shape = SHAPES[code as ErrorCode];
    const isWhole = Object.entries(shape).every(([name, isRight]) => isRight(fields[name]));
    return isWhole ? (code as ErrorCode) : null;
  } catch {
    return null;
  }
}

/** What a `StatusError` answers with. */
export interface StatusAnswer {
  readonly status: number;
  /** What a handler gave it to carry; null for nothing. The data of an answer that this side got itself goes no further. */
  readonly data: unknown;
}

/**
 * What a `StatusError`, of whichever copy of this library, answers with.
 *
 * @param thrown anything, also what throws when it is read
 * @returns null where it is no such error, or has no status that a message can carry
 */
export function statusAnswerOf(thrown: unknown): StatusAnswer | null {
  if (codeOfError(thrown) !== 'ERR_STATUS') return null;
  try {
    const { status, data = null } = thrown as { readonly status: unknown; readonly data?: unknown };
    return isStatus(status) ? { status, data } : null;
  } catch {
    return null;
  }
}
