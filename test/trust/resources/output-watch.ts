/**
 * Sees how much output waits on each accepted socket, in every turn of the event loop: a queue is longest at the end of
 * the turn that filled it.
 */

import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { OutputSeen } from './server-questions.js';

/** Watches the sockets that are accepted from its construction on. */
export class OutputWatch {
  readonly #sockets = new Map<Socket, { overSinceMs: number | null }>();
  readonly #over = new Set<Socket>();
  #limitBytes = Number.POSITIVE_INFINITY;
  #maxQueuedBytes = 0;
  #maxMsOver = 0;
  #isOn = false;

  constructor() {
    subscribe('net.server.socket', (message) => {
      const { socket } = message as { readonly socket: Socket };
      this.#sockets.set(socket, { overSinceMs: null });
      socket.once('close', () => {
        this.#look(socket, true);
        this.#sockets.delete(socket);
      });
    });
  }

  /** The most bytes that wait on one socket now. */
  get queuedBytes(): number {
    return Math.max(0, ...[...this.#sockets.keys()].map((socket) => socket.writableLength));
  }

  start(limitBytes: number): void {
    this.#limitBytes = limitBytes;
    this.#maxQueuedBytes = this.#maxMsOver = 0;
    this.#over.clear();
    this.#isOn = true;
    const turn = (): void => {
      if (!this.#isOn) return;
      for (const socket of this.#sockets.keys()) this.#look(socket, false);
      setImmediate(turn);
    };
    turn();
  }

  stop(): OutputSeen {
    this.#isOn = false;
    return {
      maxQueuedBytes: this.#maxQueuedBytes,
      socketsOver: this.#over.size,
      maxMsOver: this.#maxMsOver,
    };
  }

  #look(socket: Socket, isClosed: boolean): void {
    const seen = this.#sockets.get(socket);
    if (seen === undefined || !this.#isOn) return;
    const now = performance.now();
    if (seen.overSinceMs !== null) this.#maxMsOver = Math.max(this.#maxMsOver, now - seen.overSinceMs);
    if (isClosed) return;
    this.#maxQueuedBytes = Math.max(this.#maxQueuedBytes, socket.writableLength);
    if (socket.writableLength <= this.#limitBytes) {
      seen.overSinceMs = null;
    } else {
      seen.overSinceMs ??= now;
      this.#over.add(socket);
    }
  }
}
