import CRC32 from 'crc-32';

/** Bytes of a CRC-32 at the end of a pure_json payload. */
export const CRC32_LENGTH = 4;

/**
 * The CRC-32 (IEEE, as in zip) of some bytes.
 *
 * @param bytes the bytes to sum
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
  return bytes.length < NATIVE_FROM_BYTES ? CRC32.buf(bytes, 0) >>> 0 : nativeCrc32(bytes);
}

/** Above this length zlib's CRC-32 is faster (three times at 64 KiB); below, the call costs more than the sum. */
const NATIVE_FROM_BYTES = 512;

/** Loaded with the first large payload: with the library it would be a twentieth of its import. */
let zlib: { readonly crc32: (bytes: Uint8Array) => number } | null = null;

function nativeCrc32(bytes: Uint8Array): number {
  zlib ??= process.getBuiltinModule('node:zlib');
  return zlib.crc32(bytes);
}

const HIGHEST_ASCII = 0x7f;
/** For each byte what it adds to a CRC-32; the types leave it out. */
export const { table: CRC_TABLE } = CRC32 as unknown as { readonly table: Int32Array };

/**
 * The CRC-32 of a text in ASCII.
 *
 * @param text the text to sum
 * @param before the sum of the bytes before it; 0 at the start
 * @returns an unsigned 32-bit integer; null where the text is not ASCII
 */
export function crc32OfAscii(text: string, before: number): number | null {
  let sum = ~before;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > HIGHEST_ASCII) return null;
    sum = (CRC_TABLE[(sum ^ code) & 0xff] as number) ^ (sum >>> 8);
  }
  return ~sum >>> 0;
}

/**
 * The XOR of some bytes: the checksum of struct_json.
 *
 * @param bytes the bytes to sum
 * @returns one byte as a number
 */
export function xorOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) sum ^= bytes[i] as number;
  return sum;
}
