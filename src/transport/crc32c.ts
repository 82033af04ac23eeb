/** The polynomial of Castagnoli, its bits reversed. */
const POLYNOMIAL = 0x82f63b78;
const BITS = 8;

/** Made when it is first needed. */
let table: Uint32Array | null = null;

/**
 * The CRC-32C of some bytes, as iSCSI and the PROXY protocol have it; not the CRC-32 of zip.
 *
 * @returns an unsigned number of 32 bits
 */
export function crc32c(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 2 ** BITS }, (_, byte) => remainderOf(byte));
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> BITS);
  return (crc ^ 0xffffffff) >>> 0;
}

function remainderOf(byte: number): number {
  let crc = byte;
  for (let bit = 0; bit < BITS; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
}
