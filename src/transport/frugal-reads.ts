/**
 * Reading without garbage. Node allocates 64 KiB for each chunk that a socket brings and runs it through its streams, which takes a
 * tenth of the time of a request that is alone on its way. With Node's option `onread` the sockets of a process read into
 * one buffer instead: a chunk is dealt with before another socket reads.
 */

import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import type { Duplex } from 'node:stream';

/** As much as Node reads at once. */
const READ_BYTES = 64 * 1024;

/**
 * Node's option `onread` for the socket of a client: a chunk of its event `data` is valid only until the listener returns.
 * Somebody must be listening from the beginning.
 */
export const onread = { buffer: Buffer.allocUnsafeSlow(READ_BYTES), callback: chunkCame };

/** Bun takes the option, and then calls back without the socket. */
export const canReadFrugally = !('bun' in process.versions);

/** False stops reading: a socket that is paused gets a chunk at most, should Node have begun to read all the same. */
function chunkCame(this: Socket, byteLength: number, buffer: Uint8Array): boolean {
  this.emit('data', buffer.subarray(0, byteLength));
  return !this.isPaused();
}

/** What Node makes of the option, which it does not take for the sockets of a server: properties of the socket, and one call. */
interface Accepted {
  readonly _handle?: { useUserBuffer?(buffer: Uint8Array): void } | null;
}
let properties: readonly (readonly [name: symbol, value: unknown])[] | null = null;

/**
 * Gives a socket that a server has just accepted the option `onread`. Where Node keeps it otherwise than it did so far, the socket
 * stays as it is, and so does a stream that is none.
 *
 * @param socket nothing of it has been read, and a listener for `data` follows in the same turn
 */
export function readFrugally(socket: Duplex): void {
  if (!canReadFrugally) return;
  const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = { onread };
  properties ??= propertiesOf(new Socket(options));
  const { _handle: handle } = socket as Accepted;
  const isKnown = properties.length === 2 && properties.every(([name]) => Reflect.get(socket, name) === null);
  if (!isKnown || typeof handle?.useUserBuffer !== 'function' || socket.readableLength > 0) return;
  for (const [name, value] of properties) Reflect.set(socket, name, value);
  handle.useUserBuffer(onread.buffer);
}

/** Where a socket that was made with the option has it. */
function propertiesOf(socket: Socket): readonly (readonly [name: symbol, value: unknown])[] {
  const parts: readonly unknown[] = [onread.buffer, onread.callback];
  return Object.getOwnPropertySymbols(socket)
    .map((name): readonly [symbol, unknown] => [name, Reflect.get(socket, name)])
    .filter(([, value]) => parts.includes(value));
}
