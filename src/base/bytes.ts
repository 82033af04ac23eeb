/** Byte arrays of any origin: another realm has a `Uint8Array` of its own, of which ours knows nothing. */

import { types } from 'node:util';

/**
 * A copy of bytes.
 *
 * @param value a `Uint8Array` (a `Buffer` is one), an `ArrayBuffer`, a `SharedArrayBuffer` or a `DataView`, of any realm
 * @returns null for anything else; also for arrays of larger numbers, whose bytes depend on the machine
 */
export function copyOfBytes(value: unknown): Buffer | null {
  if (types.isAnyArrayBuffer(value)) return Buffer.from(Buffer.from(value));
  if (types.isUint8Array(value) || types.isDataView(value)) return Buffer.from(sameBytes(value));
  return null;
}

/** Bytes as a `Buffer` of the same memory. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : sameBytes(bytes);
}

function sameBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
