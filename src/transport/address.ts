import type { Socket } from 'node:net';

/**
 * A host and a port as one text.
 *
 * @param host a name or an address; an IPv6 address gets its brackets
 */
export function addressOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Who is at the other end of a socket, where that is known. */
export function peerAddressOf(socket: Socket): string | undefined {
  const { remoteAddress, remotePort } = socket;
  return remoteAddress === undefined || remotePort === undefined
    ? undefined
    : addressOf(remoteAddress, remotePort);
}
