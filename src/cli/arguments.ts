/** Reads what a person typed; what is wrong with it is said in one line that names what was expected and what came. */

import { readFileSync } from 'node:fs';
import { MAX_TIMEOUT_MS } from '../base/options.js';
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

const ADDRESS = /^(?:\[([\da-f:.]*:[\da-f:.]*(?:%\w+)?)\]|([^\s:[\]]+)):(\d+)$/i;

/**
 * Reads `HOST:PORT`, or `[IPv6]:PORT`.
 *
 * @throws UsageError for anything else
 */
export function parseAddress(text: string): Address {
  const match = ADDRESS.exec(text);
  if (match === null)
    throw new UsageError(`expected HOST:PORT (or [IPv6]:PORT), got ${JSON.stringify(text)}`);
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
    throw new UsageError(`expected a port from ${lowest} to 65535, got ${JSON.stringify(text)}`);
  return port;
}

/**
 * Reads the name of a channel.
 *
 * @throws UsageError for an empty one
 */
export function parseChannel(text: string): string {
  if (text === '') throw new UsageError('expected a channel name of at least one character, got ""');
  return text;
}

/**
 * Reads a data id.
 *
 * @throws UsageError for what is no unsigned integer
 */
export function parseDataId(text: string): number {
  return integer(text, 'a data id', 0, Number.MAX_SAFE_INTEGER);
}

/** The highest service id: the wire of struct_json has room for it, and no service needs more. */
const MAX_SERVICE_ID = 0xffff_ffff;
const MAX_REPEATS = 1_000_000_000;
const MAX_SPEED = 1_000_000;

/**
 * Reads a service id.
 *
 * @throws UsageError for what is none
 */
export function parseServiceId(text: string): number {
  return integer(text, 'a service id', 0, MAX_SERVICE_ID);
}

/**
 * Reads a status.
 *
 * @throws UsageError for what is none
 */
export function parseStatus(text: string): number {
  return integer(text, 'a status', 0, Number.MAX_SAFE_INTEGER);
}

/**
 * Reads how often something is done.
 *
 * @throws UsageError for what is no such number
 */
export function parseCount(text: string): number {
  return integer(text, 'a number', 1, MAX_REPEATS);
}

/**
 * Reads a pause in milliseconds.
 *
 * @throws UsageError for what is none
 */
export function parseInterval(text: string): number {
  return integer(text, 'a pause in milliseconds', 0, MAX_TIMEOUT_MS);
}

/**
 * Reads a factor.
 *
 * @throws UsageError for what is none
 */
export function parseSpeed(text: string): number {
  const speed = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(speed <= MAX_SPEED))
    throw new UsageError(`expected a factor from 0 to ${MAX_SPEED}, got ${JSON.stringify(text)}`);
  return speed;
}

function integer(text: string, what: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new UsageError(`expected ${what} from ${least} to ${most}, got ${JSON.stringify(text)}`);
  return value;
}

/**
 * Makes a reader of one of some words.
 *
 * @param choices the words
 * @returns a function that throws UsageError for anything else
 */
export function choiceParser<Choice extends string>(choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const choice = choices.find((each) => each === text);
    if (choice === undefined)
      throw new UsageError(`expected one of ${choices.join(', ')}; got ${JSON.stringify(text)}`);
    return choice;
  };
}

/**
 * Reads a time-out in milliseconds.
 *
 * @throws UsageError for what is none
 */
export function parseTimeout(text: string): number {
  return integer(text, 'a time-out in milliseconds', 1, MAX_TIMEOUT_MS);
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
    throw new UsageError(at === undefined ? error.message : `${error.message}\n${marked(text, Number(at))}`);
  }
}

/** The text around a place, on one line whatever it holds, over a caret. */
function marked(text: string, at: number): string {
  const start = Math.max(0, at - 60);
  const shown = text.slice(start, at + 20).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
  return `  ${shown}\n  ${' '.repeat(at - start)}^`;
}

/**
 * The secret from a file or from the environment; never from an argument, which every process list shows.
 *
 * @param file the path of `--secret-file`, without which the variable counts
 * @param variable the value of `SOCKET_PROTOCOL_SECRET`
 * @returns the bytes, without a newline at the end of the file; null where neither is given
 * @throws UsageError for a file that cannot be read, and for an empty secret
 */
export function readSecret(file: string | undefined, variable: string | undefined): Buffer | null {
  if (file !== undefined) return secretOfFile(file);
  if (variable === undefined) return null;
  // a variable that came out empty by mistake must not make a server that trusts everybody
  if (variable === '') {
    throw new UsageError(
      'expected a secret in SOCKET_PROTOCOL_SECRET, got an empty text; unset it to use none',
    );
  }
  return Buffer.from(variable, 'utf8');
}

function secretOfFile(file: string): Buffer {
  const name = JSON.stringify(file);
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'it cannot be read';
    throw new UsageError(`expected a readable file after --secret-file, got ${name}: ${code}`);
  }
  let end = content.length;
  if (content[end - 1] === 0x0a) end--;
  if (end < content.length && content[end - 1] === 0x0d) end--;
  if (end === 0) throw new UsageError(`expected a secret in ${name}, got an empty file`);
  return content.subarray(0, end);
}
