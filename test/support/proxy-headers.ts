/** Headers of the PROXY protocol, as proxies send them, and as they do not. */

import { connect, isIPv4, type Socket } from 'node:net';
import { crc32c } from '../../src/transport/crc32c.js';

export const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const CHECKSUM_TYPE = 3;

/** What a header is made of. */
export interface HeaderParts {
  /** 2 and 0 for a proxy's own connection, 2 and 1 for that of a client. */
  readonly version?: number;
  readonly command?: number;
  /** By the kind of the source's address unless given. */
  readonly family?: number;
  readonly source?: string;
  readonly port?: number;
  /** In the place of what source and port make. */
  readonly addresses?: Buffer;
  /** What follows the addresses, each a type and a value. */
  readonly extras?: readonly (readonly [type: number, value: Buffer])[];
  readonly hasChecksum?: boolean;
}

const TO = { '4': '192.0.2.80', '6': '2001:db8::80' };
const TO_PORT = 17_017;

/** The bytes of an address; an IPv6 address needs all of its groups, or one `::`. */
function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail)];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function portBytes(port: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(port);
  return bytes;
}

/** A header. */
export function proxyHeader({
  version = 2,
  command = 1,
  source = '203.0.113.7',
  port = 40_000,
  family = isIPv4(source) ? 0x11 : 0x21,
  addresses = Buffer.concat([
    bytesOf(source),
    bytesOf(isIPv4(source) ? TO[4] : TO[6]),
    portBytes(port),
    portBytes(TO_PORT),
  ]),
  extras = [],
  hasChecksum = false,
}: HeaderParts = {}): Buffer {
  const all = hasChecksum ? [...extras, [CHECKSUM_TYPE, Buffer.alloc(4)] as const] : extras;
  const rest = all.map(([type, value]) =>
    Buffer.concat([Buffer.from([type]), portBytes(value.length), value]),
  );
  const body = Buffer.concat([addresses, ...rest]);
  const start = Buffer.from([(version << 4) | command, family]);
  const header = Buffer.concat([SIGNATURE, start, portBytes(body.length), body]);
  if (hasChecksum) header.writeUInt32BE(crc32c(header), header.length - 4);
  return header;
}

/** The header of a proxy's own connection. */
export const OWN_HEADER = proxyHeader({ command: 0, family: 0, addresses: Buffer.alloc(0) });

/** Opens a connection whose first bytes are these. */
export function proxied(port: number, first: Uint8Array, localAddress = '127.0.0.1'): Socket {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  if (first.length > 0) socket.write(first);
  return socket.on('error', () => {});
}
