import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Io } from '../../src/cli/io.js';
import { jsonText } from '../../src/cli/recording/item-lines.js';
import { connect, listen, Message, type Server, SID_READ_REQUEST, StatusError } from '../../src/index.js';
import { hexDump } from '../../src/session/journal/logging.js';
import { createStructJson, encodeStp, pureJson, structJson } from '../../src/wire/index.js';
import { type Outcome, Running } from '../support/command.js';

const SECRET = 'correct horse battery staple';
const ENV = { SOCKET_PROTOCOL_SECRET: SECRET };
const folder = mkdtempSync(join(tmpdir(), 'socket-protocol-commands-'));
afterAll(() => rmSync(folder, { recursive: true }));

const cli = (argv: readonly string[], world?: Partial<Io>): Promise<Outcome> =>
  new Running(argv, world).outcome();

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

let server: Server;
let address: string;
beforeAll(async () => {
  server = await listen({ port: 0, secret: SECRET }, (session) => {
    session.addService(100, 101);
    let count = 0;
    session.onRead(1, () => ++count);
    session.onExecute(2, (data) => data);
    session.onRequest(100, 3, (data) => ({ got: data }));
    session.onRead(4, () => {
      throw new StatusError(6);
    });
  });
  address = `127.0.0.1:${server.port}`;
});
afterAll(() => server.close());

describe('request', () => {
  test('asks a service of its own, and a built-in one', async () => {
    const own = await cli(['request', address, '100', '3', '{"on": true}'], { env: ENV });
    const builtIn = await cli(['request', address, '30', '2', '"x"', '--json'], { env: ENV });
    expect([own, builtIn.out]).toEqual([
      { code: 0, out: '{"got":{"on":true}}\n', err: '' },
      '{"service_id":31,"data_id":2,"status":0,"data":"x"}\n',
    ]);
  });

  test('repeats, with a line for each answer', async () => {
    const argv = ['request', address, '30', '2', '7', '--repeat', '3', '--interval', '1'];
    expect(await cli(argv, { env: ENV })).toEqual({ code: 0, out: '7\n7\n7\n', err: '' });
  });

  test('ends at once where the connection is lost between two requests', async () => {
    const own = await listen({ port: 0 }, (session) => void session.onRead(0, () => 'now'));
    const running = new Running([
      'request',
      `127.0.0.1:${own.port}`,
      '10',
      '0',
      '--repeat',
      '9',
      '--interval',
      '300',
    ]);
    await running.printed(/"now"/);
    await own.close();
    const { code, err } = await running.outcome();
    expect(code).toBe(3);
    expect(err).toMatch(/^socket-protocol: the connection was lost .*\n$/);
  });

  test('ends with 1 for another status, and shows the answer as JSON before', async () => {
    const { code, out, err } = await cli(['request', address, '10', '4', '--json'], { env: ENV });
    expect([code, out, err]).toEqual([
      1,
      '{"service_id":11,"data_id":4,"status":6,"data":null}\n',
      'socket-protocol: expected the status okay, got 6 (operation not permitted)\n',
    ]);
  });
});

describe('what a peer says', () => {
  test('commands no terminal, and is still the same data', () => {
    const data = { text: '\u009b2J\u202e\u007f\u2028é😀' };
    expect(jsonText(data)).toBe('{"text":"\\u009b2J\\u202e\\u007f\\u2028é😀"}');
    expect(JSON.parse(jsonText(data))).toEqual(data);
  });
});

