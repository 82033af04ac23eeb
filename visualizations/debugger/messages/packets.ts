/**
 * What passed in sessions as TCP packets: frames inside segments with right sequence numbers and checksums. The TCP and IP
 * around the frames is made up, because a debugger sees messages and not packets.
 */

/** An end of a connection. */
export interface Endpoint {
  /** Four bytes of IPv4, or sixteen of IPv6. */
  readonly ip: Uint8Array;
  readonly port: number;
}

/** A packet as it goes into a capture. */
export interface Packet {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How long it was, with the bytes that were not kept. */
  readonly fullLength: number;
  readonly comment: string | null;
  /** Milliseconds since the debugger was opened. */
  readonly ms: number;
}

/** Bytes that one side sent. */
export interface Sent {
  readonly from: 'client' | 'server';
  readonly bytes: Uint8Array;
  /** How many bytes followed that were not kept. */
  readonly hidden: number;
  readonly comment: string | null;
  readonly ms: number;
}

const TCP = 6;
const TCP_HEADER_LENGTH = 20;
const [SYN, PSH, ACK] = [0x02, 0x08, 0x10];
const WINDOW = 0xffff;
/** What an IP packet can carry besides its headers; Ethernet would cut it, no tool minds. */
const MAX_SEGMENT = 60_000;

/** One connection, from its handshake on. */
export class TcpStream {
  readonly #ends: Readonly<Record<Sent['from'], Endpoint>>;
  readonly #next = { client: 1_000, server: 5_000 };
  #hasBegun = false;

  constructor(client: Endpoint, server: Endpoint) {
    this.#ends = { client, server };
  }

