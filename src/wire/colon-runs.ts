/**
 * Copies what is between two colons, which is most of what framing does with a byte.
 *
 * JSON has a colon every ten to twenty bytes: too few for the call of a native search and copy, and too many for a look at each
 * byte. So a long payload is read four bytes at a time, and only what goes on without a colon is left to the native functions.
 */

/** `:` starts every control sequence. */
export const COLON = 0x3a;

/** A run this long without a colon is worth a native search and copy. */
const LONG_RUN = 48;
/** Below this length two views of the bytes cost more than reading them one by one. */
const WORDS_FROM_LENGTH = 256;

const WORD_LENGTH = 4;
const COLONS = 0x3a3a3a3a;
const LOWEST_BITS = 0x01010101;
const HIGHEST_BITS = 0x80808080;

/** Bytes that runs are copied from or to. */
export interface Runs {
  readonly bytes: Buffer;
  /** The same bytes, to read or write four of them at once; null where they are few. */
  readonly words: DataView | null;
}

/**
 * Bytes, prepared to be copied from or to.
 *
 * @param length how many of them are copied at most
 */
export function runsOf(bytes: Buffer, length: number): Runs {
  const isLong = length >= WORDS_FROM_LENGTH;
  return { bytes, words: isLong ? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) : null };
}

/**
 * Copies the bytes before the next colon.
 *
 * @param source where to read, from index `from` up to `end`
 * @param target where to write, from index `to` on; needs room for all bytes from `from` to `end`, and of this room up to three
 *   bytes behind those copied may change
 * @returns how many bytes were copied: to the colon, or to `end` where there is none
 */
export function copyRun(source: Runs, from: number, end: number, target: Runs, to: number): number {
  const { bytes, words } = source;
  const stop = Math.min(end, from + LONG_RUN);
  const distance = to - from;
  let at = from;
  if (words !== null && target.words !== null) {
    for (const last = stop - WORD_LENGTH; at <= last; at += WORD_LENGTH) {
      const word = words.getInt32(at, true);
      target.words.setInt32(at + distance, word, true);
      // the lowest bit set is that of the first byte that is a colon; those above it may be wrong
      const others = word ^ COLONS;
      const found = (others - LOWEST_BITS) & ~others & HIGHEST_BITS;
      if (found !== 0) return at - from + ((31 - Math.clz32(found & -found)) >> 3);
    }
  }
  for (; at < stop; at++) {
    const byte = bytes[at] as number;
    if (byte === COLON) return at - from;
    target.bytes[at + distance] = byte;
  }
  return at === end ? end - from : copyLongRun(bytes, at, end, target.bytes, at + distance) - from;
}

/** The same for the rest of a long run; returns the index after it. */
function copyLongRun(source: Buffer, from: number, end: number, target: Buffer, to: number): number {
  const colon = source.indexOf(COLON, from);
  const runEnd = colon === -1 || colon > end ? end : colon;
  target.set(source.subarray(from, runEnd), to);
  return runEnd;
}
