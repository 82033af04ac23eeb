import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { listen, type Server } from '../../../src/index.js';
import { Running } from '../../support/command.js';
import { TestFolder } from '../../support/folder.js';
import { RECORDING_HEADER, recordedLine } from '../../support/recording.js';

const SECRET = 'correct horse battery staple';
const ENV = { SOCKET_PROTOCOL_SECRET: SECRET };
const PAGE = /debugger at (http:\/\/127\.0\.0\.1:\d+\/)\n/;
/** A state of the authentication that is trusted, in whichever state it is nested. */
const TRUSTED = /"(?:state|value)":(?:\{"\w+":)*"trusted"/;
const folder = new TestFolder();

let server: Server;
let address: string;
beforeAll(async () => {
  server = await listen({ port: 0, secret: SECRET }, () => {});
  address = `127.0.0.1:${server.port}`;
});
afterAll(() => server.close());

/** What the stream of the debugger begins with. */
async function entriesAt(url: string): Promise<string> {
  const response = await fetch(`${url}events`);
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return Buffer.from(value ?? []).toString();
}

describe('inspect', () => {
  test('shows a session, records what it shows, and shows the recording again', async () => {
    const recording = folder.at('shown.jsonl');
    const running = new Running(['inspect', address, '--record', recording], { env: ENV });
    const url = await running.printed(PAGE);
    while (!TRUSTED.test(readFileSync(recording, 'utf8'))) await new Promise(setImmediate);
    expect(await entriesAt(url)).toMatch(TRUSTED);
    expect(await running.interrupt()).toBe(0);
    expect(readFileSync(recording, 'utf8')).not.toMatch(/[0-9a-f]{64}/);

    const again = new Running(['inspect', '--replay', recording]);
    const replayed = await again.printed(PAGE);
    while (!TRUSTED.test(await entriesAt(replayed))) await new Promise(setImmediate);
    expect(await again.interrupt()).toBe(0);
  });

  test("sends everything to a server of Stately's inspector as well", async () => {
    const stately = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(stately, 'listening');
    const trusted = new Promise<void>((resolve) => {
      stately.on('connection', (socket) =>
        socket.on('message', (data) => {
          if (TRUSTED.test(String(data))) resolve();
        }),
      );
    });
    const url = `ws://127.0.0.1:${(stately.address() as AddressInfo).port}`;
    const running = new Running(['inspect', address, '--stately', url], { env: ENV });
    await trusted;
    expect(await running.interrupt()).toBe(0);
    await new Promise<void>((resolve) => stately.close(() => resolve()));
  });

  test('shows each connection of a recording as a group of its own', async () => {
    const lines = [1, 2].map((connection) =>
      recordedLine({ from: 'client', serviceId: 10, dataId: connection, ms: connection, connection }),
    );
    const running = new Running([
      'inspect',
      '--replay',
      folder.file('two', RECORDING_HEADER + lines.join('')),
    ]);
    const url = await running.printed(PAGE);
    let shown = '';
    while (!shown.includes('"dataId":2')) shown = await entriesAt(url);
    expect(shown).toMatch(/"kind":"message","group":"connection 1".*"dataId":1/);
    expect(shown).toMatch(/"kind":"message","group":"connection 2".*"dataId":2/);
    expect(await running.interrupt()).toBe(0);
  });
});