  /** The packets of some bytes; before the first ones, those of a handshake. */
  send({ from, bytes, hidden, comment, ms }: Sent): Packet[] {
    const packets = this.#hasBegun ? [] : this.#handshake(ms);
    this.#hasBegun = true;
    for (let at = 0; at < bytes.length || at === 0; at += MAX_SEGMENT) {
      const part = bytes.subarray(at, at + MAX_SEGMENT);
      const isLast = at + MAX_SEGMENT >= bytes.length;
      // a length field has no room for more; the sequence numbers go on as if the rest had been one segment
      const hiddenHere = isLast ? Math.min(hidden, MAX_SEGMENT - part.length) : 0;
      packets.push(this.#packet(from, PSH | ACK, part, hiddenHere, at === 0 ? comment : null, ms));
      this.#advance(from, part.length + (isLast ? hidden : 0));
    }
    return packets;
  }

  #handshake(ms: number): Packet[] {
    const none = new Uint8Array(0);
    const comment = 'Made up, as are all TCP and IP headers: a debugger sees frames, not packets';
    const packets = [this.#packet('client', SYN, none, 0, comment, ms)];
    this.#advance('client', 1);
    packets.push(this.#packet('server', SYN | ACK, none, 0, null, ms));
    this.#advance('server', 1);
    packets.push(this.#packet('client', ACK, none, 0, null, ms));
    return packets;
  }

  #advance(from: Sent['from'], by: number): void {
    this.#next[from] = (this.#next[from] + by) >>> 0;
  }

  #packet(
    from: Sent['from'],
    flags: number,
    content: Uint8Array,
    hidden: number,
    comment: string | null,
    ms: number,
  ): Packet {
    const to = from === 'client' ? 'server' : 'client';
    const [source, target] = [this.#ends[from], this.#ends[to]];
    const segment = new Uint8Array(TCP_HEADER_LENGTH + content.length);
    const view = new DataView(segment.buffer);
    view.setUint16(0, source.port);
    view.setUint16(2, target.port);
    view.setUint32(4, this.#next[from]);
    view.setUint32(8, (flags & ACK) === 0 ? 0 : this.#next[to]);
    view.setUint8(12, (TCP_HEADER_LENGTH / 4) << 4);
    view.setUint8(13, flags);
    view.setUint16(14, WINDOW);
    segment.set(content, TCP_HEADER_LENGTH);
    const length = segment.length + hidden;
    // of bytes that were not kept there is no sum; tools do not check that of a packet that was cut
    if (hidden === 0) view.setUint16(16, complement(sumOf(segment, pseudoHeaderSum(source, target, length))));
    const header = ipHeader(source, target, length);
    const bytes = new Uint8Array(header.length + segment.length);
    bytes.set(header);
    bytes.set(segment, header.length);
    return { bytes, fullLength: header.length + length, comment, ms };
  }
}

const IPV4_LENGTH = 20;
const IPV6_LENGTH = 40;
const HOPS = 64;

function ipHeader(source: Endpoint, target: Endpoint, length: number): Uint8Array {
  const isIpv6 = source.ip.length === 16;
  const header = new Uint8Array(isIpv6 ? IPV6_LENGTH : IPV4_LENGTH);
  const view = new DataView(header.buffer);
  if (isIpv6) {
    view.setUint8(0, 0x60);
    view.setUint16(4, length);
    view.setUint8(6, TCP);
    view.setUint8(7, HOPS);
    header.set(source.ip, 8);
    header.set(target.ip, 24);
    return header;
  }
  view.setUint8(0, 0x45);
  view.setUint16(2, IPV4_LENGTH + length);
  view.setUint8(8, HOPS);
  view.setUint8(9, TCP);
  header.set(source.ip, 12);
  header.set(target.ip, 16);
  view.setUint16(10, complement(sumOf(header, 0)));
  return header;
}

function pseudoHeaderSum(source: Endpoint, target: Endpoint, length: number): number {
  return sumOf(source.ip, sumOf(target.ip, TCP + length));
}

/** The sum of 16-bit numbers, as the checksums of the Internet have it. */
function sumOf(bytes: Uint8Array, sum: number): number {
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0);
  return sum;
}

function complement(sum: number): number {
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

/**
 * The end of a connection at an address.
 *
 * @param address `HOST:PORT` or `[IPv6]:PORT`
 * @returns null for a name, a Unix socket, or anything else without an IP address
 */
export function endpointOf(address: string | null): Endpoint | null {
  const match = /^(?:\[([\da-f:.]+)(?:%[^\]]*)?\]|(\d+\.\d+\.\d+\.\d+)):(\d{1,5})$/i.exec(address ?? '');
  if (match === null) return null;
  const ip = match[1] === undefined ? ipv4Of(match[2] ?? '') : ipv6Of(match[1]);
  const port = Number(match[3]);
  return ip === null || port > 0xffff ? null : { ip, port };
}

function ipv4Of(text: string): Uint8Array | null {
  const numbers = text.split('.').map(Number);
  return numbers.length === 4 && numbers.every((number) => number <= 0xff) ? Uint8Array.from(numbers) : null;
}

function ipv6Of(text: string): Uint8Array | null {
  // the last four bytes may be written as IPv4
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const tail = dotted === null ? null : ipv4Of(dotted[2] ?? '');
  if (dotted !== null && tail === null) return null;
  const words = tail === null ? text : `${dotted?.[1]}${hexWord(tail, 0)}:${hexWord(tail, 2)}`;
  const [before = '', after, another] = words.split('::');
  if (another !== undefined) return null;
  const [high, low] = [groupsOf(before), after === undefined ? [] : groupsOf(after)];
  const missing = 8 - high.length - low.length;
  if (after === undefined ? missing !== 0 : missing < 0) return null;
  const groups = [...high, ...new Array<number>(missing).fill(0), ...low];
  if (groups.some(Number.isNaN)) return null;
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text
    .split(':')
    .map((group) => (/^[\da-f]{1,4}$/i.test(group) ? Number.parseInt(group, 16) : Number.NaN));
}

function hexWord(bytes: Uint8Array, at: number): string {
  return (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16);
}
