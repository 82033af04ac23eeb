/** The data of a request, as it is typed: JSON, the name of a file, or standard input. */

import type { JsonValue } from '../protocol/message.js';
import { parseJsonArgument } from './arguments.js';
import { UsageError } from './errors.js';
import { markedTextOf, readInput, STANDARD_INPUT } from './files.js';
import type { Io } from './io.js';

/** The help of an argument that is data. */
export const DATA_HELP = 'the data: JSON, @FILE, or - for standard input';

/** The longest frame has 16 MiB; its data may be written with blanks and escapes. */
const MAX_DATA_BYTES = 64 * 1024 * 1024;

const FILE_PREFIX = '@';

/**
 * The data that a person typed. JSON begins neither with `@` nor is it `-`, so a text that does is a file or standard input:
 * a string that begins with `@` has its quotation marks, `'"@home"'`.
 *
 * @throws (rejects) UsageError for a file that cannot be read or is no text, and for what is no JSON
 */
export async function dataOf(text: string, io: Io): Promise<JsonValue> {
  if (text === STANDARD_INPUT) return dataIn(await readInput(text, io, MAX_DATA_BYTES), 'standard input');
  if (!text.startsWith(FILE_PREFIX)) return parseJsonArgument(text);
  const file = text.slice(FILE_PREFIX.length);
  if (file === '')
    throw new UsageError(`Expected a file behind @, got "@"; a string has quotation marks: '"@"'`);
  return dataIn(await readInput(file, io, MAX_DATA_BYTES), JSON.stringify(file));
}

function dataIn(bytes: Buffer, source: string): JsonValue {
  const text = markedTextOf(bytes);
  if (text === null) throw new UsageError(`The data in ${source} is no text; it must be JSON in UTF-8`);
  if (text.trim() === '')
    throw new UsageError(`There is no data in ${source}; it must be JSON, such as null`);
  return parseJsonArgument(text, source);
}
