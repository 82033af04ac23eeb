/** Memory for payloads of tens of KiB: new memory from the system for each would take ten times as long to get as to fill. */

/** Below this, and above half a slab, a buffer has memory of its own. */
const LEAST_LENGTH = 16 * 1024;
const SLAB_LENGTH = 256 * 1024;

let slab: Buffer | null = null;
let used = 0;

/**
 * A buffer whose bytes are anything; a part of a slab where it is large.
 *
 * @param length its length in bytes
 */
export function allocateUnsafe(length: number): Buffer {
  if (length < LEAST_LENGTH || length > SLAB_LENGTH / 2) return Buffer.allocUnsafe(length);
  if (slab === null || used + length > SLAB_LENGTH) {
    slab = Buffer.allocUnsafeSlow(SLAB_LENGTH);
    used = 0;
  }
  const start = used;
  used += length;
  return slab.subarray(start, used);
}
