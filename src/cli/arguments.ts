/** Reads what a person typed; what is wrong with it is said in one line that names what was expected and what came. */

import { readFileSync } from 'node:fs';
import type { JsonValue } from '../protocol/message.js';
import { DecodeError } from '../wire/codec.js';
import { parseJson } from '../wire/json.js';

/** Something that a person typed is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Where to connect to. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const ADDRESS = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/;

/**
 * Reads `HOST:PORT`, or `[IPv6]:PORT`.
 *
 * @throws UsageError for anything else
 */
export function parseAddress(text: string): Address {
  const match = ADDRESS.exec(text);
  if (match === null) throw new UsageError(`expected HOST:PORT (or [IPv6]:PORT), got "${text}"`);
  return { host: match[1] ?? match[2] ?? '', port: parsePort(match[3] ?? '', 1) };
}

/**
 * Reads a port.
 *
 * @param lowest 0 where the system may choose one, else 1
 * @throws UsageError for anything else
 */
export function parsePort(text: string, lowest: 0 | 1): number {
  const port = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port >= lowest && port <= 0xffff))
    throw new UsageError(`expected a port from ${lowest} to 65535, got "${text}"`);
  return port;
}

/**
 * Reads a data id.
 *
 * @throws UsageError for what is no unsigned integer
 */
export function parseDataId(text: string): number {
  const id = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(id))
    throw new UsageError(`expected a data id from 0 to ${Number.MAX_SAFE_INTEGER}, got "${text}"`);
  return id;
}

/**
 * Reads a time-out in milliseconds.
 *
 * @throws UsageError for what is none
 */
export function parseTimeout(text: string): number {
  const timeoutMs = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(timeoutMs >= 1 && timeoutMs <= 0x7fff_ffff)) {
    throw new UsageError(`expected a time-out from 1 to 2147483647 milliseconds, got "${text}"`);
  }
  return timeoutMs;
}

/**
 * Reads JSON, as Python writes it too.
 *
 * @throws UsageError that marks the place where it stops to be JSON
 */
export function parseJsonArgument(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const at = /at character (\d+)/.exec(error.message)?.[1];
    if (at === undefined || text.length > 200 || text.includes('\n')) throw new UsageError(error.message);
    throw new UsageError(`${error.message}\n  ${text}\n  ${' '.repeat(Number(at))}^`);
  }
}

/**
 * The secret from a file or from the environment; never from an argument, which every process list shows.
 *
 * @param file the path of `--secret-file`
 * @param variable the value of `SOCKET_PROTOCOL_SECRET`
 * @throws UsageError for a file that cannot be read or is empty
 */
export function readSecret(file: string | undefined, variable: string | undefined): Buffer | null {
  if (file === undefined) return variable ? Buffer.from(variable) : null;
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'it cannot be read';
    throw new UsageError(`expected a readable file after --secret-file, got "${file}": ${code}`);
  }
  let end = content.length;
  while (end > 0 && (content[end - 1] === 0x0a || content[end - 1] === 0x0d)) end--;
  if (end === 0) throw new UsageError(`expected a secret in "${file}", got an empty file`);
  return content.subarray(0, end);
}
