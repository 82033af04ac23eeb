/**
 * What a bus refuses to send. A server of NATS closes the connection, which all users of the bus share, because of a subject that is
 * too long, and takes a wildcard for what it stands for; so neither ever reaches it.
 */

import { types } from 'node:util';
import { timeoutOption } from '../base/options.js';
import { BusError } from '../protocol/errors.js';
import type { BusHeaders } from './bus.js';

/**
 * The most bytes of a subject together with its answer's subject, or with its queue. NATS closes a connection on which a line
 * with both, a verb and numbers is longer than 4,096 bytes.
 */
export const MAX_SUBJECT_BYTES = 3_840;

/**
 * Checks where a message goes.
 *
 * @param reply where its answer goes
 * @throws BusError, with `bus-bad-subject`
 */
export function checkSubject(subject: string, reply?: string): void {
  const fault = faultIn(subject, false) ?? (reply === undefined ? null : faultIn(reply, false));
  if (fault !== null) throw badSubject(fault, subject);
  checkLength(subject, reply);
}

/**
 * Checks what a subscription is for.
 *
 * @throws BusError, with `bus-bad-subject`
 */
export function checkPattern(pattern: string, queue?: string): void {
  const fault = faultIn(pattern, true) ?? (queue === undefined ? null : faultIn(queue, false));
  if (fault !== null) throw badSubject(fault, pattern);
  checkLength(pattern, queue);
}

const [SPACE, STAR, DOT, GREATER, DELETE] = [0x20, 0x2a, 0x2e, 0x3e, 0x7f];

/** Called for each message: so it looks at each character once. */
function faultIn(subject: string, mayHaveWildcards: boolean): string | null {
  const { length } = subject;
  let wordStart = 0;
  for (let at = 0; at <= length; at++) {
    const code = at === length ? DOT : subject.charCodeAt(at);
    if (code === DOT) {
      if (at === wordStart) return 'a subject is of words that are not empty, with a dot between them';
      const first = at === wordStart + 1 ? subject.charCodeAt(wordStart) : DOT;
      // a star is a wildcard only where it is a whole word
      if ((first === STAR || first === GREATER) && !mayHaveWildcards)
        return 'the wildcards * and > are for subscriptions';
      if (first === GREATER && at < length) return 'nothing can follow the wildcard >';
      wordStart = at + 1;
    } else if (code <= SPACE || code === DELETE) {
      return 'a subject has no spaces and control characters';
    }
  }
  return subject.isWellFormed() ? null : 'a subject is Unicode, without halves of pairs of surrogates';
}

function checkLength(subject: string, other = ''): void {
  // no character of a text is more than three bytes
  if (3 * (subject.length + other.length) <= MAX_SUBJECT_BYTES) return;
  const length = Buffer.byteLength(subject) + Buffer.byteLength(other);
  if (length > MAX_SUBJECT_BYTES)
    throw badSubject(
      `a subject with what belongs to it has at most ${MAX_SUBJECT_BYTES} bytes, not ${length}`,
      subject,
    );
}

function badSubject(detail: string, subject: string): BusError {
  return new BusError('bus-bad-subject', { detail, subject });
}

/**
 * Checks how long to wait: a clock takes what is no time, or too much of it, for none.
 *
 * @throws OptionError
 */
export function checkWait(option: string, ms: unknown): void {
  timeoutOption(option, ms ?? null, 0);
}

/** What stands before the first header, and behind the last. */
const FRAME_OF_HEADERS = 'NATS/1.0\r\n\r\n'.length;
/** Colon, space and line break. */
const AROUND_HEADER = 4;

/**
 * How many bytes headers have on their way; 0 for none.
 */
export function sizeOfHeaders(headers: BusHeaders | undefined): number {
  if (headers === undefined) return 0;
  let size = FRAME_OF_HEADERS;
  for (const name in headers)
    size += Buffer.byteLength(name) + Buffer.byteLength(headers[name] as string) + AROUND_HEADER;
  return size;
}

/** Letters, digits and what else may be in the name of a header of HTTP. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const LINE_BREAK = /[\r\n]/;

/**
 * Checks a message.
 *
 * @param maxPayload how many bytes of data and headers it may have
 * @throws BusError, with `bus-too-large`; with `bus-bad-message` for headers that would become others; TypeError for data that is no
 *   `Uint8Array`
 */
export function checkMessage(
  subject: string,
  data: Uint8Array,
  headers: BusHeaders | undefined,
  maxPayload: number,
): void {
  if (!types.isUint8Array(data)) throw new TypeError('expected the data of a message as a Uint8Array');
  for (const name in headers) {
    const value: unknown = headers[name];
    if (!HEADER_NAME.test(name) || typeof value !== 'string' || LINE_BREAK.test(value)) {
      const detail = `the name or value of the header ${JSON.stringify(name)} cannot be written in one line`;
      throw new BusError('bus-bad-message', { detail, subject });
    }
  }
  const size = data.length + sizeOfHeaders(headers);
  if (size > maxPayload) {
    const detail = `a message of ${size} bytes with its headers, and maxPayload is ${maxPayload}`;
    throw new BusError('bus-too-large', { detail, subject });
  }
}
