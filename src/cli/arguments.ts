/** Parses what a person typed; every error says what was expected. */

import { MAX_TIMEOUT_MS } from '../base/options.js';
import type { JsonValue } from '../protocol/message.js';
import { DEFAULT_MAX_DEPTH, DecodeError } from '../wire/codec.js';
import { parseJson } from '../wire/json.js';
import { UsageError } from './errors.js';
import { fromPortable } from './portable-json.js';

/**
 * Parses the name of a channel.
 *
 * @throws UsageError for an empty one
 */
export function parseChannel(text: string): string {
  if (text === '') throw new UsageError('The channel name is empty');
  return text;
}

/**
 * Parses the first word of subjects.
 *
 * @throws UsageError for anything but letters, digits, `-` and `_`
 */
export function parseSubjectWord(text: string): string {
  if (/^[\w-]+$/.test(text)) return text;
  throw mismatch('a word of letters, digits, - and _', text);
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

/** The form of a number is one level deeper than the number. */
const MAX_TYPED_DEPTH = DEFAULT_MAX_DEPTH + 1;

/**
 * Parses JSON: in both forms that this program prints, and as Python writes it.
 *
 * @param source where the text comes from, if it was not typed
 * @throws UsageError that marks where it stops being JSON
 */
export function parseJsonArgument(text: string, source?: string): JsonValue {
  try {
    return fromPortable(parseJson(text, MAX_TYPED_DEPTH));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { position } = error;
    const from = source === undefined ? '' : ` in ${source}`;
    const place = position === undefined ? '' : `\n${marked(text, position)}`;
    const hint = source === undefined && hasLostItsQuotes(text) ? `; ${QUOTES_HINT}` : '';
    throw new UsageError(`Invalid JSON${from}: ${error.message}${hint}${place}`);
  }
}

/** What a person should know whose quotation marks did not get here. */
export const QUOTES_HINT = `a command line takes quotation marks away unless others are around them: '"text"', '{"on": true}'`;

/** Whether it has words, and none of the quotation marks that those have in JSON. */
function hasLostItsQuotes(text: string): boolean {
  return /\p{L}/u.test(text) && !text.includes('"');
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
