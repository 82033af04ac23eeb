/**
 * Short pure_json messages in the form that nearly all have (envelope-text.ts), byte by byte: for so few bytes one loop costs less
 * than the calls that check, sum, copy and parse them. Whatever is different is left to pure-json.ts, with the same result.
 */

import { Message } from '../protocol/message.js';
import { CRC_TABLE, CRC32_LENGTH } from './checksum.js';
import { COLON } from './colon-runs.js';
import { textOf } from './envelope.js';
import { Beginning, type Head, sealed } from './envelope-text.js';
import { parseIfPlainJson } from './json.js';
import {
  CONTROL_LENGTH,
  encodeStp,
  FRAME_END,
  type LazyPayload,
  LITERAL_COLON,
  writeControl,
} from './stp.js';

/** Longer payloads are left to native functions, which need a call for each step but little time for a byte. */
const LONGEST_SHORT = 256;

/** What a text is marked with for its characters, summed up; none of the sums of a short text reaches the next. */
const QUOTE = 1;
const ESCAPED = 1 << 10;
const BEYOND_ASCII = 1 << 20;
const MARKS = Int32Array.from({ length: 256 }, (_, code) => {
  if (code > 0x7f) return BEYOND_ASCII;
  if (code === 0x22 /* " */) return QUOTE;
  return code < 0x20 || code === 0x5c /* \ */ ? ESCAPED : 0;
});

const DOUBLE_QUOTE = 0x22;
const CLOSING_BRACE = 0x7d;

const beginning = new Beginning();

/**
 * Reads a short message.
 *
 * @param maxDepth how deep its data may be nested
 * @returns null for any other, and for one with a fault
 */
export function readShort(payload: Buffer, maxDepth: number): Message | null {
  const { length } = payload;
  if (length > LONGEST_SHORT) return null;
  const end = length - CRC32_LENGTH;
  const head = beginning.read(payload, end);
  if (head === null) return null;
  const start = head.text.length;
  let sum = ~head.crc;
  let marks = 0;
  for (let at = start; at < end; at++) {
    const byte = payload[at] as number;
    sum = summed(sum, byte);
    marks += MARKS[byte] as number;
  }
  const expected =
    ((payload[end] as number) << 24) |
    ((payload[end + 1] as number) << 16) |
    ((payload[end + 2] as number) << 8) |
    (payload[end + 3] as number);
  if (~sum !== expected) return null;
  const { dataId, serviceId, status } = head;
  // of two quotes and nothing escaped between them, JSON makes what is there
  const isText = marks === 2 * QUOTE && payload[start] === DOUBLE_QUOTE && payload[end - 2] === DOUBLE_QUOTE;
  const data = isText
    ? payload.toString('latin1', start + 1, end - 2)
    : parseIfPlainJson(textIn(payload, marks, start, end - 1), maxDepth);
  return data === undefined ? null : new Message({ status, serviceId, dataId, data });
}

function textIn(payload: Buffer, marks: number, start: number, end: number): string {
  if (marks < BEYOND_ASCII) return payload.toString('latin1', start, end);
  // to the checks of an encoding, a byte-order mark is one only where the whole text begins
  return textOf(payload.subarray(0, end)).slice(start);
}

/** A text as data of a message; null where it is not short, or JSON escapes any of it. */
export function shortText(head: Head, text: string): LazyPayload | null {
  return marksOf(text) === 0 ? new ShortPayload(head, text, true) : null;
}

/** The JSON of some data, in a message; null where it is not short, or not ASCII. */
export function shortJson(head: Head, json: string): LazyPayload | null {
  return marksOf(json) < BEYOND_ASCII ? new ShortPayload(head, json, false) : null;
}

function marksOf(text: string): number {
  if (text.length > LONGEST_SHORT) return BEYOND_ASCII;
  let marks = 0;
  for (let i = 0; i < text.length; i++) marks += MARKS[text.charCodeAt(i)] ?? BEYOND_ASCII;
  return marks;
}

/** A short message in ASCII. */
class ShortPayload implements LazyPayload {
  readonly length: number;
  readonly #head: Head;
  readonly #text: string;
  readonly #isQuoted: boolean;

  constructor(head: Head, text: string, isQuoted: boolean) {
    this.#head = head;
    this.#text = text;
    this.#isQuoted = isQuoted;
    this.length = head.text.length + text.length + (isQuoted ? 3 : 1) + CRC32_LENGTH;
  }

  toBytes(): Buffer {
    return sealed(this.#head, this.#isQuoted ? `"${this.#text}"}` : `${this.#text}}`);
  }

  writeFrame(target: Buffer, offset: number): number {
    const head = this.#head;
    const text = this.#text;
    head.framed ??= beginningOfFrame(head.text);
    target.set(head.framed, offset);
    let to = offset + head.framed.length;
    let sum = ~head.crc;
    if (this.#isQuoted) {
      target[to++] = DOUBLE_QUOTE;
      sum = summed(sum, DOUBLE_QUOTE);
    }
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      sum = summed(sum, code);
      target[to++] = code;
      if (code === COLON) target[to++] = LITERAL_COLON;
    }
    if (this.#isQuoted) {
      target[to++] = DOUBLE_QUOTE;
      sum = summed(sum, DOUBLE_QUOTE);
    }
    target[to++] = CLOSING_BRACE;
    sum = ~summed(sum, CLOSING_BRACE);
    for (let shift = 24; shift >= 0; shift -= 8) {
      const byte = (sum >>> shift) & 0xff;
      target[to++] = byte;
      if (byte === COLON) target[to++] = LITERAL_COLON;
    }
    return writeControl(FRAME_END, target, to);
  }
}

function beginningOfFrame(text: string): Buffer {
  const frame = encodeStp(Buffer.from(text));
  return frame.subarray(0, frame.length - CONTROL_LENGTH);
}

/** One step of a CRC-32, before the complement at its end. */
function summed(sum: number, byte: number): number {
  return (CRC_TABLE[(sum ^ byte) & 0xff] as number) ^ (sum >>> 8);
}
