import { expect, test } from 'vitest';
import { listen } from '../../../src/index.js';
import { linesOf, Running } from '../../support/command.js';
import { rawPeer } from '../../support/raw-peer.js';

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

test('monitor says why an authentication failed, and goes on', async () => {
  await using server = await listen({ port: 0, secret: 'another secret than ours' }, () => {});
  const env = { SOCKET_PROTOCOL_SECRET: 'correct horse battery staple' };
  const running = new Running(['monitor', `127.0.0.1:${server.port}`], { env });
  await running.printed(/authentication failed: \w/);
  expect(await running.interrupt()).toBe(0);
});