describe('decode', () => {
  const message = new Message({ serviceId: SID_READ_REQUEST, dataId: 7, data: 'hello' });
  const payload = pureJson.encode(message);
  const line = 'service: read data request, data_id: 7, status: okay, data: "\'hello\'"\n';

  test('reads hex dumps as they are logged, with their direction', async () => {
    const log = `noise\nDEBUG comm-client: TX -> ${hexDump(payload)}\nDEBUG comm-client: RX <- ${hexDump(payload)}\n`;
    const { code, out } = await cli(['decode', file('dumps', log)]);
    expect([code, out]).toEqual([0, `TX -> [checksum ok] ${line}RX <- [checksum ok] ${line}`]);
  });

  test('says which dump is cut off', async () => {
    const log = `fine\n${hexDump(payload).slice(0, -3)}\n`;
    const { code, err } = await cli(['decode', file('cut', log)]);
    expect([code, err]).toEqual([
      1,
      `socket-protocol: line 2: expected a dump of ${payload.length} bytes, got ${payload.length - 1}: is it cut off?\n`,
    ]);
  });

  test('reads a raw stream: messages, refused frames and noise', async () => {
    const broken = Buffer.from(payload);
    broken[3] = 0x58;
    const stream = Buffer.concat([Buffer.from('noise'), encodeStp(payload), encodeStp(broken)]);
    const { code, out } = await cli(['decode', file('raw', stream)]);
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toBe('5 bytes are no frame (noise): "noise"');
    expect(out).toContain(`[checksum ok] ${line}`);
    expect(out).toContain('refused (checksum): expected the CRC-32');
  });

  test('shows what is no frame as text that moves no cursor, and the beginning of what is long', async () => {
    const noise = Buffer.from('\u001b[2J "a\\\n::b\u00e9');
    const stream = Buffer.concat([noise, encodeStp(payload), Buffer.alloc(100, 'z')]);
    const { out } = await cli(['decode', file('noisy', stream)]);
    expect(out.split('\n')).toEqual([
      `${noise.length} bytes are no frame (noise): "\\x1b[2J \\"a\\\\\\n::b\\xc3\\xa9"`,
      `[checksum ok] ${line.trimEnd()}`,
      `100 bytes are no frame (noise): "${'z'.repeat(64)}" …`,
      '',
    ]);
    const asJson = await cli(['decode', file('noisy', stream), '--json']);
    expect(JSON.parse(asJson.out.split('\n')[0] ?? '')).toEqual({
      noise: 'noise',
      bytes: noise.length,
      sample: noise.toString('hex'),
    });
  });

  test('says where a frame is a message of the other codec', async () => {
    const stream = encodeStp(structJson.encode(message));
    const { out } = await cli(['decode', file('struct.raw', stream)]);
    expect(out).toMatch(/^refused \(checksum\): .*; it is a message of struct_json\n$/);
    expect((await cli(['decode', file('struct.raw', stream), '--struct'])).out).toBe(`[checksum ok] ${line}`);
  });

  test('reads a raw stream that is written as hex, as lines of JSON', async () => {
    const hex = encodeStp(payload).toString('hex');
    const { out } = await cli(['decode', file('hex', `${hex}\n`), '--json']);
    expect(out).toBe('{"service_id":10,"data_id":7,"status":0,"data":"hello"}\n');
  });

  test('masks the data of an authentication', async () => {
    const seed = pureJson.encode(new Message({ serviceId: 1, dataId: 0, data: 'ab'.repeat(32) }));
    const { out } = await cli(['decode', file('seed', encodeStp(seed))]);
    expect(out).toContain('data: "***"');
    expect(out).not.toContain('abab');
  });

  test('ends with 1 for what holds nothing to decode', async () => {
    const { code, err } = await cli(['decode', file('nothing', 'hello world')]);
    expect([code, err]).toEqual([
      1,
      'socket-protocol: expected hex dumps, a stream of frames or a recording, got 11 bytes that are none\n',
    ]);
  });
});

