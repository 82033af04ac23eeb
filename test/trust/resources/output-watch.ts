/**
 * Sees how much output waits on each accepted socket, in every turn of the event loop: a queue is longest at the end of
 * the turn that filled it.
 */

import { FramedSocket } from '../../../src/transport/framed-socket.js';
import type { OutputSeen } from './server-questions.js';

/** Watches the sockets that are accepted from its construction on. */
export class OutputWatch {
  readonly #sockets = new Map<FramedSocket, { overSinceMs: number | null }>();
  readonly #over = new Set<FramedSocket>();
  #limitBytes = Number.POSITIVE_INFINITY;
  #maxQueuedBytes = 0;
  #maxMsOver = 0;
  #isOn = false;

  constructor() {
    const sockets = this.#sockets;
    const { send } = FramedSocket.prototype;
    FramedSocket.prototype.send = function (this: FramedSocket, payload: Buffer): boolean {
      if (!sockets.has(this)) sockets.set(this, { overSinceMs: null });
      return send.call(this, payload);
    };
  }

  /** The most bytes that wait on one socket now. */
  get queuedBytes(): number {
    return Math.max(0, ...[...this.#sockets.keys()].map((socket) => socket.bufferedBytes));
  }

  start(limitBytes: number): void {
    this.#limitBytes = limitBytes;
    this.#maxQueuedBytes = this.#maxMsOver = 0;
    this.#over.clear();
    this.#isOn = true;
    const turn = (): void => {
      if (!this.#isOn) return;
      for (const socket of this.#sockets.keys()) this.#look(socket);
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

  #look(socket: FramedSocket): void {
    const seen = this.#sockets.get(socket);
    if (seen === undefined || !this.#isOn) return;
    const now = performance.now();
    if (seen.overSinceMs !== null) this.#maxMsOver = Math.max(this.#maxMsOver, now - seen.overSinceMs);
    this.#maxQueuedBytes = Math.max(this.#maxQueuedBytes, socket.bufferedBytes);
    if (socket.bufferedBytes <= this.#limitBytes) {
      seen.overSinceMs = null;
    } else {
      seen.overSinceMs ??= now;
      this.#over.add(socket);
    }
  }
}
