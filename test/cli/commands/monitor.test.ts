import { expect, test } from 'vitest';
import type { Io } from '../../../src/cli/io.js';
import { listen } from '../../../src/index.js';
import { linesOf, Running } from '../../support/command.js';
import { rawPeer } from '../../support/raw-peer.js';
import { VirtualClock } from '../../support/virtual-clock.js';

test('monitor prints messages and events as they come, until it is interrupted', async () => {
  const server = await listen({ port: 0 }, (session) => void session.send(10, 5, 'ping'));
  const running = new Running(['monitor', `127.0.0.1:${server.port}`, '--json']);
  await running.printed(/"data":"ping"/);
  await server.close();
  await running.printed(/"event":"not connected"/);
  expect(await running.interrupt()).toBe(0);
  const lines = linesOf(running.out);
  expect(lines).toEqual(
    expect.arrayContaining([
      { time: expect.any(String), event: 'connected', detail: `127.0.0.1:${server.port}` },
      expect.objectContaining({ service_id: 10, data_id: 5, data: 'ping' }),
      expect.objectContaining({ event: 'disconnected', detail: 'the peer closed the connection' }),
      expect.objectContaining({ event: 'not connected', code: 'ERR_CONNECT' }),
    ]),
  );
});

test.each([
  ['a connection', {}],
  ['an authentication', { SOCKET_PROTOCOL_SECRET: 'correct horse battery staple' }],
])('monitor reports no trouble when the person ends %s', async (_, env) => {
  // a silent peer never ends an authentication
  await using peer = await rawPeer((socket) => socket.resume());
  const running = new Running(['monitor', peer.address, '--json'], { env });
  await running.printed(/"event":"connected"/);
  expect(await running.interrupt()).toBe(0);
  expect(linesOf(running.out).map(({ event }) => event)).toEqual(['monitoring', 'connected', 'closed']);
});

test('monitor prints the reason of a drop as a code', async () => {
  await using peer = await rawPeer((socket) => socket.write('boot ok\n:<x:>'));
  const running = new Running(['monitor', peer.address, '--json']);
  await running.printed(/"reason":"short"/);
  expect(await running.interrupt()).toBe(0);
  expect(linesOf(running.out)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ event: 'dropped', reason: 'noise', detail: expect.any(String) }),
      expect.objectContaining({ event: 'dropped', reason: 'short', detail: expect.any(String) }),
    ]),
  );
});

test('monitor prints what a device prints to the line, with nothing in it that moves the cursor', async () => {
  await using peer = await rawPeer((socket) => socket.write('boot\x1b[2J ok\r\n:<a:b:>'));
  const running = new Running(['monitor', peer.address]);
  await running.printed(/dropped: .*\n.*dropped: /);
  expect(await running.interrupt()).toBe(0);
  expect(running.out).toContain(
    String.raw`dropped: 13 bytes of the stream (bytes outside of frames): "boot\x1b[2J ok\r\n"`,
  );
});

test('monitor says why an authentication failed, and goes on', async () => {
  await using server = await listen({ port: 0, secret: 'another secret than ours' }, () => {});
  const env = { SOCKET_PROTOCOL_SECRET: 'correct horse battery staple' };
  const running = new Running(['monitor', `127.0.0.1:${server.port}`], { env });
  await running.printed(/authentication failed: \w/);
  expect(await running.interrupt()).toBe(0);
});

test('monitor says what it can see, and what shows the rest', async () => {
  await using server = await listen({ port: 0 }, () => {});
  const address = `127.0.0.1:${server.port}`;
  const seen = `shows what ${address} sends to this connection alone; for what it says to another: socket-protocol proxy PORT ${address}`;
  const running = new Running(['monitor', address]);
  await running.printed(/connected/);
  expect(await running.interrupt()).toBe(0);
  expect(running.out.split('\n')[0]?.replace(/^\S+ /, '')).toBe(seen);
  const json = new Running(['monitor', address, '--json']);
  await json.printed(/connected/);
  expect(await json.interrupt()).toBe(0);
  expect(linesOf(json.out)[0]).toEqual({ time: expect.any(String), event: 'monitoring', detail: seen });
});

test('monitor does not repeat one line, and says how often it was left out', async () => {
  const clock = new VirtualClock();
  let connections = 0;
  // hangs up at once, again and again
  await using peer = await rawPeer((socket) => {
    connections++;
    socket.destroy();
  });
  const running = new Running(['monitor', peer.address], { clock, now: () => clock.now() });
  while (!/disconnected: .* \(\d+ more not shown\)/.test(running.out)) {
    await clock.advanceAsync(10);
    await new Promise(setImmediate);
  }
  expect(await running.interrupt()).toBe(0);
  const lines = running.out.split('\n').filter((line) => / connected: /.test(line));
  const notShown = lines.map((line) => Number(/\((\d+) more/.exec(line)?.[1] ?? 0));
  expect(lines.length).toBeLessThan(connections);
  // all of them are accounted for, but for one that was under way
  const told = lines.length + notShown.reduce((sum, each) => sum + each, 0);
  expect([connections, connections - 1]).toContain(told);
});

test('monitor leaves lines out while nobody reads its output, and says how many', async () => {
  let [looks, isRead] = [0, false];
  let read = (): void => {};
  const unread: NonNullable<Io['unread']> = {
    // nobody reads more than the first lines
    get bytes() {
      return ++looks > 12 && !isRead ? 2 ** 20 : 0;
    },
    onRead: (listener) => void (read = listener),
  };
  const total = 50;
  await using server = await listen({ port: 0 }, async (session) => {
    for (let count = 0; count < total; count++) await session.send(10, count, 'ping');
    // when it is answered, all of it has come
    await session.read(0).catch(() => {});
    isRead = true;
    read();
  });
  const running = new Running(['monitor', `127.0.0.1:${server.port}`, '--json'], { unread });
  const leftOut = Number(await running.printed(/"event":"left out",.*"lines":(\d+)/));
  expect(await running.interrupt()).toBe(0);
  const lines = linesOf(running.out);
  expect(lines.find(({ event }) => event === 'left out')).toMatchObject({
    detail: `${leftOut} lines while nobody read the output`,
  });
  // of the messages with the READ at the end, and what became of that
  const shown = lines.filter(({ data }) => data === 'ping').length;
  expect(leftOut).toBeGreaterThan(30);
  expect(shown + leftOut).toBeGreaterThan(total);
});
