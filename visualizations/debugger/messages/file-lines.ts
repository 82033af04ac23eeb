/** The text of a file of any size, by its byte order mark; UTF-8 without one. */

/** So much is decoded at once, in bytes. */
const PIECE = 64 * 1024;

/** A line of a file. */
export interface FileLine {
  readonly text: string;
  /** How much of the file is read with it, from 0 to 1. */
  readonly share: number;
  /** Whether nothing follows it. */
  readonly isLast: boolean;
}

/**
 * The whole text of a file.
 *
 * @param bytes what the file holds
 */
export function textOfFile(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

/**
 * The lines of a file, decoded piece by piece: nothing of it is a text as a whole.
 *
 * @param bytes what the file holds; without any it is one empty line
 */
export function* linesOfFile(bytes: Uint8Array): Generator<FileLine, void, void> {
  const decoder = new TextDecoder(encodingOf(bytes));
  let begun: string[] = [];
  const take = (end: string): string => {
    const text = [...begun, end].join('');
    begun = [];
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  };
  for (let at = 0; at < bytes.length; at += PIECE) {
    const share = Math.min(1, (at + PIECE) / bytes.length);
    const piece = decoder.decode(bytes.subarray(at, at + PIECE), { stream: share < 1 });
    const [end = '', ...others] = piece.split('\n').reverse();
    for (const text of others.reverse()) yield { text: take(text), share, isLast: false };
    begun.push(end);
  }
  yield { text: take(''), share: 1, isLast: true };
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}
