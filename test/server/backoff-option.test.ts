import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  type ListenOptions,
  listen,
  type Server,
  SID_AUTH_REQUEST,
} from '../../src/index.js';
import { frameOf } from '../support/bytes.js';
import { VirtualClock } from '../support/virtual-clock.js';

const SECRET = 'correct horse battery staple';

/** One connection that sends a wrong key; resolves when the server has noticed, or has turned it away. */
async function guess(server: Server): Promise<void> {
  const socket: Socket = connectSocket(server.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    Buffer.concat([
      frameOf(SID_AUTH_REQUEST, DID_AUTH_SEED),
      frameOf(SID_AUTH_REQUEST, DID_AUTH_KEY, 'wrong'),
    ]),
  );
  await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  socket.destroy();
  while (server.sessions.size > 0) await new Promise((resolve) => setImmediate(resolve));
}

async function serverWith(backoff: ListenOptions['backoff']): Promise<Server> {
  return await listen({ port: 0, secret: SECRET, backoff, clock: new VirtualClock() }, () => {});
}

describe('wrong keys of one address', () => {
  test('turn it away where no back-off is set', async () => {
    await using server = await serverWith(undefined);
    for (let n = 0; n < 6; n++) await guess(server);
    expect(server.counters.refusedByBackoff).toBeGreaterThan(0);
  });

  test('never turn it away where the back-off is off', async () => {
    await using server = await serverWith(false);
    for (let n = 0; n < 6; n++) await guess(server);
    expect(server.counters.refusedByBackoff).toBe(0);
    expect(server.counters.accepted).toBe(6);
  });
});
