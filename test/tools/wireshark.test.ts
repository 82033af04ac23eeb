import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { connect, listen, Message } from '../../src/index.js';
import { encodeStp, pureJson, structJson } from '../../src/wire/index.js';
import { authority, withKey } from '../support/certificates.js';
import { captureOf, type Segment } from './pcap.js';

const SCRIPT = fileURLToPath(new URL('../../tools/wireshark/socket-protocol.lua', import.meta.url));
const PORT = 17017;
const hasTshark = spawnSync('tshark', ['-v']).status === 0;
if (!hasTshark) console.warn('there is no tshark: the dissector is not tested');

const folder = mkdtempSync(join(tmpdir(), 'socket-protocol-capture-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What tshark shows of a capture: one row of fields for each packet. */
function dissected(segments: readonly Segment[], ...fields: string[]): string[][] {
  return dissectedWith({}, segments, ...fields);
}

interface How {
  readonly port?: number;
  readonly options?: readonly string[];
}

function dissectedWith(
  { port = PORT, options = [] }: How,
  segments: readonly Segment[],
  ...fields: string[]
) {
  const file = join(folder, 'capture.pcap');
  writeFileSync(file, captureOf(segments, port));
  const columns = fields.flatMap((field) => ['-e', field]);
  const text = execFileSync(
    'tshark',
    ['-X', `lua_script:${SCRIPT}`, '-r', file, ...options, '-T', 'fields', ...columns],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split('\t'));
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

  const INFO = '_ws.col.Info';
  const EXPERT = '_ws.expert.message';
  const frameOf = (serviceId: number, dataId: number, data: unknown, status = 0): Buffer =>
    Buffer.from(encodeStp(pureJson.encode(new Message({ serviceId, dataId, status, data }))));
  const sent = (bytes: Buffer): Segment => ({ from: 'client', bytes });
  const answered = (bytes: Buffer): Segment => ({ from: 'server', bytes });

  test.each([
    ['trusted', frameOf(1, 1, true), 'trusted'],
    ['key refused', frameOf(1, 1, false), 'key refused'],
    ['the server has no secret', frameOf(1, 0, null, 4), 'the server has no secret'],
  ])('says "%s" in the column of information and to experts', (verdict, bytes, expert) => {
    const [row] = dissected([answered(bytes)], 'socket_protocol.verdict', INFO, EXPERT);
    expect(row).toEqual([verdict, expect.stringMatching(new RegExp(`\\[${verdict}\\]$`)), expert]);
  });

  test('says what was refused', () => {
    const [row] = dissected([answered(frameOf(21, 7, null, 6))], EXPERT);
    expect(row).toEqual(['Status 6: operation not permitted']);
  });

  test('shows the text of noise in the column of information', () => {
    const bytes = Buffer.concat([Buffer.from('boot v1.2 ok\r\n'), frameOf(11, 0, 1)]);
    const [row] = dissected([answered(bytes)], 'socket_protocol.noise_text', INFO, EXPERT);
    expect(row?.[0]).toBe('boot v1.2 ok\\r\\n');
    expect(row?.[1]).toBe('[noise: "boot v1.2 ok\\r\\n"] | read data response, data id 0, okay');
    expect(row?.[2]).toBe('14 bytes that are no frame: "boot v1.2 ok\\r\\n"');
  });

  test('knows the codec of a damaged frame by its form, and believes nothing in it', () => {
    const damaged = (codec: typeof pureJson, at: number): Buffer => {
      const payload = Buffer.from(codec.encode(new Message({ serviceId: 10, dataId: 7, data: 'x' })));
      payload[at] = 0x21;
      return Buffer.from(encodeStp(payload));
    };
    const rows = dissected(
      [
        sent(damaged(pureJson, 3)),
        sent(damaged(structJson, 14)),
        answered(Buffer.from(encodeStp(Buffer.from('hello there, you')))),
      ],
      'socket_protocol.codec',
      'socket_protocol.service_id',
      INFO,
      EXPERT,
    );
    expect(rows[0]).toEqual([
      'pure_json',
      '',
      '[wrong checksum]',
      expect.stringContaining('The checksum is wrong'),
    ]);
    expect(rows[1]).toEqual([
      'struct_json',
      '10',
      'read data request, data id 7, okay [wrong checksum]',
      'The checksum is wrong',
    ]);
    expect(rows[2]).toEqual(['', '', '[no message]', 'The frame is no message']);
  });

  // an answer is not known yet when its request is read for the first time
  const TWO_PASSES = { options: ['-2'] };

  test('links requests with their answers, equal ids in their order', () => {
    const rows = dissectedWith(
      TWO_PASSES,
      [
        sent(frameOf(10, 7, 'first')),
        sent(Buffer.concat([frameOf(10, 7, 'second'), frameOf(20, 7, 1)])),
        answered(frameOf(11, 7, 1)),
        // the peer asks the same
        answered(frameOf(10, 7, null)),
        answered(Buffer.concat([frameOf(21, 7, null), frameOf(11, 7, 2)])),
        sent(frameOf(11, 7, 3)),
        answered(frameOf(11, 7, 'nobody asked')),
      ],
      'socket_protocol.answer_in',
      'socket_protocol.request_in',
      'socket_protocol.response_time',
    );
    expect(rows).toEqual([
      ['3', '', ''],
      ['5,5', '', ''],
      ['', '1', '2.000000000'],
      ['6', '', ''],
      ['', '2,2', '3.000000000,3.000000000'],
      ['', '4', '2.000000000'],
      ['', '', ''],
    ]);
  });

  test('links frames that come in pieces', () => {
    const request = frameOf(10, 7, 'in pieces');
    const rows = dissectedWith(
      TWO_PASSES,
      [
        sent(request.subarray(0, 9)),
        sent(Buffer.concat([request.subarray(9), request])),
        answered(frameOf(11, 7, 1)),
        answered(frameOf(11, 7, 2)),
      ],
      'socket_protocol.answer_in',
      'socket_protocol.request_in',
    );
    expect(rows.slice(1)).toEqual([
      ['3,4', ''],
      ['', '2'],
      ['', '2'],
    ]);
  });

  test('recognises a stream on any port by a first frame that is right, and no other', () => {
    const right = dissectedWith(
      { port: 9_000 },
      [sent(frameOf(10, 7, null)), answered(Buffer.from('boot'))],
      INFO,
    );
    expect(right).toEqual([['read data request, data id 7, okay'], ['[noise: "boot"]']]);
    const frame = frameOf(10, 7, null);
    frame[10] = 0x21;
    const [[other = ''] = []] = dissectedWith({ port: 9_000 }, [sent(frame)], 'socket_protocol.codec');
    expect(other).toBe('');
  });

  test('takes the ports of its preference', () => {
    const options = ['-o', 'socket_protocol.ports:9000-9001'];
    const noise = [answered(Buffer.from('boot v1.2 ok'))];
    expect(dissectedWith({ port: 9_001, options }, noise, INFO)).toEqual([['[noise: "boot v1.2 ok"]']]);
    expect(dissectedWith({ port: PORT, options }, noise, 'socket_protocol.noise')).toEqual([['']]);
  });

  test('reads what went through TLS, with the keys of the connection', async () => {
    const keys = join(folder, 'keys.log');
    const listener = await listen({ port: 0, tls: withKey('server') }, (session) => {
      session.onRead(7, () => 'through TLS');
    });
    const segments: Segment[] = [];
    const relay = createServer((client) => {
      const upstream = createConnection(listener.port, '127.0.0.1');
      const pass = (from: Segment['from'], source: Socket, target: Socket): void => {
        source.on('data', (bytes) => {
          segments.push({ from, bytes });
          target.write(bytes);
        });
        source.on('close', () => target.destroy()).on('error', () => {});
      };
      pass('client', client, upstream);
      pass('server', upstream, client);
    }).listen(0, '127.0.0.1');
    await once(relay, 'listening');
    const { port } = relay.address() as AddressInfo;
    const session = await connect({ port, host: '127.0.0.1', tls: { ca: authority, keylog: keys } });
    expect(await session.read(7)).toBe('through TLS');
    await session.close();
    await listener.close();
    relay.close();

    const readable = dissectedWith(
      { options: ['-o', `tls.keylog_file:${keys}`] },
      segments,
      'socket_protocol.data',
      INFO,
    );
    expect(readable.flat().join(' ')).toContain('"through TLS"');
    expect(readable.flat().join(' ')).toContain('read data response, data id 7, okay');
    const unreadable = dissected(segments, 'socket_protocol.data');
    expect(unreadable.flat().join('')).toBe('');
  });
});