describe('proxy', () => {
  test('passes on untouched, shows both directions and states, and records what replay can play', async () => {
    const recording = join(folder, 'device.jsonl');
    const running = new Running(['proxy', '0', address, '--record', recording]);
    const port = Number(await running.printed(/listening on 127\.0\.0\.1:(\d+)/));
    {
      await using session = await connect({ port, secret: SECRET });
      expect([await session.read(1), await session.execute(2, [1.5, 'x'])]).toEqual([1, [1.5, 'x']]);
      await expect(session.read(4)).rejects.toThrow(StatusError);
    }
    await running.printed(/has hung up/);
    expect(await running.interrupt()).toBe(0);
    expect(running.out).toMatch(/client → service: read data request, data_id: 1,/);
    expect(running.out).toMatch(/← server service: read data response, data_id: 1, status: okay, data: "1"/);
    expect(running.out).toMatch(/states: client seedRequested, server seedSent/);
    expect(running.out).toMatch(/states: client trusted, server trusted/);
    const recorded = readFileSync(recording, 'utf8');
    const lines = recorded.trimEnd().split('\n').slice(1);
    const open = lines.flatMap((line) => {
      const { payload } = JSON.parse(line) as { payload?: string };
      return payload === undefined ? [] : [pureJson.decode(Buffer.from(payload, 'hex')).serviceId];
    });
    expect(recorded.match(/"masked"/g)).toHaveLength(4);
    expect(open.filter((serviceId) => serviceId < 2)).toEqual([]);

    const decoded = await cli(['decode', recording]);
    expect(decoded.out).toContain('client [checksum ok] service: execute request, data_id: 2');

    const playing = new Running(['replay', recording, '--port', '0'], { env: ENV });
    const mock = await playing.printed(/listening on (\S+)/);
    const asClient = await cli(['replay', recording, '--as', 'client', '--to', mock, '--speed', '0'], {
      env: ENV,
    });
    expect(asClient.code).toBe(0);
    expect(asClient.out.match(/^same/gm)).toHaveLength(3);
    expect(await playing.interrupt()).toBe(0);
  });

  test('records what is not answered, and replay says that it leaves it out', async () => {
    const line = (serviceId: number, from: string): string => {
      const payload = pureJson.encode(new Message({ serviceId, dataId: 1, data: null })).toString('hex');
      return `{"ms":1,"from":"${from}","payload":"${payload}"}\n`;
    };
    const header = '{"recording":"socket-protocol","version":1,"codec":"pure_json","started":"2026-01-01"}\n';
    const half = file('half.jsonl', header + line(10, 'client') + line(11, 'server') + line(10, 'client'));
    const playing = new Running(['replay', half, '--port', '0']);
    await playing.printed(/listening/);
    expect(playing.err).toBe(
      'socket-protocol: left out, for the recording has no answer to them: 1 requests\n',
    );
    expect(await playing.interrupt()).toBe(0);
  });

  test('hangs up on a client whose server is not there, and ends when it is interrupted', async () => {
    const running = new Running(['proxy', '0', '127.0.0.1:1']);
    const port = Number(await running.printed(/listening on 127\.0\.0\.1:(\d+)/));
    const { code, err } = await cli(['read', `127.0.0.1:${port}`, '0']);
    expect([code, err.trimEnd().split('\n').length]).toEqual([3, 1]);
    await running.printed(/the client has hung up/);
    expect(await running.interrupt()).toBe(0);
  });

  test('leaves an old recording alone where its port is taken', async () => {
    const old = file('old.jsonl', 'what is in it\n');
    const taken = address.replace(/.*:/, '');
    const { code } = await cli(['proxy', taken, '127.0.0.1:1', '--record', old]);
    expect([code, readFileSync(old, 'utf8')]).toEqual([3, 'what is in it\n']);
  });

  test('records another codec, and big integers, so that replay plays both as they were', async () => {
    const recording = join(folder, 'struct.jsonl');
    const own = await listen({ port: 0, codec: createStructJson({ allowNan: true }) }, (session) =>
      session.onExecute(null, (data) => data),
    );
    const running = new Running(['proxy', '0', `127.0.0.1:${own.port}`, '--struct', '--record', recording]);
    const port = await running.printed(/listening on (127\.0\.0\.1:\d+)/);
    expect((await cli(['execute', port, '1', '[NaN, 12345678901234567890]', '--struct'])).code).toBe(0);
    expect(await running.interrupt()).toBe(0);
    await own.close();
    const playing = new Running(['replay', recording, '--port', '0']);
    const mock = await playing.printed(/listening on (\S+)/);
    const { code, out, err } = await cli([
      'replay',
      recording,
      '--as',
      'client',
      '--to',
      mock,
      '--speed',
      '0',
    ]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^same .*\[NaN,12345678901234567890\].*\[NaN,12345678901234567890\]/);
    expect(await playing.interrupt()).toBe(0);
  });

  test('shows a wrong secret as the end of an authentication', async () => {
    const running = new Running(['proxy', '0', address]);
    const port = Number(await running.printed(/listening on 127\.0\.0\.1:(\d+)/));
    await expect(connect({ port, secret: 'another secret than theirs' })).rejects.toThrow();
    await running.interrupt();
    expect(running.out).toMatch(
      /states: client keySent, server seedSent[\s\S]*states: client untrusted, server untrusted/,
    );
  });
});

describe('a recording', () => {
  const header =
    '{"recording":"socket-protocol","version":1,"codec":"pure_json","started":"2026-01-01T00:00:00Z"}\n';
  test.each([
    ['that is cut off', `${header}{"ms":1,"from":"client","pay`, 'it is cut off'],
    ['with a line that is none', `${header}{"ms":1}\n`, 'line 2 of the recording: expected from, got none'],
    [
      'with a line of somebody else',
      `${header}{"ms":1,"from":"device","payload":""}\n`,
      'line 2 of the recording: expected ("client" | "server") as from, got "device"',
    ],
    [
      'of a later version',
      header.replace('"version":1', '"version":2'),
      'expected a recording of version 1, got 2',
    ],
    ['without a request', header, 'expected a recording with requests and answers, got none in it'],
    [
      'of the debugger',
      '{"recording":"socket-protocol debugger","version":1}\n',
      'expected a recording of proxy, got one of the debugger: inspect --replay shows it',
    ],
    [
      'with bytes that are no hex',
      `${header}{"ms":1,"from":"client","payload":"zz${'6461'.repeat(100)}"}\n`,
      'expected pairs of hex digits as payload, got "zz6461',
    ],
    [
      'in a codec that nobody knows',
      header.replace('pure_json', 'xml'),
      'expected a recording in pure_json or struct_json, got one in xml',
    ],
    ['that is something else', '{}\n', 'expected a recording of socket-protocol, got something else'],
  ])('%s is refused in one line', async (name, content, text) => {
    const { code, err } = await cli(['replay', file(name, content), '--port', '0']);
    expect(code).toBe(1);
    expect(err).toContain(text);
    expect(err.trimEnd()).not.toContain('\n');
  });
});

