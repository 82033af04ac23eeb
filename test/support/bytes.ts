/** Bytes as a peer may send them: right, and wrong in exactly one place. */

import { Message } from '../../src/index.js';
import { crc32, encodeStp, pureJson } from '../../src/wire/index.js';

const CHECKSUM_LENGTH = 4;

/** A message as tests write it down. */
export type Tuple = readonly [serviceId: number, dataId: number, status: number, data: unknown];

export function tupleOf({ serviceId, dataId, status, data }: Message): Tuple {
  return [serviceId, dataId, status, data];
}

/** A message as a payload, as the library itself writes it. */
export function payloadOf(serviceId: number, dataId: number, data: unknown = null, status = 0): Buffer {
  return pureJson.encode(new Message({ serviceId, dataId, data, status }));
}

/** A message as a frame, as the library itself writes it. */
export function frameOf(serviceId: number, dataId: number, data: unknown = null, status = 0): Buffer {
  return encodeStp(payloadOf(serviceId, dataId, data, status));
}

/** Bytes of a stream, written as text. */
export function raw(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** Any text, or bytes in its place, with the checksum that fits. */
export function withChecksum(text: string | Uint8Array): Buffer {
  const bytes = Buffer.from(text);
  const checksum = Buffer.alloc(CHECKSUM_LENGTH);
  checksum.writeUInt32BE(crc32(bytes));
  return Buffer.concat([bytes, checksum]);
}

/** The same, as a frame. */
export function sealed(text: string | Uint8Array): Buffer {
  return encodeStp(withChecksum(text));
}

/** JSON tokens by field; null leaves a field out. */
export type Tokens = Partial<Record<'data_id' | 'service_id' | 'status' | 'data', string | null>>;

/** A request to read data 0 in which some fields are replaced by other JSON. */
export function read(tokens: Tokens = {}): Buffer {
  return sealed(textOf(tokens));
}

/** The same, as text. */
export function textOf(tokens: Tokens = {}): string {
  const all = { data_id: '0', service_id: '10', status: '0', data: 'null', ...tokens };
  const members = Object.entries(all).filter(([, token]) => token !== null);
  return `{${members.map(([name, token]) => `"${name}": ${token}`).join(', ')}}`;
}

/** JSON nested so deep. */
export function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

/** A request of exactly so many bytes of payload. */
export function readOfLength(payloadLength: number): Buffer {
  return read({ data: `"${dataOfLength(payloadLength)}"` });
}

/** The data of such a request. */
export function dataOfLength(payloadLength: number): string {
  return 'x'.repeat(payloadLength - textOf({ data: '""' }).length - CHECKSUM_LENGTH);
}

export function repeated(times: number, bytes: Uint8Array): Buffer {
  return Buffer.concat(Array.from({ length: times }, () => bytes));
}
