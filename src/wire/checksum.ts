import CRC32 from 'crc-32';

/** Bytes of a CRC-32 at the end of a pure_json payload. */
export const CRC32_LENGTH = 4;

/**
 * The CRC-32 (IEEE, as in zip) of some bytes.
 *
 * @param bytes what to sum up
 * @returns an unsigned 32-bit integer
 *
 * @example
 * ```ts
 * import { crc32 } from 'socket-protocol/wire';
 *
 * console.log(crc32(Buffer.from('123456789')).toString(16)); // cbf43926
 * ```
 */
export function crc32(bytes: Uint8Array): number {
  return CRC32.buf(bytes, 0) >>> 0;
}

/**
 * The XOR of some bytes: the checksum of struct_json.
 *
 * @param bytes what to sum up
 * @returns one byte as a number
 */
export function xorOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) sum ^= bytes[i] as number;
  return sum;
}
