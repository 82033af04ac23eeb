import { SocketAddress } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../src/transport/crc32c.js';
import {
  MAX_PROXY_HEADER_BYTES,
  type ProxyHeader,
  ProxyHeaderFlaw,
  readProxyHeader,
} from '../../src/transport/proxy-header.js';
import { raw } from '../support/bytes.js';
import { OWN_HEADER, proxyHeader, SIGNATURE } from '../support/proxy-headers.js';
import { Random } from '../trust/random.js';

const TAIL = raw(':what follows;');

/** What is wrong with some bytes. */
function flawOf(bytes: Buffer): string {
  const verdict = readProxyHeader(bytes);
  return verdict instanceof ProxyHeaderFlaw ? verdict.message : `none: ${JSON.stringify(verdict)}`;
}

function headerOf(bytes: Buffer): ProxyHeader {
  const verdict = readProxyHeader(bytes);
  if (verdict === null || verdict instanceof ProxyHeaderFlaw)
    throw new Error(`no header: ${verdict?.message}`);
  return verdict;
}

/** What is said of the beginnings of some bytes, from the first that says something: there must be one verdict, to the end. */
function verdictsOf(bytes: Buffer): unknown[] {
  const verdicts = new Set<string>();
  for (let length = 0; length <= bytes.length; length++) {
    const verdict = readProxyHeader(bytes.subarray(0, length));
    if (verdict !== null || verdicts.size > 0) verdicts.add(JSON.stringify(verdict));
  }
  return [...verdicts];
}

function hasOneVerdict(bytes: Buffer): boolean {
  return verdictsOf(bytes).length <= 1;
}

const anyHeader = fc
  .record({
    source: fc.oneof(fc.ipV4(), fc.constant('2001:db8::7'), fc.constant('::1')),
    port: fc.integer({ min: 0, max: 0xffff }),
    extras: fc.array(
      fc.tuple(fc.integer({ min: 0x20, max: 0xff }), fc.uint8Array({ maxLength: 40 }).map(Buffer.from)),
      { maxLength: 4 },
    ),
    hasChecksum: fc.boolean(),
  })
  .map((parts) => ({ ...parts, bytes: proxyHeader(parts) }));

