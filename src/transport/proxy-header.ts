/**
 * The header in which a proxy says whose connection it brings: the PROXY protocol, version 2.
 *
 * ```text
 *  12 bytes  signature
 *   1        version (upper half) and command (lower half)
 *   1        address family (upper half) and transport (lower half)
 *   2        length of all that follows
 *  12, 36 or 216  addresses: source, destination, and their ports where they are of IP
 *   …        more, each a type (1), a length (2), and a value
 * ```
 *
 * The law: pure, bytes in and one value out. "Not yet" is null, and a flaw is found at the first byte that shows it: nobody
 * waits for the rest of what is no header.
 */

import { crc32c } from './crc32c.js';
import type { Origin } from './origin.js';

// a program that only connects leaves out what is pure
const SIGNATURE = /* @__PURE__ */ Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const VERSION_AT = SIGNATURE.length;
const FAMILY_AT = VERSION_AT + 1;
const LENGTH_AT = FAMILY_AT + 1;
const ADDRESSES_AT = LENGTH_AT + 2;

/** Enough for all that proxies add, a client's certificate among it; the format allows sixteen times as much. */
export const MAX_PROXY_HEADER_BYTES = 4_096;

const VERSION = 2;
const LOCAL = 0;
const PROXY = 1;

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const PORT_BYTES = 2;
const UNIX_PATH_BYTES = 108;

/** The families over a stream, and how long their addresses are; the others are for datagrams, or not assigned. */
const UNSPECIFIED = 0x00;
const TCP_OVER_IPV4 = 0x11;
const TCP_OVER_IPV6 = 0x21;
const UNIX_STREAM = 0x31;
const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [UNSPECIFIED, 0],
  [TCP_OVER_IPV4, 2 * (IPV4_BYTES + PORT_BYTES)],
  [TCP_OVER_IPV6, 2 * (IPV6_BYTES + PORT_BYTES)],
  [UNIX_STREAM, 2 * UNIX_PATH_BYTES],
]);

const EXTRA_HEAD_BYTES = 3;
const EXTRA_CHECKSUM = 0x03;
const CHECKSUM_BYTES = 4;

/** What a header says. */
export interface ProxyHeader {
  /** How long it is: the connection's own bytes follow. */
  readonly byteLength: number;
  /** The proxy came by itself, to see whether somebody is there: there is no client. */
  readonly isOwn: boolean;
  /** Where the client is; undefined where the proxy says nothing that is an address of the network. */
  readonly origin: Origin | undefined;
}

