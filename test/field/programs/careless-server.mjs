/** A server program whose onSession fails for the first client, in a way of many; says how it fares. */

import { createContext, runInContext } from 'node:vm';
import { listen } from 'socket-protocol';
import { obey, say, shown } from './lines.mjs';

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const throwing = () => {
  throw new Error('a trap');
};

const WAYS = {
  'asks in vain': async (session) => void (await session.execute(1)),
  'throws an object without a prototype': () => {
    throw Object.create(null);
  },
  'throws null': () => {
    throw null;
  },
  'rejects with undefined': () => Promise.reject(),
  'rejects with a revoked proxy': () => Promise.reject(revoked()),
  'returns a revoked proxy': revoked,
  'returns a proxy whose every trap throws': () =>
    new Proxy({}, Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((name) => [name, throwing]))),
  'rejects in another realm': () => runInContext("Promise.reject(new Error('elsewhere'))", createContext({})),
  // biome-ignore lint/suspicious/noThenProperty: it is one
  'returns a thenable whose then throws': () => ({ then: throwing }),
  'has a getter of then that throws': () => Object.defineProperty({}, 'then', { get: throwing }),
  'calls back twice': () => ({
    // biome-ignore lint/suspicious/noThenProperty: it is one
    then: (_kept, failed) => {
      failed(new Error('once'));
      failed(new Error('twice'));
    },
  }),
};

obey({
  listen: async ({ way }) => {
    let isFirst = true;
    const server = await listen({ port: 0 }, (session) => {
      session.onRead(0, () => 'pong');
      if (!isFirst) return undefined;
      isFirst = false;
      return WAYS[way](session);
    });
    server.on('sessionError', (error, { isClosed }) =>
      say('session error', { error: shown(error), isClosed }),
    );
    return { port: server.port };
  },
  ways: () => Object.keys(WAYS),
});
