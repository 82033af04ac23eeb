import { createConnection, type Socket } from 'node:net';

/**
 * A socket that is being connected, without a session on it.
 *
 * @param address host and port
 */
export function openSocket({ host, port }: { readonly host: string; readonly port: number }): Socket {
  return createConnection({ host, port, noDelay: true });
}
