/** Bytes as people read them: their place, hex, text. */

/** How many bytes at the end of a payload are its checksum, and what the checksum is called. */
const CHECKSUMS: Readonly<Record<string, { readonly length: number; readonly name: string }>> = {
  pure_json: { length: 4, name: 'CRC-32' },
  struct_json: { length: 1, name: 'XOR' },
};

/** A line of a dump. */
export interface DumpLine {
  readonly place: string;
  readonly hex: string;
  readonly text: string;
}

/**
 * The lines of a dump.
 *
 * @param hex bytes as `7b 22`
 * @param perLine how many stand on a line
 */
export function dumpLines(hex: string, perLine: number): DumpLine[] {
  const bytes = hex === '' ? [] : hex.split(' ');
  const lines: DumpLine[] = [];
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

function printable(byte: string): string {
  const code = Number.parseInt(byte, 16);
  return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '·';
}

/** The checksum at the end of a payload; null where it is not shown, or the codec is a user's own. */
export function checksumOf(entry: {
  readonly codec: string;
  readonly hex: string | null;
  readonly hiddenBytes: number;
}): { readonly name: string; readonly value: string } | null {
  const kind = CHECKSUMS[entry.codec];
  if (kind === undefined || entry.hex === null || entry.hiddenBytes > 0) return null;
  const bytes = entry.hex.split(' ');
  if (bytes.length <= kind.length) return null;
  return { name: kind.name, value: bytes.slice(-kind.length).join(' ') };
}
