/** Writes captures that Wireshark opens: pcapng with one interface of raw IP. */

import type { Packet } from './packets.js';

const [SECTION, INTERFACE, ENHANCED_PACKET] = [0x0a0d0d0a, 1, 6];
const BYTE_ORDER = 0x1a2b3c4d;
const RAW_IP = 101;
const [COMMENT, USER_APPLICATION, INTERFACE_NAME] = [1, 4, 2];
/** In characters, of which each may take three bytes. */
const MAX_OPTION = 10_000;
/** 0 stands for no limit. */
const NO_LIMIT = 0;
/** The resolution of timestamps unless an option says otherwise: microseconds. */
const PER_MS = 1_000;

/**
 * A capture.
 *
 * @param packets in the order of time
 * @param startedAt when the debugger was opened, in milliseconds of the epoch
 * @param comment what a person should know about all of it
 */
export function pcapngOf(
  packets: readonly Packet[],
  startedAt: number,
  comment: string,
): Uint8Array<ArrayBuffer>[] {
  const section = new Uint8Array(16);
  const view = new DataView(section.buffer);
  view.setUint32(0, BYTE_ORDER, true);
  view.setUint16(4, 1, true);
  // the length of the section is not known beforehand
  view.setBigInt64(8, -1n, true);
  const link = new Uint8Array(8);
  new DataView(link.buffer).setUint16(0, RAW_IP, true);
  new DataView(link.buffer).setUint32(4, NO_LIMIT, true);
  return [
    block(SECTION, section, [
      [COMMENT, comment],
      [USER_APPLICATION, 'socket-protocol debugger'],
    ]),
    block(INTERFACE, link, [[INTERFACE_NAME, 'socket-protocol']]),
    ...packets.map((packet) => packetBlock(packet, startedAt)),
  ];
}

function packetBlock({ bytes, fullLength, comment, ms }: Packet, startedAt: number): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(20 + padded(bytes.length));
  const view = new DataView(body.buffer);
  const time = BigInt(Math.round((startedAt + ms) * PER_MS));
  view.setUint32(4, Number(time >> 32n), true);
  view.setUint32(8, Number(time & 0xffff_ffffn), true);
  view.setUint32(12, bytes.length, true);
  view.setUint32(16, fullLength, true);
  body.set(bytes, 20);
  return block(ENHANCED_PACKET, body, comment === null ? [] : [[COMMENT, comment]]);
}

type Option = readonly [code: number, text: string];

/** A block: its type and length, its body, its options, its length again. */
function block(type: number, body: Uint8Array, options: readonly Option[]): Uint8Array<ArrayBuffer> {
  const texts = options.map(([code, text]) => [code, encodedOption(text)] as const);
  const optionsLength = texts.reduce((sum, [, text]) => sum + 4 + padded(text.length), 0);
  const endLength = texts.length === 0 ? 0 : 4;
  const length = 12 + body.length + optionsLength + endLength;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  bytes.set(body, 8);
  let at = 8 + body.length;
  for (const [code, text] of texts) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, text.length, true);
    bytes.set(text, at + 4);
    at += 4 + padded(text.length);
  }
  view.setUint32(length - 4, length, true);
  return bytes;
}

/** An option has two bytes for its length; a comment repeats what a peer sent. */
function encodedOption(text: string): Uint8Array {
  return new TextEncoder().encode(text.length > MAX_OPTION ? `${text.slice(0, MAX_OPTION)}…` : text);
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
