/** Bytes as people read them: their place, hex, text. */

/** How many bytes at the end of a payload are its checksum, and what the checksum is called. */
const CHECKSUMS = { pure_json: { length: 4, name: 'CRC-32' }, struct_json: { length: 1, name: 'XOR' } };

/**
 * @param {string} hex bytes as `7b 22`
 * @param {number} perLine how many stand on a line
 * @returns {{ place: string, hex: string, text: string }[]} lines of a dump
 */
export function dumpLines(hex, perLine) {
  const bytes = hex === '' ? [] : hex.split(' ');
  const lines = [];
  for (let at = 0; at < bytes.length; at += perLine) {
    const part = bytes.slice(at, at + perLine);
    lines.push({
      place: at.toString(16).padStart(4, '0'),
      hex: part.join(' '),
      text: part.map(printable).join(''),
    });
  }
  return lines;
}

/** @param {string} byte */
function printable(byte) {
  const code = Number.parseInt(byte, 16);
  return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '·';
}

/**
 * The checksum at the end of a payload.
 *
 * @param {{ codec: string, hex: string | null, hiddenBytes: number }} entry
 * @returns {{ name: string, value: string } | null} null where it is not shown, or the codec is a user's own
 */
export function checksumOf({ codec, hex, hiddenBytes }) {
  const kind = CHECKSUMS[/** @type {keyof typeof CHECKSUMS} */ (codec)];
  if (kind === undefined || hex === null || hiddenBytes > 0) return null;
  const bytes = hex.split(' ');
  if (bytes.length <= kind.length) return null;
  return { name: kind.name, value: bytes.slice(-kind.length).join(' ') };
}