describe('a PROXY header', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['0.0.0.0', '0.0.0.0'],
    ['2001:db8::7', '2001:db8::7'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['1:0:0:2:3:0:0:4', '1::2:3:0:0:4'],
    ['1:0:0:2:0:0:0:4', '1:0:0:2::4'],
    ['10:0:1:a0:0:0:0:1', '10:0:1:a0::1'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['0:0:0:0:0:ffff:c000:201', '::ffff:192.0.2.1'],
  ])('for %s gives the address as Node writes it', (source, address) => {
    const bytes = proxyHeader({ source, port: 1 });
    expect(headerOf(bytes)).toEqual({
      byteLength: bytes.length,
      isOwn: false,
      origin: { remoteAddress: address, remotePort: 1 },
    });
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    expect(new SocketAddress({ address: source, family }).address).toBe(address);
  });

  test('is read alike whole, with what follows, and after each cut', () => {
    fc.assert(
      fc.property(anyHeader, ({ bytes, source, port }) => {
        for (let length = 0; length < bytes.length; length++)
          expect(readProxyHeader(bytes.subarray(0, length))).toBeNull();
        const header = headerOf(bytes);
        expect(header).toMatchObject({ byteLength: bytes.length, isOwn: false });
        expect(header.origin).toEqual({ remoteAddress: source, remotePort: port });
        expect(headerOf(Buffer.concat([bytes, TAIL]))).toEqual(header);
      }),
    );
  });

  test('that is damaged in one byte is no client of another address, where it has a checksum', () => {
    const bytes = proxyHeader({ hasChecksum: true, extras: [[0xea, raw('an extra')]] });
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 1; bit < 0x100; bit <<= 1) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ bit;
        expect(hasOneVerdict(Buffer.concat([damaged, TAIL]))).toBe(true);
        const verdict = readProxyHeader(damaged);
        if (verdict === null || verdict instanceof ProxyHeaderFlaw) continue;
        if (verdict.origin !== undefined) expect(verdict.origin).toEqual(headerOf(bytes).origin);
        // the proxy's own, or of an unknown kind: then the rest is to be ignored
        else expect([12, 13]).toContain(at);
      }
    }
  });

  test('that is damaged in any byte to any other gets one verdict', () => {
    const bytes = proxyHeader({ hasChecksum: true });
    for (let at = 0; at < bytes.length; at++) {
      for (let value = 0; value < 0x100; value++) {
        const damaged = Buffer.from(bytes);
        damaged[at] = value;
        if (!hasOneVerdict(damaged)) expect(verdictsOf(damaged)).toHaveLength(1);
      }
    }
  });

  test('and random bytes get one verdict, whatever they are', () => {
    const random = new Random(20);
    const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => random.below(0x100)));
    for (let run = 0; run < 3_000; run++) {
      const start = Buffer.from([random.below(4) === 0 ? random.below(0x100) : 0x20 + random.below(2)]);
      const family = Buffer.from([[0, 0x11, 0x21, 0x31, random.below(0x100)][random.below(5)] ?? 0]);
      const length = Buffer.from([random.below(8) === 0 ? random.below(0x100) : 0, random.below(0x100)]);
      const signed = [SIGNATURE, start, family, length, bytes(random.below(300))];
      const stream = random.below(10) === 0 ? bytes(random.below(40)) : Buffer.concat(signed);
      if (!hasOneVerdict(stream)) expect(verdictsOf(stream)).toHaveLength(1);
    }
  });

  test('of a proxy that comes by itself has no client, whatever else it says', () => {
    expect(headerOf(OWN_HEADER)).toEqual({ byteLength: 16, isOwn: true, origin: undefined });
    const withMore = proxyHeader({ command: 0, family: 0xff, addresses: raw('whatever') });
    expect(headerOf(withMore)).toEqual({ byteLength: 24, isOwn: true, origin: undefined });
  });

  test.each([
    ['of a Unix socket', { family: 0x31, addresses: Buffer.alloc(216) }],
    ['of nobody knows what', { family: 0, addresses: raw('to be ignored') }],
  ])('for a connection %s names no address', (_of, parts) => {
    expect(headerOf(proxyHeader(parts))).toMatchObject({ isOwn: false, origin: undefined });
  });

  test.each([
    ['version 1', raw('PROXY TCP4 203.0.113.7 192.0.2.80 40000 17017\r\n'), 'a header of version 1'],
    ['a frame', raw(':\0'), 'a frame of this protocol without a header'],
    ['a hello', Buffer.from([0x16, 3, 1]), 'TLS without a header'],
    ['anything', raw('GET / HTTP/1.1'), 'other bytes (the proxy must send version 2'],
    ['half a signature', raw('\r\n\r\nGET /'), 'other bytes'],
    ['version 3', proxyHeader({ version: 3 }), 'a header of version 3'],
    ['an unknown command', proxyHeader({ command: 2 }), 'the unknown command 2'],
    ['datagrams', proxyHeader({ family: 0x12 }), 'no connection of streams (family and transport 0x12)'],
    ['an unknown transport', proxyHeader({ family: 0x01 }), '0x01'],
    [
      'too few addresses',
      proxyHeader({ family: 0x21, addresses: Buffer.alloc(12) }),
      'too short for its addresses',
    ],
    ['half an extra', proxyHeader({ addresses: Buffer.alloc(14) }), 'ends inside an extra'],
    [
      'an extra that is too long',
      proxyHeader({ addresses: Buffer.concat([Buffer.alloc(12), Buffer.from([4, 0, 9, 1])]) }),
      'an extra that is longer than it',
    ],
    ['a wrong checksum', proxyHeader({ extras: [[3, Buffer.alloc(4)]] }), 'a wrong checksum'],
    ['a checksum of three bytes', proxyHeader({ extras: [[3, Buffer.alloc(3)]] }), 'a wrong checksum'],
    ['too much', proxyHeader({ extras: [[4, Buffer.alloc(4_069)]] }), 'a header of 4100 bytes (limit 4096)'],
  ])('is none where there is %s', (_what, bytes, flaw) => {
    expect(flawOf(bytes)).toContain(flaw);
    expect(verdictsOf(bytes)).toHaveLength(1);
  });

  test('may be as long as the limit', () => {
    const extra = MAX_PROXY_HEADER_BYTES - proxyHeader().length - 3;
    const bytes = proxyHeader({ extras: [[4, Buffer.alloc(extra)]] });
    expect(headerOf(bytes).byteLength).toBe(MAX_PROXY_HEADER_BYTES);
  });

  test('is refused at the first byte that shows it', () => {
    expect(readProxyHeader(Buffer.alloc(0))).toBeNull();
    expect(flawOf(raw('P'))).toContain('version 1');
    const long = Buffer.concat([SIGNATURE, Buffer.from([0x21, 0x11, 0xff, 0xff])]);
    expect(readProxyHeader(long.subarray(0, 15))).toBeNull();
    expect(flawOf(long)).toContain('limit');
  });
});

describe('the checksum', () => {
  test.each([
    ['123456789', 0xe3069283],
    ['', 0],
    ['\0'.repeat(32), 0x8a9136aa],
  ])('of %j is what RFC 3720 and others say', (text, checksum) => {
    expect(crc32c(raw(text))).toBe(checksum);
  });
});
