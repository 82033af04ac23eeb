/** Passes bytes between two sockets, untouched, and reports what it passes. */

import type { Socket } from 'node:net';
import type { Side } from './recording/stream-reader.js';

/** How long a side may be silent that has everything and does not hang up, before its socket is destroyed. */
const CLOSE_GRACE_MS = 500;
/** How long a side may take to read something of what waits for it. */
const STALL_MS = 10_000;

/** What a relay reports, and of which side. */
export interface RelayEvents {
  bytes(from: Side, chunk: Buffer): void;
  failed(from: Side, error: Error): void;
  closed(from: Side): void;
  /** A side did not read the rest of what the other had sent before it hung up. */
  lost(to: Side, byteLength: number): void;
}

/**
 * Passes everything from each socket to the other, until one of them hangs up.
 *
 * @param client the socket of the client
 * @param server the socket of the server, which may still be connecting
 * @param events called with what happens
 */
export function relay(client: Socket, server: Socket, events: RelayEvents): void {
  for (const [from, source, to, sink] of [
    ['client', client, 'server', server],
    ['server', server, 'client', client],
  ] as const) {
    source.setNoDelay(true);
    source.on('data', (chunk: Buffer) => events.bytes(from, chunk));
    source.pipe(sink);
    source.on('error', (error) => events.failed(from, error));
    source.once('close', () => {
      events.closed(from);
      hangUp(sink, (byteLength) => events.lost(to, byteLength));
    });
  }
}

/**
 * Ends a socket when what was written has arrived, however long that takes as long as it goes on. One that its peer holds
 * open is destroyed then, but not while that sends: the system would answer with a reset, which overtakes what is under way.
 *
 * @param lost gets how many bytes did not get out, where it had to be destroyed before
 */
export function hangUp(socket: Socket, lost: (byteLength: number) => void): void {
  if (socket.destroyed) return;
  const hungUpMs = performance.now();
  let waitingBytes = socket.writableLength;
  let sentMs = hungUpMs;
  let heardMs = hungUpMs;
  socket.end();
  // a socket that is not read never closes, and what comes now goes nowhere
  socket.resume();
  socket.on('data', () => {
    heardMs = performance.now();
  });
  const timer = setInterval(() => {
    const nowMs = performance.now();
    if (socket.writableLength < waitingBytes) sentMs = nowMs;
    waitingBytes = socket.writableLength;
    if (!socket.writableFinished) {
      if (nowMs - sentMs < STALL_MS) return;
      lost(waitingBytes);
    } else if (nowMs - Math.max(sentMs, heardMs) < CLOSE_GRACE_MS && nowMs - hungUpMs < STALL_MS) return;
    socket.destroy();
  }, CLOSE_GRACE_MS);
  socket.once('close', () => clearInterval(timer));
}
