/** Reads the shared secret; never from an argument, because every process list shows those. */

import { UsageError } from './errors.js';
import { readPath } from './files.js';

/** The variable that holds the secret if no file is given. */
export const SECRET_VARIABLE = 'SOCKET_PROTOCOL_SECRET';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * The secret of `--secret-file`, or else of the environment.
 *
 * @param file a path; undefined: the variable decides
 * @param env the environment
 * @returns the bytes, without one newline at the end of the file; null if no secret is given
 * @throws UsageError for a file that cannot be read, and for an empty secret
 */
export function readSecret(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Buffer | null {
  if (file !== undefined) return secretOfFile(file);
  const variable = env[SECRET_VARIABLE];
  if (variable === undefined) return null;
  // a variable that is empty by mistake must not make a server that trusts everybody
  if (variable === '') throw new UsageError(`${SECRET_VARIABLE} is empty; unset it to use no secret`);
  return Buffer.from(variable, 'utf8');
}

function secretOfFile(file: string): Buffer {
  const content = readPath(file);
  let end = content.length;
  if (content[end - 1] === LINE_FEED) end--;
  if (end < content.length && content[end - 1] === CARRIAGE_RETURN) end--;
  if (end === 0) throw new UsageError(`The secret file ${JSON.stringify(file)} is empty`);
  return content.subarray(0, end);
}
