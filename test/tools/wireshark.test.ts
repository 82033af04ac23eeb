import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { Message } from '../../src/index.js';
import { encodeStp, pureJson, structJson } from '../../src/wire/index.js';
import { captureOf, type Segment } from './pcap.js';

const SCRIPT = fileURLToPath(new URL('../../tools/wireshark/socket-protocol.lua', import.meta.url));
const PORT = 17017;
const hasTshark = spawnSync('tshark', ['-v']).status === 0;
if (!hasTshark) console.warn('there is no tshark: the dissector is not tested');

const folder = mkdtempSync(join(tmpdir(), 'socket-protocol-capture-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What tshark shows of a capture: one row of fields for each packet. */
function dissected(segments: readonly Segment[], ...fields: string[]): string[][] {
  const file = join(folder, 'capture.pcap');
  writeFileSync(file, captureOf(segments, PORT));
  const columns = fields.flatMap((field) => ['-e', field]);
  const text = execFileSync(
    'tshark',
    ['-X', `lua_script:${SCRIPT}`, '-r', file, '-T', 'fields', '-E', 'separator=|', ...columns],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('|'));
}

const FIELDS = ['codec', 'service', 'data_id', 'status_name', 'data', 'checksum_ok', 'noise'].map(
  (name) => `socket_protocol.${name}`,
);

describe.skipIf(!hasTshark)('the dissector', () => {
  const request = new Message({ serviceId: 10, dataId: 7, data: 'a:b' });
  const answer = new Message({ serviceId: 11, dataId: 7, status: 4, data: null });

  test.each([
    ['pure_json', pureJson],
    ['struct_json', structJson],
  ])('shows the fields of %s and that their checksum is right', (name, codec) => {
    const rows = dissected(
      [
        { from: 'client', bytes: encodeStp(codec.encode(request)) },
        { from: 'server', bytes: encodeStp(codec.encode(answer)) },
      ],
      ...FIELDS,
    );
    expect(rows).toEqual([
      [name, 'read data request', '7', 'okay', '"a:b"', expect.stringMatching(/^(1|True)$/), ''],
      [
        name,
        'read data response',
        '7',
        'service or data unknown',
        'null',
        expect.stringMatching(/^(1|True)$/),
        '',
      ],
    ]);
  });

  test('joins a frame that comes in pieces, and shows noise and a wrong checksum', () => {
    const frame = encodeStp(pureJson.encode(request));
    const broken = Buffer.from(frame);
    broken[broken.length - 3] = (broken[broken.length - 3] ?? 0) ^ 1;
    const rows = dissected(
      [
        { from: 'client', bytes: frame.subarray(0, 20) },
        { from: 'client', bytes: frame.subarray(20) },
        { from: 'server', bytes: Buffer.concat([Buffer.from('noise'), broken]) },
      ],
      'socket_protocol.service',
      'socket_protocol.checksum_ok',
      'socket_protocol.noise',
    );
    expect(rows.map(([service]) => service)).toEqual(['', 'read data request', 'read data request']);
    expect(rows[1]?.[1]).toMatch(/^(1|True)$/);
    expect(rows[2]?.[1]).toMatch(/^(0|False)$/);
    expect(rows[2]?.[2]).toBe('5');
  });
});
