/** Servers whose onSession fails: that connection is over, somebody is told, and the others are served. */

import { afterEach, expect, test } from 'vitest';
import { killAll, Program } from './support/program.js';

afterEach(killAll);

test.each([
  ['FC-05', 'asks in vain'],
  ['FC-05', 'rejects with undefined'],
  ['FC-05', 'rejects with a revoked proxy'],
  ['FC-05', 'returns a revoked proxy'],
  ['FC-05', 'returns a proxy whose every trap throws'],
  ['FC-05', 'rejects in another realm'],
  ['FC-05', 'returns a thenable whose then throws'],
  ['FC-05', 'has a getter of then that throws'],
  ['FC-05', 'calls back twice'],
  ['FC-43', 'throws an object without a prototype'],
  ['FC-43', 'throws null'],
])('%s: an onSession that %s costs its connection only', async (_, way) => {
  await using server = new Program('careless-server.mjs');
  const { port } = await server.ask('listen', { way });
  await using client = new Program('client.mjs');
  await client.ask('connect', { name: 'unlucky', options: { port, reconnect: false } }).catch(() => {});
  expect(await server.next('session error')).toMatchObject({ isClosed: expect.any(Boolean) });
  await server.next('warning', { name: 'SocketProtocolWarning' });
  await client.ask('connect', { name: 'next', options: { port } });
  expect(await client.ask('read', { name: 'next' })).toBe('pong');
  expect(server.all('session error')).toHaveLength(1);
});
