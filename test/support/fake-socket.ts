/**
 * A socket without a network: Node's own streams, and a peer at the other end that reads when the test says so.
 *
 * Its law is that of the operating system as Node shows it: what was written counts as waiting until the peer has read
 * the whole of a write, writes that wait are joined to one, and `drain` comes only after `write` returned false.
 */

import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { frameOf } from './bytes.js';

interface HeldWrite {
  readonly bytes: Buffer;
  readonly done: (error?: Error | null) => void;
}

/** One end of a connection; the other end is the test. */
export class FakeSocket extends Socket {
  /** What was set with `setKeepAlive`, oldest first. */
  readonly keepAlive: [enable: boolean | undefined, delayMs: number | undefined][] = [];
  readonly #read: Buffer[] = [];
  /** Gets what the peer reads, as it reads it. */
  onRead: (bytes: Buffer) => void = () => {};
  /** Whether the peer leaves its side open when this one has ended its stream. */
  staysOpen = false;
  #isRead = true;
  #held: HeldWrite | null = null;
  /** How many bytes of the write in hand the peer has read. */
  #readOfHeld = 0;

  // ── what the peer does ──

  /** The peer sends bytes, which arrive as one chunk. */
  arrive(bytes: Uint8Array): void {
    if (!this.destroyed && !this.readableEnded) this.push(Buffer.from(bytes));
  }

  /** The peer closes its side in good order. */
  endFromPeer(): void {
    if (!this.readableEnded) this.push(null);
  }

  /** The peer's system breaks the connection. */
  resetFromPeer(): void {
    this.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
  }

  /** The peer reads no more. */
  stopReading(): void {
    this.#isRead = false;
  }

  /** The peer reads everything from now on. */
  startReading(): void {
    this.#isRead = true;
    this.#readHeld(Number.POSITIVE_INFINITY);
  }

  /** The peer reads this much of what waits for it, and then no more. */
  readSome(byteLength: number): void {
    this.#readHeld(byteLength);
  }

  /** All that the peer has read so far. */
  get readByPeer(): Buffer {
    return Buffer.concat(this.#read);
  }

  /** What the session last said of reading: false after `pause`. */
  get isReading(): boolean {
    return !this.isPaused();
  }

  // ── what Node asks of a socket ──

  override setKeepAlive(enable?: boolean, initialDelay?: number): this {
    this.keepAlive.push([enable, initialDelay]);
    return this;
  }

  override setNoDelay(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#held = { bytes: chunk, done };
    this.#readOfHeld = 0;
    if (this.#isRead) this.#readHeld(Number.POSITIVE_INFINITY);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'buffer', done);
  }

  override _final(done: (error?: Error | null) => void): void {
    done();
    if (this.#isRead && !this.staysOpen) this.endFromPeer();
  }

  #readHeld(byteLength: number): void {
    const held = this.#held;
    if (held === null) return;
    const end = Math.min(held.bytes.length, this.#readOfHeld + byteLength);
    const bytes = held.bytes.subarray(this.#readOfHeld, end);
    this.#read.push(bytes);
    this.onRead(bytes);
    this.#readOfHeld = end;
    if (end < held.bytes.length) return;
    this.#held = null;
    held.done();
  }
}

/** Lets everything happen that waits for a turn of the event loop: ticks, promises, the events of streams. */
export async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when a socket is gone, whether in good order or not. */
export function gone(socket: Socket): Promise<void> {
  socket.on('error', () => {}); // its close says the same
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve());
  });
}

/** A stranger's connection that a server has taken: it has sent its name and got an answer. */
export async function opened(port: number, options: { allowHalfOpen?: boolean } = {}): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', ...options });
  socket.on('error', () => {});
  socket.write(frameOf(8, 0));
  await once(socket, 'data');
  return socket;
}
