import type { Socket } from 'node:net';
import { expect } from 'vitest';
import { Program } from './program.js';
import { RawServer } from './raw.js';

/** Expects a client that waits for its peer to outlast something in its place: a proxy whose server is not there yet. */
export async function expectToOutlast(behave: (socket: Socket) => void, secret: string): Promise<void> {
  const front = await RawServer.listen(behave);
  const { port } = front;
  const client = new Program('client.mjs');
  const connecting = client.ask('connect', { options: { port, secret, waitForPeer: true } });
  connecting.catch(() => {}); // it is awaited below
  await Promise.race([front.untilAccepted(3), connecting]);
  expect(front.accepted).toBeGreaterThanOrEqual(3);
  await front[Symbol.asyncDispose]();
  const server = new Program('server.mjs');
  await server.ask('listen', { options: { port, secret } });
  expect(await connecting).toMatchObject({ isConnected: true, isTrusted: true });
  expect(await client.ask('read')).toBe('pong');
}
