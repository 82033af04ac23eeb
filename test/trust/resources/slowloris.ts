/**
 * A crowd that knows no secret and means to stay: half of it is silent, the other half has begun a frame and sends a byte
 * of it each second. So many come in a second; when all have come once, those who were shut out come back.
 */

import { createConnection, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const BYTE_EVERY_MS = 1_000;
/** How often the crowd is looked after: those who are due send their byte, those who were shut out come back. */
const STEP_MS = 50;
/** What became of the crowd. */
export interface CrowdReport {
  readonly connections: number;
  readonly open: number;
  /** The longest that one was connected, in milliseconds; those that are open count until now. */
  readonly longestMs: number;
}

/** A crowd of attackers on one server. */
export class SlowlorisCrowd {
  readonly #port: number;
  readonly #size: number;
  readonly #comersPerStep: number;
  readonly #connectedMs = new Map<Socket, number>();
  readonly #nextByteMs = new Map<Socket, number>();
  #connections = 0;
  #longestMs = 0;
  #isLeaving = false;

  constructor(port: number, size: number, comersPerSecond: number) {
    this.#port = port;
    this.#size = size;
    this.#comersPerStep = Math.ceil((comersPerSecond * STEP_MS) / 1_000);
  }

  /** Attacks for a time; then nobody comes back any more. */
  async attack(durationMs: number): Promise<void> {
    const endMs = performance.now() + durationMs;
    while (performance.now() < endMs) {
      this.#arrive();
      this.#drip();
      await pause(STEP_MS);
    }
  }

  /** Goes on sending bytes until nobody is left, or the time is over. */
  async stay(timeoutMs: number): Promise<void> {
    const endMs = performance.now() + timeoutMs;
    while (this.#connectedMs.size > 0 && performance.now() < endMs) {
      this.#drip();
      await pause(STEP_MS);
    }
  }

  report(): CrowdReport {
    const now = performance.now();
    const open = [...this.#connectedMs.values()].map((sinceMs) => now - sinceMs);
    return {
      connections: this.#connections,
      open: open.length,
      longestMs: Math.max(this.#longestMs, ...open),
    };
  }

  /** Leaves at once. */
  leave(): void {
    this.#isLeaving = true;
    for (const socket of this.#connectedMs.keys()) socket.destroy();
  }

  #arrive(): void {
    for (let i = 0; i < this.#comersPerStep && this.#connectedMs.size < this.#size; i++) this.#connect();
  }

  #connect(): void {
    const isDripping = this.#connections++ % 2 === 1;
    const socket = createConnection({ port: this.#port, host: '127.0.0.1', noDelay: true });
    this.#connectedMs.set(socket, performance.now());
    socket.on('error', () => {});
    socket.once('connect', () => {
      this.#connectedMs.set(socket, performance.now());
      if (!isDripping) return;
      socket.write(':<');
      this.#nextByteMs.set(socket, performance.now() + BYTE_EVERY_MS);
    });
    // whatever the server says is read, or its end would not be seen
    socket.resume();
    socket.once('close', () => {
      const sinceMs = this.#connectedMs.get(socket) ?? Number.NaN;
      if (!this.#isLeaving) this.#longestMs = Math.max(this.#longestMs, performance.now() - sinceMs);
      this.#connectedMs.delete(socket);
      this.#nextByteMs.delete(socket);
    });
  }

  #drip(): void {
    const now = performance.now();
    for (const [socket, dueMs] of this.#nextByteMs) {
      if (dueMs > now) continue;
      socket.write('a');
      this.#nextByteMs.set(socket, now + BYTE_EVERY_MS);
    }
  }
}
