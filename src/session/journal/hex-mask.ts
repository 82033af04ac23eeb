/** Hides what may be a seed or a key in bytes that could not be read. */

/** A run of this many hex digits may be part of a seed (64 digits) or a key (128). */
const LEAST_IN_RUN = 8;
/** As above, for a stretch with damaged bytes in it. */
const LEAST_IN_STRETCH = 16;
/** Up to this many other bytes in a row may be damaged digits; more end the stretch. */
const MAX_GAP = 2;
const ASTERISK = 0x2a;

/** Masks what may be a seed or a key in bytes that could not be read: hex digits, also where some of them are damaged. */
export class HexMask {
  /** How many digits are in the stretch that was open when the last bytes ended. */
  #digitsBefore = 0;

  /**
   * A copy of the next bytes of a stream, masked.
   *
   * @param bytes the bytes that follow the last ones
   * @param hidden how many bytes come after them that are not shown
   */
  next(bytes: Uint8Array, hidden = 0): Buffer {
    const copy = Buffer.from(bytes);
    let start = 0;
    let digits = this.#digitsBefore;
    let run = 0;
    let longestRun = 0;
    let gap = 0;
    const close = (end: number): void => {
      if (digits >= LEAST_IN_STRETCH || longestRun >= LEAST_IN_RUN) maskDigits(copy, start, end);
      digits = run = longestRun = 0;
    };
    for (let at = 0; at < copy.length; at++) {
      if (isHexDigit(copy[at] as number)) {
        if (digits === 0) start = at;
        digits++;
        gap = 0;
        longestRun = Math.max(longestRun, ++run);
      } else {
        run = 0;
        if (++gap > MAX_GAP && digits > 0) close(at);
      }
    }
    const left = digits;
    if (digits > 0) close(copy.length);
    // nobody knows what is in the hidden bytes
    this.#digitsBefore = hidden > 0 ? LEAST_IN_STRETCH : left;
    return copy;
  }

  /** The next bytes do not follow the last ones. */
  reset(): void {
    this.#digitsBefore = 0;
  }
}

function maskDigits(bytes: Buffer, start: number, end: number): void {
  for (let at = start; at < end; at++) if (isHexDigit(bytes[at] as number)) bytes[at] = ASTERISK;
}

/**
 * A copy of a frame that could not be read, without what may be a seed or a key in it.
 *
 * @param bytes the payload of a frame
 */
export function maskedCopy(bytes: Uint8Array): Buffer {
  return new HexMask().next(bytes);
}

function isHexDigit(byte: number): boolean {
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}
