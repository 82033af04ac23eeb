/**
 * The subjects of gateways and workers, and how a name becomes a word of one.
 *
 * A word is made of `[A-Za-z0-9_-]` and `%`, so that no name can be a wildcard, begin with `$` as the subjects of gateways
 * themselves do, end a line, or be two words. Names that are equal to a reader, and differ only in how their accents are
 * written, are one word.
 */

import { BusError } from '../../protocol/errors.js';

/** The first word of all subjects, unless another is chosen. */
export const DEFAULT_PREFIX = 'sp';
/** The queue group of the gateways: one gets a request, however many think that they have the device. */
export const QUEUE = 'sp';
/** The queue group of the workers, unless another is chosen. */
export const WORKER_QUEUE = 'worker';

/**
 * The most characters of a word. A name of 128 characters, which is the longest, has 512 bytes at most and 1,536 characters as a
 * word; with a prefix, ids, an inbox and a queue that leaves half of the 4,096 bytes that a line of NATS may have.
 */
export const MAX_WORD_LENGTH = 1_536;
/** The most characters of a prefix. */
const MAX_PREFIX_LENGTH = 64;

const PREFIX = /^[\w-]+$/;
const PLAIN = /^[\w-]+$/;
const ENCODED = /[^\w-]/g;

/**
 * Whether a text can be the first word of subjects.
 *
 * @param prefix anything
 */
export function isPrefix(prefix: unknown): prefix is string {
  return typeof prefix === 'string' && prefix.length <= MAX_PREFIX_LENGTH && PREFIX.test(prefix);
}

/**
 * A name as a word of a subject.
 *
 * @param name any name, with accents in either form
 * @throws BusError, with `bus-bad-subject`, for an empty name, one that is no Unicode (half of a pair of surrogates), and one whose
 *   word is longer than 1,536 characters
 */
export function encodeWord(name: string): string {
  const word = PLAIN.test(name) ? name : percentEncoded(name);
  if (word.length > MAX_WORD_LENGTH) {
    throw badName(
      `a name is at most ${MAX_WORD_LENGTH} characters long as a part of a subject, not ${word.length}`,
    );
  }
  return word;
}

function percentEncoded(name: string): string {
  if (name === '') throw badName('a name is not empty');
  // two such names would become the same word
  if (!name.isWellFormed()) throw badName('a name is Unicode, and this one has half of a pair of surrogates');
  // each byte of UTF-8 is a character then, and no other
  const bytes = Buffer.from(name.normalize('NFC'), 'utf8').toString('latin1');
  return bytes.replace(ENCODED, (byte) => ENCODINGS[byte.charCodeAt(0)] as string);
}

const ENCODINGS: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
);

function badName(detail: string): BusError {
  return new BusError('bus-bad-subject', { detail });
}

/**
 * The name that a word stands for.
 *
 * @param word a part of a subject
 * @returns null where it is not exactly what `encodeWord` makes of a name
 */
export function decodeWord(word: string): string | null {
  if (PLAIN.test(word)) return word.length > MAX_WORD_LENGTH ? null : word;
  try {
    const name = decodeURIComponent(word);
    return encodeWord(name) === word ? name : null;
  } catch {
    return null;
  }
}

/** Where requests for a device go. */
export function requestSubject(prefix: string, word: string, serviceId: number, dataId: number): string {
  return `${prefix}.${word}.${serviceId}.${dataId}`;
}

/** All requests for a device. */
export function allRequestsSubject(prefix: string, word: string): string {
  return `${prefix}.${word}.*.*`;
}

/** Where what a device says goes. */
export function fromSubject(prefix: string, word: string, serviceId: number, dataId: number): string {
  return `${prefix}.$from.${word}.${serviceId}.${dataId}`;
}

/** What all devices say with these ids. */
export function fromPattern(prefix: string, serviceId: number, dataId: number): string {
  return `${prefix}.$from.*.${serviceId}.${dataId}`;
}

/** Where devices that come and go are announced. */
export function presenceSubject(prefix: string): string {
  return `${prefix}.$presence`;
}

/** Whom to ask which devices there are. */
export function presenceListSubject(prefix: string): string {
  return `${prefix}.$presence.list`;
}

/**
 * What gateways say to one of them.
 *
 * @param id of letters, digits, `_` and `-`
 */
export function gatewaySubject(prefix: string, id: string): string {
  return `${prefix}.$gateway.${id}`;
}

/** What the subject of a request, or of what a device says, is made of. */
export interface SubjectIds {
  /** The word of the device. */
  readonly word: string;
  readonly serviceId: number;
  readonly dataId: number;
}

/**
 * Takes the subject of a request, or of what a device says, apart.
 *
 * @param subject one that a subscription of these has brought: what is before the word is not looked at
 * @returns null where it does not end with a word and two ids as they are written
 */
export function idsOfSubject(subject: string): SubjectIds | null {
  const lastDot = subject.lastIndexOf('.');
  const middleDot = subject.lastIndexOf('.', lastDot - 1);
  const firstDot = subject.lastIndexOf('.', middleDot - 1);
  if (firstDot < 0 || middleDot <= firstDot + 1) return null;
  const serviceId = idIn(subject, middleDot + 1, lastDot);
  const dataId = idIn(subject, lastDot + 1, subject.length);
  if (serviceId < 0 || dataId < 0) return null;
  return { word: subject.slice(firstDot + 1, middleDot), serviceId, dataId };
}

const ZERO = 0x30;

/** The decimal number in a part of a text; -1 where it is none, or not as it would be written. */
function idIn(text: string, start: number, end: number): number {
  if (start >= end || (text.charCodeAt(start) === ZERO && end > start + 1)) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
    if (value > Number.MAX_SAFE_INTEGER) return -1;
  }
  return value;
}
