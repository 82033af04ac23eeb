/** Six problems in real processes: what the first screen of the debugger says, in words and without a click. */

import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { connect } from '../../src/index.js';
import { CHROMIUM, Chromium, shows } from '../inspector/page-browser.js';
import { printedIn, tableOf } from './support/page-tables.js';
import { RawServer } from './support/raw.js';
import { Running } from './support/running.js';

const FOLDER = inject('fieldFolder');
const COMMAND = join(FOLDER, 'node_modules/socket-protocol/dist/src/cli/main.js');
const SECRET = 'correct horse battery staple';

const running: Running[] = [];
afterEach(() => {
  for (const each of running.splice(0)) each[Symbol.dispose]();
});

function start(argv: readonly string[], secret: string | null): Running {
  const environment = secret === null ? {} : { SOCKET_PROTOCOL_SECRET: secret };
  const program = new Running(argv, process.execPath, environment);
  running.push(program);
  return program;
}

/** Starts a server. */
async function serve(argv: readonly string[] = [], secret: string | null = null) {
  const program = start([COMMAND, 'serve', '--port', '0', ...argv], secret);
  const line = await program.printed('out', /^listening on .*\n/m);
  return { program, port: Number(/^listening on \S+:(\d+)/m.exec(line)?.[1]) };
}

/** Where the debugger of a program is. */
async function debuggerOf(program: Running): Promise<string> {
  const text = await program.printed('out', /http:\S+\n/);
  return /http:\S+/.exec(text)?.[0] ?? program.err;
}

const inspect = (port: number, secret: string | null = null): Promise<string> =>
  debuggerOf(start([COMMAND, 'inspect', `127.0.0.1:${port}`], secret));

describe.skipIf(CHROMIUM === undefined)('the first screen tells', () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await Chromium.launch();
  });
  afterAll(() => chromium.close());

  /** What docs/debugging.md says of a problem is in the red line, and its story stands there; then more can be looked at. */
  async function tells(url: string, problem: string, story: RegExp): Promise<void> {
    const row = tableOf('debugging', 'problems').find(([name]) => name === problem);
    await chromium.opened({ url }, async (page) => {
      await shows(page, '.summary', printedIn(row?.[1]));
      await shows(page, '.detail .story', 'What to do');
      await shows(page, '.detail', story);
    });
  }

  test('a wrong secret', async () => {
    const { port } = await serve([], SECRET);
    await tells(await inspect(port, 'another horse battery'), 'a wrong secret', /Compare the secrets/);
  });

  test('a codec that does not fit', async () => {
    const { port } = await serve(['--struct']);
    const url = await inspect(port);
    await tells(url, 'a codec that does not fit', /ping 127\.0\.0\.1:\d+ --struct/);
  });

  test('a device that prints to the line', async () => {
    const { port } = await serve();
    await using line = await RawServer.listen((near) => {
      const far = createConnection({ port, host: '127.0.0.1' });
      far.on('error', () => {}).on('close', () => near.destroy());
      near.on('close', () => far.destroy());
      near.write('boot v1.2 ok\r\n');
      near.pipe(far).pipe(near);
    });
    await tells(await inspect(line.port), 'a device that prints to the line', /62 6f 6f 74/);
  });

  test('a request that timed out on a busy link, a minute of 500 a second later', async () => {
    const { port } = await serve();
    const client = start([join(FOLDER, 'busy-client.mjs'), String(port)], null);
    const url = await debuggerOf(client);
    await client.printed('out', /ERR_TIMEOUT/);
    await tells(url, 'a request that timed out on a busy link', /calibrate request, data id 7/);
    expect(await client.printed('out', /a minute later/)).toContain('a minute later');
    await tells(url, 'a request that timed out on a busy link', /calibrate request, data id 7/);
  });

  test('a half-open link', async () => {
    const { program, port } = await serve();
    const url = await inspect(port);
    await chromium.opened({ url }, (page) => shows(page, '.session', 'connected'));
    program.signal('SIGSTOP');
    await tells(url, 'a half-open link', /Silent for/);
  });

  test('one bad device among 200', async () => {
    const { program, port } = await serve(['--inspect'], SECRET);
    const url = await debuggerOf(program);
    const sessions = await Promise.all(
      Array.from({ length: 199 }, (_, n) => connect({ port, secret: SECRET, channelName: `device ${n}` })),
    );
    const argv = [COMMAND, 'read', `127.0.0.1:${port}`, '0', '--channel', 'the bad one'];
    expect(await start(argv, 'another horse battery').code).toBe(4);
    await tells(url, 'one bad device among 200', /the bad one/);
    await chromium.opened({ url }, (page) => shows(page, '.session >> nth=0', 'the bad one'));
    await Promise.all(sessions.map((session) => session.close()));
  });
});
