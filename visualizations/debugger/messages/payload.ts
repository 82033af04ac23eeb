/** Payloads and frames as bytes, as far as the page needs them. */

import CRC32 from 'crc-32';
import type { MessageEntry } from '../../../src/inspector/entries.js';
import { bytesOfHex } from './row-facts.js';

const CRC_LENGTH = 4;
const XOR_LENGTH = 1;
const STRUCT_HEADER_LENGTH = 12;
const COLON = 0x3a;

/** The data of a message as the JSON text that was on the wire, or why there is none. */
export function dataTextOf(
  entry: Pick<MessageEntry, 'codec' | 'hex' | 'hiddenBytes' | 'data' | 'size'>,
): { readonly text: string } | { readonly missing: string } {
  const { codec, hex, hiddenBytes, data } = entry;
  if (hiddenBytes > 0) {
    const kept = bytesOfHex(hex).length;
    return { missing: `only the first ${kept} of its ${kept + hiddenBytes} bytes were kept` };
  }
  const bytes = bytesOfHex(hex);
  if (hex !== null && codec === 'pure_json') {
    const text = dataInEnvelope(decoded(bytes.subarray(0, -CRC_LENGTH)));
    if (text !== null) return { text };
  }
  if (hex !== null && codec === 'struct_json') {
    const text = decoded(bytes.subarray(STRUCT_HEADER_LENGTH, -XOR_LENGTH));
    if (text.trim() !== '') return { text };
  }
  const text = JSON.stringify(data) ?? 'null';
  // what the debugger left out of long data, it marked
  return text.includes('…') ? { missing: 'its data was kept in part only' } : { text };
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** The text of the member `data` of an object; the last one where there are several, as readers have it. */
function dataInEnvelope(text: string): string | null {
  let depth = 0;
  let found: string | null = null;
  let key: string | null = null;
  let valueFrom = -1;
  const take = (to: number): void => {
    if (key === 'data' && valueFrom !== -1) found = text.slice(valueFrom, to).trim();
    key = null;
    valueFrom = -1;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      const start = at;
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++;
      if (depth === 1 && valueFrom === -1) key = keyIn(text.slice(start, at + 1));
    } else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') {
      depth--;
      if (depth === 0) take(at);
    } else if (depth === 1 && character === ':' && valueFrom === -1) valueFrom = at + 1;
    else if (depth === 1 && character === ',') take(at);
  }
  return found;
}

function keyIn(quoted: string): string | null {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return null;
  }
}

/** A payload as a frame: colons are escaped, a start before it and an end after it. */
export function framed(payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = [COLON, 0x3c];
  for (const byte of payload) {
    bytes.push(byte);
    if (byte === COLON) bytes.push(0x3d);
  }
  bytes.push(COLON, 0x3e);
  return Uint8Array.from(bytes);
}

/**
 * A message as its codec would write it.
 *
 * @param codec one of ours; an unknown one is written as pure_json
 */
export function encoded(
  codec: string,
  { serviceId, dataId, status, data }: Pick<MessageEntry, 'serviceId' | 'dataId' | 'status' | 'data'>,
): Uint8Array<ArrayBuffer> {
  if (codec === 'struct_json') {
    const text = new TextEncoder().encode(JSON.stringify(data));
    const bytes = new Uint8Array(STRUCT_HEADER_LENGTH + text.length + XOR_LENGTH);
    const view = new DataView(bytes.buffer);
    for (const [index, number] of [status, serviceId, dataId].entries()) view.setUint32(4 * index, number);
    bytes.set(text, STRUCT_HEADER_LENGTH);
    bytes[bytes.length - 1] = bytes.reduce((sum, byte) => sum ^ byte, 0);
    return bytes;
  }
  // as Python writes it
  const head = `{"data_id": ${dataId}, "service_id": ${serviceId}, "status": ${status}, "data": `;
  const text = new TextEncoder().encode(`${head}${JSON.stringify(data)}}`);
  const bytes = new Uint8Array(text.length + CRC_LENGTH);
  bytes.set(text);
  new DataView(bytes.buffer).setInt32(text.length, CRC32.buf(text, 0));
  return bytes;
}
