/** A server that is told to end: what it has accepted is finished, and it ends in any case. */

import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { frameOf } from '../support/bytes.js';
import { killAll, type Line, Program } from './support/program.js';
import { dial, onMessage, RawServer } from './support/raw.js';
import { Relay } from './support/relay.js';

const MIB = 1024 * 1024;
const CLI = 'node_modules/socket-protocol/dist/src/cli/main.js';

afterEach(killAll);

interface Setup {
  readonly drain?: boolean;
  readonly timeout?: number;
  readonly listenOptions?: object;
}

async function serverAndClient(setup: Setup): Promise<{ server: Program; client: Program; port: number }> {
  const server = new Program('ending-server.mjs', { args: [JSON.stringify(setup)] });
  const { port } = (await server.next('listening')) as Line & { port: number };
  const client = new Program('client.mjs');
  await client.ask('connect', { options: { port, reconnect: false } });
  return { server, client, port };
}

const NOTHING_CUT = { sessions: 1, lostBytes: 0, cutRequests: 0, cutCallbacks: 0 };

describe('a server that drains', () => {
  test.each([
    'SIGTERM',
    'SIGINT',
  ] as const)('FC-27: answers what it was asked before %s, and ends', async (signal) => {
    const { server, client, port } = await serverAndClient({ drain: true });
    const answer = client.ask('read', { dataId: 300 });
    await server.next('asked', { dataId: 300 });
    server.signal(signal);
    await server.next('ending', { signal });
    // nobody gets in any more
    const late = new Program('client.mjs');
    expect(await late.askInVain('connect', { options: { port } })).toMatchObject({
      name: 'ConnectError',
      reason: 'connection-refused',
    });
    expect(await answer).toBe('after 300 ms');
    await server.ended();
    expect([server.exitCode, server.endedBy]).toEqual([0, null]);
    expect(server.all('ended')).toEqual([expect.objectContaining(NOTHING_CUT)]);
    expect(server.all('server closed')).toEqual([expect.objectContaining(NOTHING_CUT)]);
    expect(server.all('warning')).toEqual([]);
  });

  test('FC-27: lets a handler ask the client back', async () => {
    const { server, client } = await serverAndClient({ drain: true });
    const answer = client.ask('write', { length: 3 });
    await server.next('asked');
    server.signal('SIGTERM');
    // what the client answers to READ 1
    expect(await answer).toBe('x');
    await server.ended();
    expect(server.all('ended')).toEqual([expect.objectContaining(NOTHING_CUT)]);
  });

  test('FC-27: tells what it had to cut, when its time is over', async () => {
    const { server, client } = await serverAndClient({ drain: true, timeout: 100 });
    const answer = client.askInVain('read', { dataId: 3_600_000, options: { timeout: 60_000 } });
    await server.next('asked');
    server.signal('SIGTERM');
    expect(await answer).toMatchObject({ name: 'ConnectionLostError' });
    const report = await server.next('ended');
    expect(report).toMatchObject({ ...NOTHING_CUT, cutCallbacks: 1 });
  });

  test('FC-27: is not held up by a client that is frozen and has not read its answer', async () => {
    const setup = { drain: true, timeout: 500, listenOptions: { closeTimeout: 500 } };
    const { server, client } = await serverAndClient(setup);
    void client.ask('execute', { dataId: 7 * MIB, options: { timeout: 60_000 } }).catch(() => {});
    await server.next('asked');
    client.freeze();
    server.signal('SIGTERM');
    const report = await server.next('ended');
    expect(report).toMatchObject({ sessions: 1, cutRequests: 0 });
    await server.ended();
    expect([server.exitCode, server.endedBy]).toEqual([0, null]);
  });

  test('FC-27: ends at once at a second signal', async () => {
    const { server, client } = await serverAndClient({ drain: true, timeout: 3_600_000 });
    const answer = client.askInVain('read', { dataId: 3_600_000, options: { timeout: 60_000 } });
    await server.next('asked');
    server.signal('SIGTERM');
    await server.next('ending');
    server.signal('SIGTERM');
    await server.ended();
    expect([server.endedBy, server.all('ended')]).toEqual(['SIGTERM', []]);
    expect(await answer).toMatchObject({ name: 'ConnectionLostError' });
  });
});

test('a server that closes without draining cuts what runs, and tells it', async () => {
  const { server, client } = await serverAndClient({});
  const answer = client.askInVain('read', { dataId: 3_600_000, options: { timeout: 60_000 } });
  await server.next('asked');
  server.signal('SIGTERM');
  expect(await answer).toMatchObject({ name: 'ConnectionLostError', written: true });
  expect(await server.next('ended')).toMatchObject({ ...NOTHING_CUT, cutCallbacks: 1 });
});

/** Starts a command that listens. */
async function commandLine(...words: string[]): Promise<{ command: Program; port: number }> {
  const command = new Program(CLI, { args: [...words, '--json'] });
  const { listening } = await command.until('it listens', () =>
    command.lines.find((line) => 'listening' in line),
  );
  return { command, port: Number(String(listening).replace(/.*:/, '')) };
}

describe('the command serve', () => {
  test('FC-10: sends a long answer over a slow road to its end after SIGTERM', async () => {
    const { command, port } = await commandLine('serve', '--port', '0');
    await using road = await Relay.open(port, { bytesPerSecond: 3 * MIB });
    const socket = await dial(road.port);
    const text = 'y'.repeat(6 * MIB);
    socket.write(frameOf(30, 1, text));
    const answer = new Promise((resolve) => {
      onMessage(socket, ({ serviceId, data }) => serviceId === 31 && resolve(data));
    });
    // the answer has begun to come
    await once(socket, 'data');
    command.signal('SIGTERM');
    expect((await answer) === text).toBe(true);
    socket.end();
    await command.ended();
    expect([command.exitCode, command.endedBy, /[Cc]ut/.test(command.err)]).toEqual([0, null, false]);
    expect(command.lines.at(-1)).toEqual({ event: 'closed', ...NOTHING_CUT });
  });

  test.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGINT'],
    ['SIGINT', 'SIGTERM'],
  ] as const)('waits after %s for a client that does not read, tells that, and ends at once after %s', async (first, second) => {
    const { command, port } = await commandLine('serve', '--port', '0');
    const socket = await dial(port);
    socket.write(frameOf(30, 1, 'y'.repeat(7 * MIB)));
    await once(socket, 'readable');
    command.signal(first);
    await command.until('it says that it waits', () => /Ctrl-C again/.test(command.err));
    command.signal(second);
    await command.ended();
    expect(command.endedBy).toBe(second);
    socket.destroy();
  });
});

test('FC-10: the command proxy brings what a side has sent before it hung up over a slow road', async () => {
  let arrived = 0;
  let hasEnded: () => void = () => {};
  const ended = new Promise<void>((resolve) => (hasEnded = resolve));
  await using target = await RawServer.listen((socket) => {
    socket.on('data', (chunk) => (arrived += chunk.length)).once('close', () => hasEnded());
  });
  await using road = await Relay.open(target.port, { bytesPerSecond: 4 * MIB });
  const { command, port } = await commandLine('proxy', '0', `127.0.0.1:${road.port}`);
  const socket = await dial(port);
  socket.resume().end(Buffer.alloc(12 * MIB, 'x'));
  await ended;
  command.signal('SIGTERM');
  await command.ended();
  expect([arrived, command.exitCode]).toEqual([12 * MIB, 0]);
});
