import { Duplex } from 'node:stream';
import type { SimulatedSocket } from './socket.js';

/**
 * One end of a simulated connection as a stream that is no socket, with Node's own buffers, order of events and back-pressure:
 * what an SSH channel or a serial port is to a program. The same faults befall it.
 */
export class SimulatedStream extends Duplex {
  readonly #socket: SimulatedSocket;

  constructor(socket: SimulatedSocket) {
    super();
    this.#socket = socket;
    socket.allowHalfOpen = true;
    socket.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error: Error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#socket.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

/** The stream of a socket that is being connected. */
export function openedStream(socket: SimulatedSocket): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(new SimulatedStream(socket));
    });
    socket.once('error', reject);
  });
}