/** Why bytes are no header that can be used. */
export class ProxyHeaderFlaw {
  /** As a log has it. */
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/**
 * Reads the header at the beginning of a connection.
 *
 * @param bytes all that has come so far
 * @returns null where it may become a header, but is none yet
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader | ProxyHeaderFlaw | null {
  const flaw = flawOfStart(bytes);
  if (flaw !== null) return new ProxyHeaderFlaw(flaw);
  if (bytes.length < ADDRESSES_AT) return null;
  const byteLength = ADDRESSES_AT + bytes.readUInt16BE(LENGTH_AT);
  if (bytes.length < byteLength) return null;
  const header = bytes.subarray(0, byteLength);
  // a proxy's own connection: whatever else it says is to be ignored
  if (commandOf(header) === LOCAL) return { byteLength, isOwn: true, origin: undefined };
  const family = familyOf(header);
  const extrasFlaw = family === UNSPECIFIED ? null : flawOfExtras(header, addressesEndOf(family));
  if (extrasFlaw !== null) return new ProxyHeaderFlaw(extrasFlaw);
  return { byteLength, isOwn: false, origin: originIn(header, family) };
}

function commandOf(header: Buffer): number {
  return header.readUInt8(VERSION_AT) & 0x0f;
}

function familyOf(header: Buffer): number {
  return header.readUInt8(FAMILY_AT);
}

function addressesEndOf(family: number): number {
  return ADDRESSES_AT + (ADDRESS_BYTES.get(family) ?? 0);
}

/** What is wrong with as much of the fixed part as there is; null: nothing so far. */
function flawOfStart(bytes: Buffer): string | null {
  const known = Math.min(bytes.length, SIGNATURE.length);
  if (SIGNATURE.compare(bytes, 0, known, 0, known) !== 0) return flawOfSignature(bytes);
  if (bytes.length <= VERSION_AT) return null;
  const version = bytes.readUInt8(VERSION_AT) >> 4;
  if (version !== VERSION) return `a header of version ${version}`;
  const command = commandOf(bytes);
  if (command !== LOCAL && command !== PROXY) return `a header with the unknown command ${command}`;
  if (bytes.length <= FAMILY_AT) return null;
  const family = familyOf(bytes);
  if (command === PROXY && !ADDRESS_BYTES.has(family))
    return `a header for no connection of streams (family and transport 0x${family.toString(16).padStart(2, '0')})`;
  if (bytes.length < ADDRESSES_AT) return null;
  const byteLength = ADDRESSES_AT + bytes.readUInt16BE(LENGTH_AT);
  if (byteLength > MAX_PROXY_HEADER_BYTES)
    return `a header of ${byteLength} bytes (limit ${MAX_PROXY_HEADER_BYTES})`;
  return command === PROXY && byteLength < addressesEndOf(family)
    ? `a header of ${byteLength} bytes, too short for its addresses`
    : null;
}

/** How what a proxy may send instead begins. */
const BEGINNINGS: ReadonlyMap<number, string> = new Map([
  [0x50, 'a header of version 1, or other text'],
  [0x3a, 'a frame of this protocol without a header'],
  [0x16, 'TLS without a header'],
]);

function flawOfSignature(bytes: Buffer): string {
  const found = BEGINNINGS.get(bytes.readUInt8(0)) ?? 'other bytes';
  return `${found} (the proxy must send version 2: send-proxy-v2 of HAProxy)`;
}

/** Walks over what follows the addresses, of which only the checksum matters here. */
function flawOfExtras(header: Buffer, start: number): string | null {
  let at = start;
  while (at < header.length) {
    if (at + EXTRA_HEAD_BYTES > header.length) return 'a header that ends inside an extra';
    const valueAt = at + EXTRA_HEAD_BYTES;
    const length = header.readUInt16BE(at + 1);
    if (valueAt + length > header.length) return 'a header with an extra that is longer than it';
    if (header.readUInt8(at) === EXTRA_CHECKSUM && !isChecksumRight(header, valueAt, length))
      return 'a header with a wrong checksum';
    at = valueAt + length;
  }
  return null;
}

function isChecksumRight(header: Buffer, at: number, length: number): boolean {
  if (length !== CHECKSUM_BYTES) return false;
  const withoutIt = Buffer.from(header).fill(0, at, at + CHECKSUM_BYTES);
  return crc32c(withoutIt) === header.readUInt32BE(at);
}

function originIn(header: Buffer, family: number): Origin | undefined {
  if (family !== TCP_OVER_IPV4 && family !== TCP_OVER_IPV6) return undefined;
  const byteLength = family === TCP_OVER_IPV4 ? IPV4_BYTES : IPV6_BYTES;
  const address = header.subarray(ADDRESSES_AT, ADDRESSES_AT + byteLength);
  return {
    remoteAddress: family === TCP_OVER_IPV4 ? address.join('.') : textOfIpv6(address),
    remotePort: header.readUInt16BE(ADDRESSES_AT + 2 * byteLength),
  };
}

const MAPPED_IPV4 = /* @__PURE__ */ Buffer.from('00000000000000000000ffff', 'hex');

/** As Node writes it: the longest row of zeros is left out, and an IPv4 address stays recognisable. */
function textOfIpv6(address: Buffer): string {
  if (address.subarray(0, MAPPED_IPV4.length).equals(MAPPED_IPV4))
    return `::ffff:${address.subarray(MAPPED_IPV4.length).join('.')}`;
  const groups = Array.from({ length: IPV6_BYTES / 2 }, (_, i) => address.readUInt16BE(2 * i).toString(16));
  const text = groups.join(':');
  const rows = text.match(/\b0(?::0)+\b/g) ?? [];
  const longest = rows.reduce((most, row) => (row.length > most.length ? row : most), '');
  return longest === '' ? text : text.replace(new RegExp(`(?:^|:)${longest}(?::|$)`), '::');
}
