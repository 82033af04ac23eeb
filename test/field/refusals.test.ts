/** Devices that cannot connect at all, in real processes: who was refused, why, how often, and what to do, on the first screen. */

import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { CHROMIUM, Chromium, shows } from '../inspector/page-browser.js';
import { printedIn, tableOf } from './support/page-tables.js';
import { Running } from './support/running.js';

const FOLDER = inject('fieldFolder');
const COMMAND = join(FOLDER, 'node_modules/socket-protocol/dist/src/cli/main.js');
const PROGRAM = join(FOLDER, 'refusing.mjs');
const SECRET = 'correct horse battery staple, and long enough for a pre-shared key';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

function start(argv: readonly string[], secret: string | null = null): Running {
  const environment = secret === null ? {} : { SOCKET_PROTOCOL_SECRET: secret };
  const running = new Running(argv, process.execPath, environment);
  open.push(() => running[Symbol.dispose]());
  return running;
}

/** A program that listens and has a debugger. */
async function listening(argv: readonly string[], secret: string | null = null) {
  const running = start(argv, secret);
  const text = await running.printed('out', /^listening on .*\n/m);
  return {
    url: /debugger at (http:\S+)/.exec(text)?.[1] ?? running.err,
    port: Number(/^listening on \S+:(\d+)/m.exec(text)?.[1]),
  };
}

const serve = (...argv: readonly string[]) =>
  listening([COMMAND, 'serve', '--port', '0', '--inspect', ...argv], SECRET);
const program = (options: object, kind = 'server') => listening([PROGRAM, kind, JSON.stringify(options)]);

/** The command of a device, which does not get in. */
async function device(port: number, secret: string | null, ...argv: readonly string[]): Promise<void> {
  const running = start([COMMAND, 'read', `127.0.0.1:${port}`, '0', '--timeout', '2000', ...argv], secret);
  expect(await running.code).not.toBe(0);
}

/** A peer that connects; with something to say, it waits until it is thrown out. */
async function peer(port: number, says: string | null = null): Promise<Socket> {
  const socket = createConnection({ port, host: '127.0.0.1' }).on('error', () => {});
  open.push(() => socket.destroy());
  await once(socket, 'connect');
  if (says === null) return socket;
  socket.resume().write(says);
  await new Promise((resolve) => socket.once('close', resolve));
  return socket;
}

const BROWSER = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** Each row of the table, what makes it, and what stands there to copy. */
const REFUSALS: readonly (readonly [row: string, make: () => Promise<{ url: string }>, code: RegExp])[] = [
  [
    'no TLS',
    async () => {
      const server = await serve('--tls-psk');
      await device(server.port, SECRET);
      return server;
    },
    /tls: \{ ca \}/,
  ],
  [
    'another secret',
    async () => {
      const server = await serve('--tls-psk');
      await device(server.port, `${SECRET}!`, '--tls-psk');
      return server;
    },
    /sha256sum secret\.txt/,
  ],
  [
    'a browser at the port',
    async () => {
      const server = await serve();
      await peer(server.port, BROWSER);
      return server;
    },
    /ss -tnp/,
  ],
  [
    'one too many',
    async () => {
      const server = await program({ maxConnections: 1 });
      const first = await peer(server.port);
      await device(server.port, null);
      expect(first.destroyed).toBe(false);
      return server;
    },
    /maxConnections: 10_000/,
  ],
  [
    'too many of one address',
    async () => {
      const server = await program({ maxConnectionsPerAddress: 1, sharedAddresses: [] });
      await peer(server.port);
      await device(server.port, null);
      return server;
    },
    /sharedAddresses: \['127\.0\.0\.1'/,
  ],
  [
    'behind a proxy that does not say for whom',
    async () => {
      const server = await serve('--proxies', '127.0.0.1');
      await peer(server.port, BROWSER);
      return server;
    },
    /send-proxy-v2/,
  ],
];

describe.skipIf(CHROMIUM === undefined)('a device that cannot connect', () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await Chromium.launch();
  });
  afterAll(() => chromium.close());

  test('has a case for each row of the table', () => {
    expect(REFUSALS.map(([row]) => row)).toEqual(tableOf('debugging', 'refusals').map(([row]) => row));
  });

  test.each(REFUSALS)('%s', async (row, make, code) => {
    const line = tableOf('debugging', 'refusals').find(([name]) => name === row)?.[1];
    await chromium.opened(await make(), async (page) => {
      await shows(page, '.summary', printedIn(line));
      await shows(page, '.detail', '127.0.0.1');
      await shows(page, '.detail .story', 'What to do');
      await shows(page, '.detail', code);
    });
  });

  test('at a gateway, where it is the same', async () => {
    const server = await program({ maxConnections: 1 }, 'gateway');
    await peer(server.port);
    await device(server.port, null);
    await chromium.opened(server, (page) => shows(page, '.summary', 'the server has too many connections'));
  });

  test('is counted while it tries, and a scan of 2,000 connections is one line', async () => {
    const server = await program({ maxConnections: 1 });
    await peer(server.port);
    for (let n = 0; n < 40; n++)
      await Promise.all(Array.from({ length: 50 }, () => peer(server.port, BROWSER)));
    await chromium.opened(server, async (page) => {
      await shows(page, '.summary', '127.0.0.1 was refused 2000 times: the server has too many connections');
      await shows(page, '.session', /^listener 127\.0\.0\.1:\d+/);
      await page.locator('.summary-line').click();
      expect(await page.locator('.session:has-text("listener")').count()).toBe(1);
    });
  });
});
