/** Parses what a person typed; every error says what was expected. */

import { MAX_TIMEOUT_MS } from '../base/options.js';
import type { JsonValue } from '../protocol/message.js';
import { DecodeError } from '../wire/codec.js';
import { parseJson } from '../wire/json.js';
import { UsageError } from './errors.js';

/** Where a peer listens: on a port, or at the path of a Unix socket. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/** What stands before the path of a Unix socket where an address is expected. */
export const UNIX_PREFIX = 'unix:';

const ADDRESS = /^(?:\[([\da-f:.]*:[\da-f:.]*(?:%\w+)?)\]|([^\s:[\]]+)):(\d+)$/i;

/**
 * Parses `HOST:PORT`, `[IPv6]:PORT`, or `unix:PATH`.
 *
 * @throws UsageError for anything else
 */
export function parseAddress(text: string): Address {
  if (text.startsWith(UNIX_PREFIX)) return { path: parseSocketPath(text.slice(UNIX_PREFIX.length)) };
  const match = ADDRESS.exec(text);
  if (match === null) throw mismatch('HOST:PORT (or [IPv6]:PORT)', text);
  return { host: match[1] ?? match[2] ?? '', port: parsePort(match[3] ?? '', 1) };
}

/** Whether a text is an address, by its form. */
export function isAddress(text: string): boolean {
  return text.startsWith(UNIX_PREFIX) || ADDRESS.test(text);
}

/**
 * Parses the path of a Unix socket.
 *
 * @throws UsageError for an empty one
 */
export function parseSocketPath(text: string): string {
  if (text === '') throw new UsageError('The path of the Unix socket is empty');
  return text;
}

/** The port that a server listens on unless another is given. */
export const DEFAULT_PORT = 17_017;

/**
 * Parses the port to listen on, where 0 stands for any free one.
 *
 * @throws UsageError for anything else
 */
export function parseListeningPort(text: string): number {
  return parsePort(text, 0);
}

function parsePort(text: string, lowest: 0 | 1): number {
  const port = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port >= lowest && port <= 0xffff)) throw mismatch(`a port from ${lowest} to 65535`, text);
  return port;
}

/**
 * Parses where to listen: a port, where 0 stands for any free one, or `unix:PATH`.
 *
 * @throws UsageError for anything else
 */
export function parseListeningPlace(text: string): number | { readonly path: string } {
  if (!text.startsWith(UNIX_PREFIX)) return parseListeningPort(text);
  return { path: parseSocketPath(text.slice(UNIX_PREFIX.length)) };
}

/**
 * Parses the name of a channel.
 *
 * @throws UsageError for an empty one
 */
export function parseChannel(text: string): string {
  if (text === '') throw new UsageError('The channel name is empty');
  return text;
}

/** Whole numbers from `lowest` to `highest`, and what they stand for. */
export interface IntegerRange {
  readonly what: string;
  readonly lowest: number;
  readonly highest: number;
}

export const DATA_ID: IntegerRange = { what: 'a data id', lowest: 0, highest: Number.MAX_SAFE_INTEGER };
/** struct_json has room for no more, and no service needs more. */
export const SERVICE_ID: IntegerRange = { what: 'a service id', lowest: 0, highest: 0xffff_ffff };
export const STATUS: IntegerRange = { what: 'a status', lowest: 0, highest: Number.MAX_SAFE_INTEGER };
const COUNT: IntegerRange = { what: 'a number', lowest: 1, highest: 1_000_000_000 };
const INTERVAL_MS: IntegerRange = { what: 'milliseconds', lowest: 0, highest: MAX_TIMEOUT_MS };
const TIMEOUT_MS: IntegerRange = { what: 'milliseconds', lowest: 1, highest: MAX_TIMEOUT_MS };

/**
 * Parses a whole number.
 *
 * @param text what was typed
 * @param range which numbers are allowed
 * @param names what could have been typed instead, for the error
 * @throws UsageError for anything else
 */
export function parseInteger(text: string, range: IntegerRange, names: readonly string[] = []): number {
  const { what, lowest, highest } = range;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= lowest && value <= highest) return value;
  const expected = `${what} from ${lowest} to ${highest}`;
  throw mismatch(names.length === 0 ? expected : `${expected} or a name (${listed(names)})`, text);
}

/** An error lists no more names than this. */
const MAX_LISTED = 5;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_LISTED).map((name) => JSON.stringify(name));
  return [...shown, ...(names.length > MAX_LISTED ? ['…'] : [])].join(', ');
}

/** Makes a parser of whole numbers that Commander can call, which passes a second argument of its own. */
const integerParser =
  (range: IntegerRange) =>
  (text: string): number =>
    parseInteger(text, range);

/** Parses a data id; throws UsageError for anything else. */
export const parseDataId = integerParser(DATA_ID);
/** Parses a service id; throws UsageError for anything else. */
export const parseServiceId = integerParser(SERVICE_ID);
/** Parses how often something is done; throws UsageError for anything else. */
export const parseCount = integerParser(COUNT);
/** Parses a pause in milliseconds; throws UsageError for anything else. */
export const parseInterval = integerParser(INTERVAL_MS);
/** Parses a time-out in milliseconds; throws UsageError for anything else. */
export const parseTimeout = integerParser(TIMEOUT_MS);

const MAX_SPEED = 1_000_000;

/**
 * Parses a factor of speed.
 *
 * @throws UsageError for anything else
 */
export function parseSpeed(text: string): number {
  const speed = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(speed <= MAX_SPEED)) throw mismatch(`a factor from 0 to ${MAX_SPEED}`, text);
  return speed;
}

const ALTERNATIVES = new Intl.ListFormat('en', { type: 'disjunction' });

/**
 * Makes a parser of one word out of several.
 *
 * @param choices the words
 * @returns a function that throws UsageError for anything else
 */
export function choiceParser<Choice extends string>(choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const choice = choices.find((each) => each === text);
    if (choice === undefined) throw mismatch(ALTERNATIVES.format(choices), text);
    return choice;
  };
}

/**
 * Parses JSON, as Python writes it too.
 *
 * @throws UsageError that marks where it stops being JSON
 */
export function parseJsonArgument(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { position } = error;
    const place = position === undefined ? '' : `\n${marked(text, position)}`;
    throw new UsageError(`Invalid JSON: ${error.message}${place}`);
  }
}

/** The text around a place, on one line whatever it holds, over a caret. */
function marked(text: string, at: number): string {
  const start = Math.max(0, at - 60);
  const shown = text.slice(start, at + 20).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
  return `  ${shown}\n  ${' '.repeat(at - start)}^`;
}

function mismatch(expected: string, text: string): UsageError {
  return new UsageError(`Expected ${expected}, got ${JSON.stringify(text)}`);
}
