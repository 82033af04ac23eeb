/**
 * Reads the shared secret; never from an argument, because every process list shows those.
 *
 * A secret is one line of text; its UTF-8 bytes are what both sides hash. Editors, shells and copying add bytes that nobody
 * sees, and a secret with one of them is another secret: what is certainly no part of it is dropped (a byte-order mark, line
 * ends), what may be a mistake is refused or pointed out. Nothing is guessed.
 */

import { UsageError } from './errors.js';
import { markedEncodingOf, readInput, readSmallFile, STANDARD_INPUT } from './files.js';
import type { Io } from './io.js';
import { warn } from './output.js';
import { keyboardIn, typedSecret } from './typed-secret.js';

/** The variable that holds the secret if no file is given. */
export const SECRET_VARIABLE = 'SOCKET_PROTOCOL_SECRET';

/** No secret that a person keeps in a file is longer. */
const MAX_SECRET_BYTES = 64 * 1024;

/**
 * Reads what `--secret-file -` will take, before anything else happens.
 *
 * @throws (rejects) UsageError for what cannot be read, or is too long
 */
export async function readSecretInput(io: Io): Promise<Buffer> {
  const keyboard = keyboardIn(io.stdin?.());
  return keyboard === null
    ? await readInput(STANDARD_INPUT, io, MAX_SECRET_BYTES)
    : await typedSecret(keyboard, MAX_SECRET_BYTES, io);
}

/**
 * The secret of `--secret-file`, or else of the environment.
 *
 * @param file a path, or `-` for standard input; undefined: the variable decides
 * @param io the environment, and where a warning goes about characters that look like others
 * @returns the secret as UTF-8; null if no secret is given
 * @throws UsageError for a file that cannot be read, and for a secret that is empty, has several lines, begins or ends with a
 *   blank, or is no text
 */
export function readSecret(
  file: string | undefined,
  io: Pick<Io, 'env' | 'stderr' | 'isJson' | 'secretInput'>,
): Buffer | null {
  if (file === STANDARD_INPUT) {
    const source = 'The secret on standard input';
    const bytes = io.secretInput ?? Buffer.alloc(0);
    return secretIn(textOfFile(bytes, source), source, io);
  }
  if (file !== undefined) {
    const source = `The secret file ${JSON.stringify(file)}`;
    return secretIn(textOfFile(readSmallFile(file, MAX_SECRET_BYTES), source), source, io);
  }
  const variable = io.env[SECRET_VARIABLE];
  if (variable === undefined) return null;
  // a variable that is empty by mistake must not make a server that trusts everybody
  if (variable === '') throw new UsageError(`${SECRET_VARIABLE} is empty; unset it to use no secret`);
  if (variable.includes(REPLACEMENT)) throw new UsageError(`${SECRET_VARIABLE} is not UTF-8`);
  return secretIn(variable, SECRET_VARIABLE, io);
}

const REPLACEMENT = '\ufffd';

function textOfFile(bytes: Buffer, source: string): string {
  const marked = markedEncodingOf(bytes);
  if (marked === undefined && bytes.includes(0)) {
    throw new UsageError(
      `${source} contains NUL bytes; save it as UTF-8 (UTF-16 needs a byte-order mark, bytes can be written as hex)`,
    );
  }
  try {
    // without the byte-order mark, if there is one
    return new TextDecoder(marked ?? 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    const fault = marked?.startsWith('utf-16') ? 'begins like UTF-16 and is not' : 'is not UTF-8';
    throw new UsageError(`${source} ${fault}; save it as UTF-8 (bytes can be written as hex)`);
  }
}

const LINE_ENDS = /[\r\n]+$/;
const SEEN = /[^\p{Z}\p{Cc}\p{Cf}]/u;
/** What nobody sees, at the beginning or the end: blanks of all kinds, control characters, marks. */
const UNSEEN_EDGE = /^[\p{Z}\p{Cc}\p{Cf}]|[\p{Z}\p{Cc}\p{Cf}]$/u;
/** What a terminal would obey; a tab is a blank. */
const CONTROL = /[^\P{Cc}\t]/u;
/** What looks like a blank or like nothing; two of the characters without a width belong to scripts and to emoji. */
const LOOKALIKE = /(?![ \u200c\u200d])[\p{Zs}\p{Cf}]/u;
const QUOTED = /^(["']).+\1$/u;

function secretIn(text: string, source: string, io: Pick<Io, 'stderr' | 'isJson'>): Buffer {
  const secret = text.replace(LINE_ENDS, '');
  if (!SEEN.test(secret)) {
    throw new UsageError(`${source} ${secret === '' ? 'is empty' : 'holds nothing but blanks'}`);
  }
  if (/[\r\n\p{Zl}\p{Zp}]/u.test(secret))
    throw new UsageError(`${source} has several lines; a secret is one`);
  const edge = UNSEEN_EDGE.exec(secret);
  if (edge !== null) {
    const verb = edge.index === 0 ? 'begins' : 'ends';
    throw new UsageError(`${source} ${verb} with ${nameOf(edge[0])}; remove it`);
  }
  const control = CONTROL.exec(secret);
  if (control !== null)
    throw new UsageError(`${source} contains a control character (${codePoint(control[0])})`);
  for (const doubt of doubtsAbout(secret)) warn(io, `${source} ${doubt}`);
  return Buffer.from(secret, 'utf8');
}

/** What is taken as it is, although a person may not have meant it. */
function doubtsAbout(secret: string): string[] {
  const lookalike = LOOKALIKE.exec(secret);
  return [
    ...(lookalike === null ? [] : [`contains ${nameOf(lookalike[0])}, which is part of the secret`]),
    ...(secret === secret.normalize('NFC')
      ? []
      : [
          'has letters whose accents are characters of their own (not NFC), which the other side must have too',
        ]),
    ...(QUOTED.test(secret) ? ['is in quotation marks, which are part of the secret'] : []),
  ];
}

const NAMES: Readonly<Record<string, string>> = {
  ' ': 'a blank',
  '\t': 'a tab',
  '\u00a0': 'a non-breaking space (U+00A0)',
  '\ufeff': 'a byte-order mark (U+FEFF)',
};

function nameOf(character: string): string {
  return NAMES[character] ?? `a character that cannot be seen (${codePoint(character)})`;
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
