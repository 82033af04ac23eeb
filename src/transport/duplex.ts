/** What a link needs of a stream, and how to tell one that cannot be one. */

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { describeKind } from '../base/options.js';

/** Methods of a Duplex that a link calls; a stream of another copy of Node's streams has them as well. */
const METHODS = [
  'on',
  'once',
  'off',
  'write',
  'end',
  'destroy',
  'pause',
  'resume',
  'cork',
  'uncork',
] as const satisfies readonly (keyof Duplex)[];

/** Whether a value can be destroyed as a stream can. */
export function isStream(value: unknown): value is Duplex {
  if (typeof value !== 'object' || value === null) return false;
  const { on, destroy } = value as Partial<Duplex>;
  return typeof on === 'function' && typeof destroy === 'function';
}

/** Whether a stream is a socket of the system, or on top of one, which has more than a stream. */
export function isSocket(stream: Duplex): stream is Socket {
  return typeof (stream as Partial<Socket>).setNoDelay === 'function';
}

/** Whether what is written waits only where the peer does not read: not so with TLS, or where a program takes the bytes. */
export function takesAtOnce(stream: Duplex): boolean {
  return isSocket(stream) && (stream as { readonly encrypted?: unknown }).encrypted !== true;
}

/**
 * Why a value is no stream that a link can use.
 *
 * @param value what a program passed
 * @returns what it is instead of an open stream of bytes in both directions; null: it is one
 */
export function flawOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return describeKind(value);
  const stream = value as Partial<Duplex>;
  if (typeof stream.write !== 'function') return 'one that cannot be written to';
  const missing = METHODS.find((method) => typeof stream[method] !== 'function');
  if (missing !== undefined) return `one without ${missing}`;
  if (typeof stream.writableLength !== 'number') return 'one without writableLength';
  if (stream.readableObjectMode === true || stream.writableObjectMode === true)
    return 'one in object mode, which carries no bytes';
  const encoding = stream.readableEncoding ?? null;
  if (encoding !== null) return `one that decodes its bytes to text (setEncoding, ${encoding})`;
  if (stream.destroyed === true) return 'one that has been destroyed';
  if (stream.readableEnded === true || stream.readable === false) return 'one that has ended';
  if (stream.writableEnded === true || stream.writable === false) return 'one whose output has been ended';
  if ((stream.listenerCount?.('readable') ?? 0) > 0)
    return 'one that somebody else reads (it has a listener for readable)';
  return null;
}
