/** Connections in memory: a pair of streams for each, as the system would give a socket to both sides. */

import { Duplex } from 'node:stream';
import { ListenError } from '../protocol/errors.js';

/** Where clients in the same process connect to: `listen({ memory: listener }, …)`. */
export interface MemoryListener {
  /**
   * Opens a connection; `connect({ stream: listener.connect })` does it whenever one is needed.
   *
   * @throws an error with the code ECONNREFUSED where nobody listens
   */
  readonly connect: () => Duplex;
}

/**
 * Makes a place in memory where a server can listen: for tests of programs, without a port. What is sent arrives in the
 * order of sending within the same turn of the event loop; the only times are those of the sessions, by their clock.
 *
 * @example
 * ```ts
 * import { connect, createMemoryListener, listen } from 'socket-protocol';
 *
 * const memory = createMemoryListener();
 * const server = await listen({ memory }, (session) => session.onRead(0, () => 'hello'));
 * const session = await connect({ stream: memory.connect });
 * console.log(await session.read(0)); // hello
 * await session.close();
 * await server.close();
 * ```
 */
export function createMemoryListener(): MemoryListener {
  return new MemoryPlace();
}

/** A place in memory, as a server uses it. */
export class MemoryPlace implements MemoryListener {
  #onStream: ((stream: Duplex) => void) | null = null;

  readonly connect = (): Duplex => {
    const onStream = this.#onStream;
    if (onStream === null) throw Object.assign(new Error('nobody listens there'), { code: 'ECONNREFUSED' });
    const [client, server] = memoryStreams();
    // as the system does it: the client is connected, and the server hears of it soon
    process.nextTick(() => {
      if (this.#onStream === onStream) onStream(server);
      else server.destroy();
    });
    return client;
  };

  /**
   * Listens.
   *
   * @param onStream gets the server's end of each connection
   * @returns stops listening
   * @throws ListenError where somebody listens already
   */
  listen(onStream: (stream: Duplex) => void): () => void {
    if (this.#onStream !== null) throw new ListenError('memory', 'address-in-use');
    this.#onStream = onStream;
    return () => {
      if (this.#onStream === onStream) this.#onStream = null;
    };
  }
}

/** Two streams that are joined to each other. */
function memoryStreams(): [Duplex, Duplex] {
  const one = new MemoryStream();
  const other = new MemoryStream();
  one.peer = other;
  other.peer = one;
  return [one, other];
}

/** One end of a connection in memory; its customs are those of a socket. */
class MemoryStream extends Duplex {
  peer: MemoryStream | null = null;
  /** The peer has room again. */
  #onRead: (() => void) | null = null;
  #hasEnded = false;

  override _read(): void {
    const onRead = this.#onRead;
    this.#onRead = null;
    onRead?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const { peer } = this;
    if (peer === null || peer.destroyed)
      return done(Object.assign(new Error('the peer is gone'), { code: 'ECONNRESET' }));
    // never within the call that sends: as on a network
    process.nextTick(() => {
      if (peer.destroyed || peer.push(chunk)) done();
      else peer.#onRead = done;
    });
  }

  override _final(done: () => void): void {
    process.nextTick(() => {
      this.peer?.endFromPeer();
      done();
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { peer } = this;
    const onRead = this.#onRead;
    this.#onRead = null;
    onRead?.();
    process.nextTick(() => {
      if (error === null) peer?.endFromPeer();
      else peer?.destroy(Object.assign(new Error('the peer broke the connection'), { code: 'ECONNRESET' }));
    });
    done(error);
  }

  /** The peer sends no more. */
  endFromPeer(): void {
    if (this.#hasEnded || this.destroyed) return;
    this.#hasEnded = true;
    this.push(null);
  }
}
