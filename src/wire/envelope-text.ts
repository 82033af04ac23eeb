/**
 * The text around the data of a pure_json message, as Python's `json.dumps` writes it (protocol.md section 2). Almost
 * every message has exactly this form, so it is written and read without building an object. Any other form goes
 * to the JSON reader, with the same result.
 */

import { allocateUnsafe } from '../base/large-buffers.js';
import { CRC32_LENGTH, crc32, crc32OfAscii } from './checksum.js';
import { assertId, MAX_ID } from './envelope.js';

const BEFORE_DATA_ID = '{"data_id": ';
const BEFORE_SERVICE_ID = ', "service_id": ';
const BEFORE_STATUS = ', "status": ';
const BEFORE_DATA = ', "data": ';

/** Everything before the data, with its CRC-32. */
export interface Head {
  readonly dataId: number;
  readonly serviceId: number;
  readonly status: number;
  readonly text: string;
  readonly crc: number;
  /** The beginning of the frame, up to the data; made when it is needed. */
  framed: Buffer | null;
}

/** A small cache of recent heads, indexed by their ids. */
const HEADS: (Head | undefined)[] = new Array(64).fill(undefined);

/**
 * The head for some ids.
 *
 * @throws RangeError for an id out of range
 */
export function headFor(dataId: number, serviceId: number, status: number): Head {
  const place = (dataId * 7 + serviceId * 3 + status) & (HEADS.length - 1);
  const head = HEADS[place];
  if (head?.dataId === dataId && head.serviceId === serviceId && head.status === status) return head;
  assertId(dataId, 'dataId', MAX_ID);
  assertId(serviceId, 'serviceId', MAX_ID);
  assertId(status, 'status', MAX_ID);
  const text = `${BEFORE_DATA_ID}${dataId}${BEFORE_SERVICE_ID}${serviceId}${BEFORE_STATUS}${status}${BEFORE_DATA}`;
  return (HEADS[place] = { dataId, serviceId, status, text, crc: crc32OfAscii(text, 0) ?? 0, framed: null });
}

/** The ids at the beginning of a text, and where its data begins. */
export class Beginning {
  #at = 0;

  /**
   * Reads the beginning of a text: what is before its data; null where it has another form.
   *
   * @param bytes the text from index 0 on
   * @param length its length in bytes
   */
  read(bytes: Buffer, length: number): Head | null {
    if (bytes[length - 1] !== CLOSING_BRACE) return null;
    this.#at = 0;
    const dataId = this.#integerAfter(bytes, DATA_ID_BYTES);
    if (dataId < 0) return null;
    const serviceId = this.#integerAfter(bytes, SERVICE_ID_BYTES);
    if (serviceId < 0) return null;
    const status = this.#integerAfter(bytes, STATUS_BYTES);
    if (status < 0 || !this.#follows(bytes, DATA_BYTES)) return null;
    // behind the text are other bytes
    if (this.#at >= length) return null;
    return headFor(dataId, serviceId, status);
  }

  /** Steps over some bytes, if they are next. */
  #follows(bytes: Buffer, expected: Uint8Array): boolean {
    const at = this.#at;
    for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
    this.#at = at + expected.length;
    return true;
  }

  /** An integer as Python writes it, of as many digits as a double holds for sure; -1 for anything else. */
  #integerAfter(bytes: Buffer, before: Uint8Array): number {
    if (!this.#follows(bytes, before)) return -1;
    const start = this.#at;
    let at = start;
    let value = 0;
    for (; at < start + MAX_DIGITS; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    this.#at = at;
    const hasLeadingZero = at > start + 1 && bytes[start] === ZERO;
    return at === start || hasLeadingZero ? -1 : value;
  }
}

const DATA_ID_BYTES = Buffer.from(BEFORE_DATA_ID);
const SERVICE_ID_BYTES = Buffer.from(BEFORE_SERVICE_ID);
const STATUS_BYTES = Buffer.from(BEFORE_STATUS);
const DATA_BYTES = Buffer.from(BEFORE_DATA);

const CLOSING_BRACE = 0x7d;
const ZERO = 0x30;
const MAX_DIGITS = 15;

/** Up to this length the text is summed directly: a view of its bytes costs more than it saves. */
const SHORT_TEXT = 160;

/**
 * The payload of a text: its bytes, then their CRC-32 big-endian.
 *
 * @param head everything before the data
 * @param tail the data and the end of the envelope
 */
export function sealed(head: Head, tail: string): Buffer {
  const text = head.text + tail;
  const sum = tail.length <= SHORT_TEXT ? crc32OfAscii(tail, head.crc) : null;
  if (sum === null) return sealedBytes(text);
  const payload = Buffer.allocUnsafe(text.length + CRC32_LENGTH);
  payload.write(text, 0, 'latin1');
  payload.writeUInt32BE(sum, text.length);
  return payload;
}

function sealedBytes(text: string): Buffer {
  let payload = allocateUnsafe(text.length + CRC32_LENGTH);
  let length = payload.write(text, 'utf8');
  // as many bytes as characters is ASCII: of any other text, whole characters would have filled more, with the room of the checksum
  if (length !== text.length) {
    length = Buffer.byteLength(text);
    payload = allocateUnsafe(length + CRC32_LENGTH);
    payload.write(text, 'utf8');
  }
  payload.writeUInt32BE(crc32(payload.subarray(0, length)), length);
  return payload;
}
