/** Captures, read by hand: each byte that was sent is in its place, whatever was sent, and all sums are right. */

import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Endpoint,
  endpointOf,
  type Sent,
  TcpStream,
} from '../../../visualizations/debugger/messages/packets.js';
import { pcapngOf } from '../../../visualizations/debugger/messages/pcapng.js';

/** A block of a file: its type, its body, the texts of its options. */
interface Block {
  readonly type: number;
  readonly body: Buffer;
}

/** The blocks of a file; each has its length at both ends. */
function blocksOf(file: Buffer): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < file.length; ) {
    const length = file.readUInt32LE(at + 4);
    expect(length % 4).toBe(0);
    expect(file.readUInt32LE(at + length - 4)).toBe(length);
    blocks.push({ type: file.readUInt32LE(at), body: file.subarray(at + 8, at + length - 4) });
    at += length;
  }
  return blocks;
}

/** The options at the end of a body. */
function optionsOf(bytes: Buffer): [number, string][] {
  const options: [number, string][] = [];
  for (let at = 0; at < bytes.length; ) {
    const [code, length] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)];
    if (code === 0) {
      expect([length, at + 4]).toEqual([0, bytes.length]);
      break;
    }
    options.push([code, bytes.toString('utf8', at + 4, at + 4 + length)]);
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return options;
}

/** The sum of 16-bit words with the carries, as RFC 1071 has it; 0xffff where a checksum in it is right. */
function sumOf(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += bytes.readUInt8(at) * 256 + (at + 1 < bytes.length ? bytes.readUInt8(at + 1) : 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

function end(text: string): Endpoint {
  const found = endpointOf(text);
  if (found === null) throw new Error(text);
  return found;
}

const startedAt = Date.UTC(2026, 0, 5, 12, 30);
const sent: fc.Arbitrary<Sent> = fc.record({
  from: fc.constantFrom('client' as const, 'server' as const),
  bytes: fc.uint8Array({ maxLength: 60 }),
  hidden: fc.constantFrom(0, 0, 7),
  comment: fc.option(fc.string({ unit: 'grapheme', minLength: 1 })),
  ms: fc.nat({ max: 10_000_000 }).map((micros) => micros / 1_000),
});
const ends = fc.constantFrom(
  ['10.0.0.1:49152', '192.0.2.7:17017'],
  ['[fd00::1]:49152', '[2001:db8::7%eth0]:17017'],
);

describe('a capture', () => {
  test('has what each side sent, in order, at its time, with right sums', () => {
    fc.assert(
      fc.property(fc.array(sent, { minLength: 1, maxLength: 8 }), ends, (all, [client = '', server = '']) => {
        const stream = new TcpStream(end(client), end(server));
        const packets = all.flatMap((each) => stream.send(each));
        const [section, link, ...blocks] = blocksOf(Buffer.concat(pcapngOf(packets, startedAt, 'made up')));
        expect([section?.type, link?.type]).toEqual([0x0a0d0d0a, 1]);
        expect(section?.body.subarray(0, 8).toString('hex')).toBe('4d3c2b1a01000000');
        expect(optionsOf(section?.body.subarray(16) ?? Buffer.alloc(0))).toContainEqual([1, 'made up']);
        // what each side will send next, by what it has sent; a handshake of three packets comes first
        const next: Record<string, number> = {};
        const data = blocks.map(({ type, body }, index) => {
          expect(type).toBe(6);
          const length = body.readUInt32LE(12);
          const packet = body.subarray(20, 20 + length);
          const isIpv6 = packet.readUInt8(0) === 0x60;
          const header = isIpv6 ? 40 : 20;
          if (!isIpv6) expect(sumOf(packet.subarray(0, 20))).toBe(0xffff);
          const segment = packet.subarray(header);
          const full = body.readUInt32LE(16) - header;
          const addresses = isIpv6 ? packet.subarray(8, 40) : packet.subarray(12, 20);
          const pseudo = Buffer.concat([addresses, Buffer.from([0, 6, full >> 8, full & 0xff])]);
          const padded = segment.length % 2 === 0 ? segment : Buffer.concat([segment, Buffer.alloc(1)]);
          if (full === segment.length) expect(sumOf(Buffer.concat([pseudo, padded]))).toBe(0xffff);
          const from = segment.readUInt16BE(0) === 17_017 ? 'server' : 'client';
          const [sequence, flags] = [segment.readUInt32BE(4), segment.readUInt8(13)];
          const isSyn = (flags & 2) !== 0;
          if (!isSyn) expect(sequence).toBe(next[from]);
          next[from] = (sequence + full - 20 + (isSyn ? 1 : 0)) >>> 0;
          const micros = BigInt(body.readUInt32LE(4)) * 2n ** 32n + BigInt(body.readUInt32LE(8));
          const ms = all[Math.max(0, index - 3)]?.ms ?? 0;
          expect(Number(micros - BigInt(startedAt) * 1_000n)).toBe(Math.round(ms * 1_000));
          const options = optionsOf(body.subarray(20 + Math.ceil(length / 4) * 4));
          return {
            from,
            bytes: segment.subarray(20).toString('hex'),
            hidden: full - segment.length,
            options,
          };
        });
        expect(data.slice(0, 3).map(({ from, bytes }) => from + bytes)).toEqual([
          'client',
          'server',
          'client',
        ]);
        expect(data.slice(3)).toEqual(
          all.map(({ from, bytes, hidden, comment }) => ({
            from,
            bytes: Buffer.from(bytes).toString('hex'),
            hidden,
            options: comment === null ? [] : [[1, comment]],
          })),
        );
      }),
      { numRuns: 40 },
    );
  });

  test('has frames that are longer than a packet in parts, with all that was sent', () => {
    const stream = new TcpStream(end('10.0.0.1:1'), end('10.0.0.2:2'));
    const bytes = Uint8Array.from({ length: 130_000 }, (_, index) => index % 251);
    const packets = stream.send({ from: 'client', bytes, hidden: 0, comment: 'long', ms: 1 }).slice(3);
    expect(packets.map(({ comment, fullLength }) => [comment, fullLength])).toEqual([
      ['long', 60_040],
      [null, 60_040],
      [null, 10_040],
    ]);
    const whole = Buffer.concat(packets.map((packet) => packet.bytes.subarray(40)));
    expect(whole.equals(bytes)).toBe(true);
  });
});

describe('the end of a connection', () => {
  test('is read from any address as Node writes it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 0, max: 0xffff }), (ip, port) => {
        const found = endpointOf(ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);
        expect(found?.port).toBe(port);
        expect(found?.ip.length).toBe(ip.includes(':') ? 16 : 4);
      }),
    );
  });

  test('is none where the address is none', () => {
    const anything = fc.stringMatching(/^\[[0-9a-f:.]{0,12}\]:\d{1,5}$/);
    fc.assert(
      fc.property(fc.oneof(anything, fc.string()), (text) => {
        const found = endpointOf(text);
        const host = /^\[(.*)\]:/.exec(text)?.[1];
        if (host !== undefined)
          expect(found === null).toBe(!isIPv6(host) || Number(text.split(']:')[1]) > 65_535);
      }),
      {
        numRuns: 200,
        examples: [['[1.2::3]:1'], ['[::]:70000'], ['[1::2:]:1'], ['[::12345]:1'], ['[:::]:1']],
      },
    );
  });
});
