/** Clients of several addresses of this machine, all at one proxy. */

import { connect as connectSocket } from 'node:net';
import { connect } from 'socket-protocol';
import { obey, shown } from './lines.mjs';

const clients = [];

/** What the server that one is at says of it, and what its socket knows itself. */
async function standingOf({ session, socket }) {
  const { server, address } = await session.read(0);
  return { server, address, own: `${socket.localAddress}:${socket.localPort}` };
}

/** A client of an address. */
async function launch({ port, localAddress, options }) {
  const client = {};
  const stream = () => {
    client.socket = connectSocket({ port, host: '127.0.0.1', localAddress });
    return client.socket;
  };
  client.session = await connect({ ...options, stream, waitForPeer: true });
  clients.push(client);
  return client;
}

obey({
  /** So many from each address. */
  launch: async ({ port, addresses, each, options }) => {
    const reconnect = { minDelay: 10, maxDelay: 200 };
    const launched = addresses.flatMap((localAddress) =>
      Array.from({ length: each }, () => launch({ port, localAddress, options: { ...options, reconnect } })),
    );
    await Promise.all(launched);
  },
  /** Where each of them is. */
  state: async () => {
    const outcomes = await Promise.allSettled(clients.map(standingOf));
    return outcomes.map(({ value, reason }) => value ?? { error: shown(reason) });
  },
  /** How many of one address get an answer, when none tries twice. */
  crowd: async ({ port, localAddress, count }) => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: count }, async () => {
        const { session } = await launch({ port, localAddress, options: { reconnect: false } });
        return await session.read(0);
      }),
    );
    return { answered: outcomes.filter(({ status }) => status === 'fulfilled').length };
  },
});