describe('monitor', () => {
  test('prints what comes and what happens to the connection, and ends when it is interrupted', async () => {
    const own = await listen({ port: 0 }, (session) => void session.send(10, 5, 'ping'));
    const running = new Running(['monitor', `127.0.0.1:${own.port}`, '--json']);
    await running.printed(/"data":"ping"/);
    await own.close();
    await running.printed(/"event":"disconnected"/);
    expect(await running.interrupt()).toBe(0);
    const events = running.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.map(({ event, data }) => event ?? data)).toEqual(
      expect.arrayContaining(['connected', 'ping', 'disconnected']),
    );
  });
});

describe('inspect', () => {
  /** What the stream of the debugger begins with. */
  const entriesAt = async (url: string): Promise<string> => {
    const response = await fetch(`${url}events`);
    const reader = response.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    await reader?.cancel();
    return Buffer.from(value ?? []).toString();
  };

  test('shows a session, records what it shows, and shows the recording again', async () => {
    const recording = join(folder, 'shown.jsonl');
    const running = new Running(['inspect', address, '--record', recording], { env: ENV });
    const url = await running.printed(/http:\/\/127\.0\.0\.1:\d+\//);
    while (!readFileSync(recording, 'utf8').includes('"state":{"client":"trusted"}'))
      await new Promise(setImmediate);
    expect(await entriesAt(url)).toContain('"state":{"client":"trusted"}');
    expect(await running.interrupt()).toBe(0);
    expect(readFileSync(recording, 'utf8')).not.toMatch(/[0-9a-f]{64}/);

    const again = new Running(['inspect', '--replay', recording]);
    const replayed = await again.printed(/http:\/\/127\.0\.0\.1:\d+\//);
    while (!(await entriesAt(replayed)).includes('"state":{"client":"trusted"}'))
      await new Promise(setImmediate);
    expect(await again.interrupt()).toBe(0);
  });

  test('sends all to a server of the inspector of Stately as well', async () => {
    const stately = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(stately, 'listening');
    const isTold = new Promise<void>((resolve) => {
      stately.on('connection', (socket) =>
        socket.on('message', (data) => {
          if (String(data).includes('"value":{"client":"trusted"}')) resolve();
        }),
      );
    });
    const url = `ws://127.0.0.1:${(stately.address() as AddressInfo).port}`;
    const running = new Running(['inspect', address, '--stately', url], { env: ENV });
    await isTold;
    expect(await running.interrupt()).toBe(0);
    await new Promise<void>((resolve) => stately.close(() => resolve()));
  });

  test('tells the connections of a recording apart', async () => {
    const lines = [1, 2].map((connection) => {
      const request = new Message({ serviceId: SID_READ_REQUEST, dataId: connection, data: null });
      return `{"ms":${connection},"connection":${connection},"from":"client","payload":"${pureJson.encode(request).toString('hex')}"}\n`;
    });
    const header = '{"recording":"socket-protocol","version":1,"codec":"pure_json","started":"2026-01-01"}\n';
    const running = new Running(['inspect', '--replay', file('two.jsonl', header + lines.join(''))]);
    const url = await running.printed(/http:\/\/127\.0\.0\.1:\d+\//);
    let shown = '';
    while (!shown.includes('"dataId":2')) shown = await entriesAt(url);
    expect(shown).toMatch(/"kind":"message","group":"connection 1".*"dataId":1/);
    expect(shown).toMatch(/"kind":"message","group":"connection 2".*"dataId":2/);
    expect(await running.interrupt()).toBe(0);
  });

  test.each([
    [['inspect', '127.0.0.1:1', '--stately', 'http://x'], 2, 'the address of a WebSocket'],
    [['replay', 'cut', '--to', '127.0.0.1:1'], 2, 'expected --as client with --to, got none'],
    [['inspect'], 2, 'expected either HOST:PORT or --replay RECORDING'],
    [['inspect', '--replay', 'no such file'], 2, 'expected a readable recording, got "no such file": ENOENT'],
    [['inspect', '--replay', 'cut'], 1, 'it is cut off'],
  ])('refuses %j in one line', async (argv, expected, text) => {
    const cut = file('cut', '{"recording":"socket-protocol debugger","version":1}\n{"kind":"no');
    const { code, err } = await cli(argv.map((word) => (word === 'cut' ? cut : word)));
    expect([code, err.includes(text)]).toEqual([expected, true]);
    expect(err.trimEnd()).not.toContain('\n');
  });
});
