/** Looks for something secret in what came out: as it is, in hex, in base64, as numbers, and in pieces of all these. */

/** A piece so long is no accident. */
const PIECE_LENGTH = 16;
/** Hex and numbers spell the same in more characters. */
const SPELLED_PIECE_LENGTH = 32;
/** What V8 quotes of a text that it cannot parse; in a log or an error even so much is too much. */
const SHORT_PIECE_LENGTH = 10;
const BASE64_BYTES = 3;
/** Looking at every piece of megabytes is slow: where none of these few characters are from a secret, no piece is. */
const ANCHOR_LENGTH = 6;
/** The shortest piece has an anchor at a multiple of this, wherever it begins. */
const ANCHOR_STEP = SHORT_PIECE_LENGTH - ANCHOR_LENGTH + 1;
const ANCHOR_HASHES = 1 << 16;

/** What came out, and where. */
export interface Output {
  /** Where it came out: `log`, `error`, `inspector`, … */
  readonly where: string;
  readonly text: string;
}

/** Places at which a reader looks, rather than a machine: even short pieces count. */
const READ_BY_PEOPLE: ReadonlySet<string> = new Set(['log', 'error', 'event', 'warning', 'counters']);

/**
 * Finds pieces of secrets in outputs.
 *
 * @returns one line for each output that holds a piece, without the piece
 */
export function findLeaks(secrets: ReadonlyMap<string, Buffer>, outputs: Iterable<Output>): string[] {
  const pieces = [SHORT_PIECE_LENGTH, PIECE_LENGTH, SPELLED_PIECE_LENGTH].map(
    (length) => [length, piecesOf(secrets, length)] as const,
  );
  const anchors = anchorsOf(pieces.flatMap(([, named]) => [...named.keys()]));
  const leaks = new Set<string>();
  for (const { where, text } of outputs) {
    const suspects = suspectsIn(text, anchors);
    for (const [length, named] of pieces) {
      if (length === SHORT_PIECE_LENGTH && !READ_BY_PEOPLE.has(where)) continue;
      const name = firstPieceAround(suspects, text, length, named);
      if (name !== null) leaks.add(`${name} in ${where}`);
    }
  }
  return [...leaks];
}

/** Whether some piece has an anchor of this hash. */
function anchorsOf(pieces: readonly string[]): Uint8Array {
  const anchors = new Uint8Array(ANCHOR_HASHES);
  for (const piece of pieces)
    for (let at = 0; at + ANCHOR_LENGTH <= piece.length; at++) anchors[anchorAt(piece, at)] = 1;
  return anchors;
}

function anchorAt(text: string, at: number): number {
  let hash = 0;
  for (let index = at; index < at + ANCHOR_LENGTH; index++)
    hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash & (ANCHOR_HASHES - 1);
}

/** Where a text may have a piece: whatever has the length of a piece has one of these places in it. */
function suspectsIn(text: string, anchors: Uint8Array): number[] {
  const suspects: number[] = [];
  for (let at = 0; at + ANCHOR_LENGTH <= text.length; at += ANCHOR_STEP)
    if (anchors[anchorAt(text, at)] === 1) suspects.push(at);
  return suspects;
}

function firstPieceAround(
  suspects: readonly number[],
  text: string,
  length: number,
  pieces: ReadonlyMap<string, string>,
): string | null {
  for (const suspect of suspects) {
    for (let at = Math.max(0, suspect - length + ANCHOR_LENGTH); at <= suspect; at++) {
      const name = pieces.get(text.slice(at, at + length));
      if (name !== undefined) return name;
    }
  }
  return null;
}

function piecesOf(secrets: ReadonlyMap<string, Buffer>, length: number): Map<string, string> {
  const pieces = new Map<string, string>();
  for (const [name, secret] of secrets) {
    for (const text of length === SPELLED_PIECE_LENGTH ? spellingsOf(secret) : textsOf(secret))
      for (let at = 0; at + length <= text.length; at++) pieces.set(text.slice(at, at + length), name);
  }
  return pieces;
}

/** As it is, and in base64: alone, or in the middle of other bytes. */
function textsOf(secret: Buffer): string[] {
  const texts = [secret.toString('latin1')];
  for (let before = 0; before < BASE64_BYTES; before++) {
    const shifted = Buffer.concat([Buffer.alloc(before), secret]);
    // the first and last characters depend on the bytes around it
    const own = (text: string): string => text.slice(before === 0 ? 0 : 4, -4);
    texts.push(own(shifted.toString('base64')), own(shifted.toString('base64url')));
  }
  return texts;
}

/** Hex, with spaces or without, in both cases; and the numbers of a `Buffer` as JSON and as an array. */
function spellingsOf(secret: Buffer): string[] {
  const hex = secret.toString('hex');
  const spaced = hex.replace(/..(?!$)/g, '$& ');
  const numbers = [...secret];
  return [hex, hex.toUpperCase(), spaced, spaced.toUpperCase(), numbers.join(','), numbers.join(', ')];
}
