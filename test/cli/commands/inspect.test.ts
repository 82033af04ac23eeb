import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { listen, type Server } from '../../../src/index.js';
import { Running } from '../../support/command.js';
import { fetched, pull, pullUntil } from '../../support/feed.js';
import { TestFolder } from '../../support/folder.js';
import { RECORDING_HEADER, recordedLine, recordedRead } from '../../support/recording.js';

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

/** What a page gets first, as text. */
async function entriesAt(url: string): Promise<string> {
  return JSON.stringify((await pull(url)).entries);
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

  test('shows a recording of proxy at its time of day, with its requests and answers paired, and the trouble in it', async () => {
    const noise = { ms: 3, connection: 1, from: 'server', noise: 'noise', bytes: 6, sample: '626f6f740d0a' };
    const lines = `${recordedRead(7, 'now', 2)}${JSON.stringify(noise)}\n`;
    const running = new Running(['inspect', '--replay', folder.file('one', RECORDING_HEADER + lines)]);
    const url = await running.printed(PAGE);
    const { entries, feed } = await pullUntil(url, (_, { totals }) => totals.troubles > 0);
    expect(feed.startedAt).toBe(Date.parse('2026-01-01T00:00:00Z'));
    const messages = entries.filter((entry) => entry.kind === 'message');
    expect(messages.map(({ role, exchange, size, ms }) => [role, exchange, size, ms])).toEqual([
      ['request', 1, expect.any(Number), 2],
      ['answer', 1, expect.any(Number), 2],
    ]);
    expect(entries).toContainEqual(expect.objectContaining({ kind: 'trouble', code: 'noise' }));
    expect(await running.interrupt()).toBe(0);
  });

  test('shows its own recording again: when it was made, and the trouble that was found then, once', async () => {
    const recording = folder.at('own.jsonl');
    const plain = await listen({ port: 0 }, () => {});
    const running = new Running(['inspect', `127.0.0.1:${plain.port}`, '--record', recording], { env: ENV });
    const live = await pullUntil(await running.printed(PAGE), (_, { totals }) => totals.troubles > 0);
    await running.interrupt();
    await plain.close();
    const again = new Running(['inspect', '--replay', recording]);
    const { feed } = await pullUntil(await again.printed(PAGE), (_, { totals }) => totals.troubles > 0);
    const [header = ''] = readFileSync(recording, 'utf8').split('\n', 1);
    expect(JSON.parse(header)).toMatchObject({
      version: 2,
      time: new Date(feed.startedAt ?? 0).toISOString(),
    });
    expect(feed.startedAt).toBe(live.feed.startedAt);
    expect(feed.totals.byCode).toEqual(live.feed.totals.byCode);
    expect(await again.interrupt()).toBe(0);
  });

  test('shows a recording that does not say when it was made without a time of day', async () => {
    const header = '{"recording":"socket-protocol debugger","version":2}\n';
    const note = {
      kind: 'note',
      number: 1,
      ms: 5,
      group: 'pump',
      code: 'connected',
      reason: null,
      text: 'x',
      isTrouble: false,
    };
    const running = new Running([
      'inspect',
      '--replay',
      folder.file('old', `${header}${JSON.stringify(note)}\n`),
    ]);
    const { feed } = await pullUntil(await running.printed(PAGE), (seen) => seen.length > 0);
    expect(feed.startedAt).toBeNull();
    expect(await running.interrupt()).toBe(0);
  });

  test('reads the recording of a proxy for its page, and leaves what the page shows as it is', async () => {
    const running = new Running(['inspect', address], { env: ENV });
    const url = await running.printed(PAGE);
    const lines = [
      recordedLine({ from: 'client', serviceId: 10, dataId: 3, ms: 5, connection: 1 }),
      recordedLine({ from: 'server', serviceId: 11, dataId: 3, ms: 25, connection: 1 }),
    ];
    const post = (body: string, headers: Readonly<Record<string, string>> = {}) =>
      fetched(`${url}recordings`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', ...headers },
        body,
      });
    const { status, body } = await post([RECORDING_HEADER, ...lines].join('\n'));
    expect(status).toBe(200);
    const { entries, startedAt } = JSON.parse(body);
    const messages = entries.filter(({ kind }: { kind: string }) => kind === 'message');
    expect(messages).toMatchObject([
      { serviceId: 10, dataId: 3, ms: 5, exchange: 1 },
      { serviceId: 11, dataId: 3, ms: 25, exchange: 1 },
    ]);
    expect(startedAt).toBe(Date.parse('2026-01-01T00:00:00Z'));
    expect(await entriesAt(url)).not.toContain('"dataId":3');

    expect(await post('no recording')).toMatchObject({
      status: 422,
      body: expect.stringContaining('unreadable'),
    });
    expect(await post('', { origin: 'http://elsewhere.example' })).toMatchObject({ status: 403 });
    expect(await post('', { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
    expect(await running.interrupt()).toBe(0);
  });

  test('lets the page send in its own session', async () => {
    const plain = await listen({ port: 0 }, (session) => session.onRead(7, () => 'now'));
    const running = new Running(['inspect', `127.0.0.1:${plain.port}`]);
    const url = await running.printed(PAGE);
    await pullUntil(url, (_, { canSend }) => canSend);
    const { body } = await fetched(`${url}requests`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ group: 'session', serviceId: 10, dataId: 7, data: null }),
    });
    expect(JSON.parse(body)).toMatchObject({ status: 0, data: 'now' });
    expect(await running.interrupt()).toBe(0);
    await plain.close();
  });
});
