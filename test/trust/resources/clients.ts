/** Honest clients and raw sockets, many at once. */

import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { type ConnectOptions, connect, type Session } from '../../../src/index.js';

/** The secret of the servers and of the honest clients. */
export const SECRET = 'a secret of more than sixteen bytes';

/** For clients whose patience is not what is measured: a busy machine must not make them give up. */
export const PATIENT: Partial<ConnectOptions> = {
  authenticationTimeout: 30_000,
  connectTimeout: 30_000,
  requestTimeout: 30_000,
};

/** Connections that are opened at the same time: more would only wait for each other. */
const AT_ONCE = 50;

/** Does something so many times, a bounded number at once; the results in order. */
export async function manyTimes<T>(
  count: number,
  work: (index: number) => Promise<T>,
  atOnce = AT_ONCE,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  return results;
}

/** Opens authenticated sessions, that stay away once they are lost. */
export function openSessions(
  port: number,
  count: number,
  options: Partial<ConnectOptions> = {},
): Promise<Session[]> {
  return manyTimes(count, () => connect({ port, secret: SECRET, reconnect: false, ...PATIENT, ...options }));
}

/** Closes sessions; resolves when all are gone. */
export async function closeAll(sessions: readonly Session[]): Promise<void> {
  await Promise.all(sessions.map((session) => session.close()));
}

/** A connected socket that nobody looks after: its errors are its end, and no more. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}
