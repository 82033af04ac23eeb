/** Passes bytes between two sockets, untouched, and reports what it passes. */

import type { Socket } from 'node:net';
import type { Side } from './recording/stream-reader.js';

/** How long a side may take to hang up after the other, before its socket is destroyed. */
const CLOSE_GRACE_MS = 500;

/** What a relay reports, and of which side. */
export interface RelayEvents {
  bytes(from: Side, chunk: Buffer): void;
  failed(from: Side, error: Error): void;
  closed(from: Side): void;
}

/**
 * Passes everything from each socket to the other, until one of them hangs up.
 *
 * @param client the socket of the client
 * @param server the socket of the server, which may still be connecting
 * @param events called with what happens
 */
export function relay(client: Socket, server: Socket, events: RelayEvents): void {
  for (const [from, source, sink] of [
    ['client', client, server],
    ['server', server, client],
  ] as const) {
    source.setNoDelay(true);
    source.on('data', (chunk: Buffer) => events.bytes(from, chunk));
    source.pipe(sink);
    source.on('error', (error) => events.failed(from, error));
    source.once('close', () => {
      events.closed(from);
      hangUp(sink);
    });
  }
}

/** Ends a socket after what was written has arrived; one that its peer holds open is destroyed after a grace period. */
export function hangUp(socket: Socket): void {
  if (socket.destroyed) return;
  socket.end();
  // a socket that is not read never closes, and what comes now goes nowhere
  socket.resume();
  const grace = setTimeout(() => socket.destroy(), CLOSE_GRACE_MS);
  socket.once('close', () => clearTimeout(grace));
}
