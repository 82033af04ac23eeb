/** A server behind a proxy: says who asks, and from where. */

import { listen } from 'socket-protocol';
import { obey } from './lines.mjs';

let server;

obey({
  listen: async ({ name, options }) => {
    server = await listen({ port: 0, ...options }, (session) => {
      session.onRead(0, () => ({ server: name, address: session.peerAddress }));
    });
    return { port: server.port };
  },
  state: () => ({
    sessions: server.sessions.size,
    addresses: [...server.sessions].map(({ peerAddress }) => peerAddress?.split(':')[0]),
    counters: server.counters,
  }),
  drain: async () => await server.close({ drain: true, timeout: 5_000 }),
});
