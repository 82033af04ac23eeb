import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { NumberedEntry, SessionRow } from '../../../src/inspector/index.js';
import { Message } from '../../../src/protocol/message.js';
import { encodeStp, pureJson, structJson } from '../../../src/wire/index.js';
import { captureOf, saidOf } from '../../../visualizations/debugger/messages/capture.js';
import { endpointOf } from '../../../visualizations/debugger/messages/packets.js';
import { encoded, framed } from '../../../visualizations/debugger/messages/payload.js';
import { answer, drop, message } from './made.js';

const SCRIPT = fileURLToPath(new URL('../../../tools/wireshark/socket-protocol.lua', import.meta.url));
const hasTshark = spawnSync('tshark', ['-v']).status === 0;
if (!hasTshark) console.warn('there is no tshark: captures are not read');

const folder = mkdtempSync(join(tmpdir(), 'socket-protocol-capture-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Known = Pick<SessionRow, 'address' | 'role'>;
const startedAt = Date.UTC(2026, 0, 5, 12, 30);

/** What tshark shows of a capture: one row of fields for each packet. */
function read(
  entries: readonly NumberedEntry[],
  fields: readonly string[],
  known: Record<string, Known> = {},
) {
  const file = join(folder, 'capture.pcapng');
  writeFileSync(file, Buffer.concat(captureOf(entries, new Map(Object.entries(known)), startedAt).parts));
  const columns = fields.flatMap((field) => ['-e', field]);
  const checks = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
  const text = execFileSync(
    'tshark',
    ['-X', `lua_script:${SCRIPT}`, ...checks, '-r', file, '-T', 'fields', '-E', 'separator=|', ...columns],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('|'));
}

describe('the bytes of a capture', () => {
  test('are those that the codecs and the framing write', () => {
    const fields = { serviceId: 11, dataId: 7, status: 0, data: 'a:b' };
    for (const [name, codec] of [
      ['pure_json', pureJson],
      ['struct_json', structJson],
    ] as const) {
      const payload = codec.encode(new Message(fields));
      expect(Buffer.from(encoded(name, fields))).toEqual(payload);
      expect(Buffer.from(framed(payload))).toEqual(encodeStp(payload));
    }
  });

  test.each([
    ['127.0.0.1:17017', [[127, 0, 0, 1], 17017]],
    ['[::1]:5', [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 5]],
    ['[fe80::1:2%eth0.100]:80', [[0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2], 80]],
    ['[::ffff:10.1.2.3]:80', [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3], 80]],
    ['device:17017', null],
    ['unix:/run/x', null],
    ['1.2.3.4:99999', null],
    ['[::1::2]:1', null],
    [null, null],
  ])('the end at %j', (address, end) => {
    const found = endpointOf(address);
    expect(found === null ? null : [[...found.ip], found.port]).toEqual(end);
  });
});

describe.skipIf(!hasTshark)('a capture in tshark', () => {
  const story: NumberedEntry[] = [
    message({ number: 1, ms: 0, exchange: 1, dataId: 7, data: 'a:b' }),
    answer({ number: 2, ms: 12.25, exchange: 1, dataId: 7, status: 4 }),
    message({ number: 3, ms: 20, codec: 'struct_json', group: 'valve' }),
  ];

  test('has the frames of both directions, with the time of the clock on the wall', () => {
    const rows = read(story, [
      'frame.time_epoch',
      'tcp.srcport',
      'socket_protocol.service',
      'socket_protocol.data_id',
      'socket_protocol.data',
      'socket_protocol.checksum_ok',
      'socket_protocol.codec',
    ]).filter(([, , service]) => service !== '');
    const isTrue = expect.stringMatching(/^(1|True)$/);
    expect(
      rows.map(([time, ...others]) => [
        Math.round(Number(time ?? '') * 1e6 || Date.parse(time ?? '') * 1e3),
        ...others,
      ]),
    ).toEqual([
      [startedAt * 1e3, '49152', 'read data request', '7', '"a:b"', isTrue, 'pure_json'],
      [startedAt * 1e3 + 12_250, '17017', 'read data response', '7', 'null', isTrue, 'pure_json'],
      [startedAt * 1e3 + 20_000, '49153', 'read data request', '0', 'null', isTrue, 'struct_json'],
    ]);
  });

  test('has nothing that Wireshark finds wrong: checksums, sequence numbers, acknowledgements', () => {
    const long = message({ number: 4, ms: 30, data: 'x'.repeat(70_000), serviceId: 20 });
    const rows = read(
      [...story, long, answer({ number: 5, ms: 31 })],
      [
        'ip.checksum.status',
        'tcp.checksum.status',
        'tcp.analysis.flags',
        '_ws.expert.message',
        '_ws.malformed',
      ],
      { valve: { address: '[2001:db8::7]:17017', role: 'client' } },
    );
    // two handshakes, four messages, one of them in two segments
    expect(rows.length).toBe(3 + 2 + 3 + 1 + 2 + 1);
    for (const [ip, tcp, analysis, , malformed] of rows) {
      expect(['1', '', 'Good']).toContain(ip);
      expect(['1', 'Good']).toContain(tcp);
      expect([analysis, malformed]).toEqual(['', '']);
    }
    expect(rows.some(([, , , expert]) => /checksum|wrong|malformed/i.test(expert ?? ''))).toBe(false);
  });

  test('has the addresses that are known, on the side where the peer is', () => {
    const known = {
      pump: { address: '192.0.2.7:17017', role: 'client' },
      valve: { address: '127.0.0.1:40001', role: 'server' },
    } as const;
    const ends = read(story, ['ip.src', 'tcp.srcport', 'ip.dst', 'tcp.dstport', 'tcp.len'], known)
      .filter(([, , , , length]) => length !== '0')
      .map((row) => row.slice(0, 4).join(' '));
    expect(ends).toEqual([
      '10.0.0.1 49152 192.0.2.7 17017',
      '192.0.2.7 17017 10.0.0.1 49152',
      '127.0.0.1 40001 127.0.0.1 17017',
    ]);
  });

  test.runIf(hasTshark)('is whole, however long that is which was said of a drop', () => {
    const long = drop({ number: 1, detail: '☂'.repeat(100_000) });
    const rows = read([long, message({ number: 2 })], ['frame.number']);
    // three packets of the handshake come first
    expect(rows.map(([number]) => number)).toEqual(['1', '2', '3', '4', '5']);
  });

  test('says what was not kept, and shows what follows it', () => {
    const whole = message({ number: 2, exchange: 2, serviceId: 20, data: 'y'.repeat(500) });
    const entries: NumberedEntry[] = [
      message({ number: 1, serviceId: 0, dataId: 1, data: '***', hex: null }),
      { ...whole, hex: whole.hex?.slice(0, 3 * 100 - 1) ?? '', hiddenBytes: (whole.size ?? 0) - 100 },
      message({ number: 3, dataId: 9 }),
      drop({ number: 4, detail: '7 bytes outside of frames' }),
      drop({ number: 5, reason: 'checksum', detail: 'the checksum is wrong', hex: '7b 7d 00 00 00 00' }),
      drop({ number: 6, hex: null }),
      drop({ number: 7, reason: 'late-answer', hex: null }),
    ];
    const rows = read(entries, [
      'frame.comment',
      'frame.len',
      'frame.cap_len',
      'socket_protocol.service',
      'socket_protocol.data',
      'socket_protocol.noise',
    ]);
    const [made, , , masked, cut, next, noise, checksum] = rows;
    expect(made?.[0]).toMatch(/^Made up/);
    expect(masked?.[0]).toMatch(/seeds and keys/);
    expect(masked?.slice(3, 5)).toEqual(['authentification request', '"***"']);
    expect(cut?.[0]).toBe(`The last ${(whole.size ?? 0) - 100} bytes of the payload were not kept`);
    expect(Number(cut?.[1])).toBe(40 + 2 + (whole.size ?? 0) + 2 + 4);
    expect(Number(cut?.[2])).toBeLessThan(Number(cut?.[1]));
    expect(next?.[3]).toBe('read data request');
    expect([noise?.[0], noise?.[5]]).toEqual(['Dropped (noise): 7 bytes outside of frames', '7']);
    expect(checksum?.[0]).toMatch(/^Dropped \(checksum\): the checksum is wrong/);
    expect(rows.length).toBe(8);
    const { cut: cuts, masked: masks, withoutBytes } = captureOf(entries, new Map(), 0);
    expect(saidOf({ cut: cuts, masked: masks, withoutBytes })).toBe(
      'The ends of 1 long frame were not kept. 1 message of authentications carry *** in place of seeds and keys. Of 1 dropped thing no bytes were kept.',
    );
  });
});
