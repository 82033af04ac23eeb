/** Paths of Unix sockets: what may be one, and how it is written in texts. */

import type { OptionRow } from '../base/option-table.js';
import { describeValue } from '../base/options.js';
import { OptionError } from '../protocol/errors.js';

/** The address of a socket has 108 bytes on Linux and 104 on other systems; what is longer would be cut off without a word. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/** The row of `path`; undefined where it is left out. */
export function pathRow({ why }: { readonly why: string }): OptionRow<string | undefined> {
  return {
    unit: 'text',
    default: undefined,
    why,
    check: (option, value) => {
      if (value === undefined) return value;
      if (typeof value !== 'string' || value === '')
        throw new OptionError(option, 'the path of a Unix socket', describeValue(value));
      checkPath(option, value);
      return value;
    },
  };
}

function checkPath(option: string, path: string): void {
  if (path.includes('\0', 1)) throw new OptionError(option, 'a path', 'one with a NUL character in it');
  if (isAbstract(path) && process.platform !== 'linux')
    throw new OptionError(option, 'a path', 'an abstract socket, which only Linux has');
  if (path === '\0') throw new OptionError(option, 'a name after the NUL character', 'none');
  const byteLength = Buffer.byteLength(path);
  if (process.platform === 'win32' || byteLength <= MAX_PATH_BYTES) return;
  throw new OptionError(
    option,
    `at most ${MAX_PATH_BYTES} bytes, the limit of the system for the path of a socket`,
    `${byteLength} bytes`,
  );
}

/** Whether a path is a name of Linux's abstract namespace, which has no files. */
function isAbstract(path: string): boolean {
  return path.startsWith('\0');
}

/** Whether there is a file at a path. */
export function hasFile(path: string): boolean {
  return !isAbstract(path) && process.platform !== 'win32';
}

/** Whether the system takes a path of this length. */
export function isShortEnough(path: string): boolean {
  return Buffer.byteLength(path) <= MAX_PATH_BYTES;
}

/** A path as people write it: an abstract name begins with `@`. */
export function textOfPath(path: string): string {
  return isAbstract(path) ? `@${path.slice(1)}` : path;
}
