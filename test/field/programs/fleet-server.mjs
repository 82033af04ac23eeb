/** The server of a fleet: asks its devices by their names, and all of them. */

import { listen } from 'socket-protocol';
import { obey, shown } from './lines.mjs';

let server;

const result = ({ session, status, value, reason }) => ({
  name: session.peerName,
  status,
  value: value ?? null,
  reason: shown(reason),
});

obey({
  listen: async ({ options }) => {
    const group = ({ peerName }) => peerName?.split('-')[0] ?? null;
    server = await listen({ port: 0, group, ...options }, () => {});
    return { port: server.port };
  },
  read: async ({ name, dataId = 0, options }) => await server.read(name, dataId, options),
  broadcast: async ({ message, options }) => (await server.broadcast(message, options)).map(result),
  state: () => ({ stats: server.stats(), counters: server.counters }),
});
