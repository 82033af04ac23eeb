/** What the rows of a table of options are made of: one function for each kind of value. */

import { OptionError } from '../protocol/errors.js';
import { type Clock, guardedClock, systemClock } from './clock.js';
import { refuseUnknownOptions } from './option-names.js';
import { type OptionReader, type OptionRow, optionReader, type Rows } from './option-table.js';
import {
  describeKind,
  describeValue,
  integerOption,
  isOptionsObject,
  MAX_TIMEOUT_MS,
  type Range,
  secretOption,
  switchOption,
  textOption,
  timeoutOption,
} from './options.js';
import { returnedNumber } from './returned.js';
import { type AbortSignalLike, isAbortSignal } from './signals.js';

/** A row whose value is a number. */
export interface NumberRow extends OptionRow<number> {
  readonly unit: 'ms' | 'bytes' | 'count' | 'port';
  readonly default: number;
  readonly range: Range;
  /** How long a limit counts before it begins anew; undefined where it does not. */
  readonly per?: 'second' | 'minute' | undefined;
}

interface Reason {
  readonly why: string;
}

interface NumberSpecification extends Reason {
  readonly default: number;
  readonly per?: 'second' | 'minute';
  /** Whether Infinity lifts the limit. */
  readonly mayBeInfinite?: boolean;
  readonly most?: number;
}

const LEAST_TIMEOUT_MS = 1;
const MS_RANGE: Range = { least: 0, most: MAX_TIMEOUT_MS, mayBeInfinite: false };

/** A pause in milliseconds; 0 stands for none. */
export function msRow(row: { readonly default: number } & Reason): NumberRow {
  return msRowFrom(0, row);
}

/**
 * A time-out in milliseconds. 0 would leave no time for what it limits and never stands for "no limit", so it is refused.
 */
export function timeoutRow(row: { readonly default: number } & Reason): NumberRow {
  return msRowFrom(LEAST_TIMEOUT_MS, row);
}

function msRowFrom(least: number, row: { readonly default: number } & Reason): NumberRow {
  return {
    ...row,
    unit: 'ms',
    range: { ...MS_RANGE, least },
    check: (option, value) => timeoutOption(option, value, row.default, least),
  };
}

/** The time-out of one call, in milliseconds; 0 does not wait. Something else decides where it is left out. */
export function callTimeoutRow(row: Reason): OptionalMsRow {
  return optionalMsRow(0, row);
}

/** A time-out in milliseconds, as {@link timeoutRow}, that is unlimited unless it is set. */
export function endlessTimeoutRow(row: Reason): OptionalMsRow {
  return optionalMsRow(LEAST_TIMEOUT_MS, row);
}

type OptionalMsRow = OptionRow<number | undefined> & { readonly range: Range };

function optionalMsRow(least: number, row: Reason): OptionalMsRow {
  return {
    ...row,
    unit: 'ms',
    default: undefined,
    range: { ...MS_RANGE, least },
    check: (option, value) => (value === undefined ? undefined : timeoutOption(option, value, 0, least)),
  };
}

/** A time in milliseconds, or false for never. */
export function msOrNeverRow(
  row: { readonly default: number } & Reason,
): OptionRow<number | false> & { readonly default: number; readonly range: Range } {
  return {
    ...row,
    unit: 'ms',
    range: MS_RANGE,
    check: (option, value) => {
      if (value === false) return false;
      if (value === undefined || typeof value === 'number') return timeoutOption(option, value, row.default);
      throw new OptionError(option, 'milliseconds, or false', describeKind(value));
    },
  };
}

/** A size in bytes. */
export function bytesRow(row: NumberSpecification): NumberRow {
  return { ...integerRow(row), unit: 'bytes' };
}

/** A number of something. */
export function countRow(row: NumberSpecification): NumberRow {
  return { ...integerRow(row), unit: 'count' };
}

/** A number of something, or false for none of it. */
export function countOrOffRow(
  row: NumberSpecification,
): OptionRow<number | false> & { readonly default: number; readonly range: Range } {
  const count = countRow(row);
  return {
    ...count,
    check: (option, value) => {
      if (value === false) return false;
      if (value === undefined || typeof value === 'number') return count.check(option, value);
      throw new OptionError(option, 'a number, or false', describeKind(value));
    },
  };
}

function integerRow({
  most = Number.MAX_SAFE_INTEGER,
  mayBeInfinite = false,
  ...row
}: NumberSpecification): Omit<NumberRow, 'unit'> {
  const range = { least: 1, most, mayBeInfinite };
  return {
    ...row,
    range,
    check: (option, value) => (value === undefined ? row.default : integerOption(option, value, range)),
  };
}

/** A TCP port; without a default it may not be left out. */
export function portRow(
  row: { readonly least: 0 | 1; readonly default?: number } & Reason,
): OptionRow<number> & { readonly range: Range } {
  const range = { least: row.least, most: 0xffff, mayBeInfinite: false };
  return {
    unit: 'port',
    default: row.default,
    why: row.why,
    range,
    check: (option, value) => integerOption(option, value === undefined ? row.default : value, range),
  };
}

/** A host name or address. */
export function hostRow(
  row: {
    readonly default: string;
    /** What an empty text stands for, where it is one. */
    readonly empty?: string;
  } & Reason,
): OptionRow<string> & { readonly default: string; readonly empty?: string } {
  return {
    ...row,
    unit: 'text',
    check: (option, value = row.default) => {
      if (value === '' && row.empty !== undefined) return row.empty;
      if (typeof value === 'string' && value !== '') return value;
      throw new OptionError(option, 'a host name or address', describeValue(value));
    },
  };
}

/** A text that has a default. */
export function textRow(row: { readonly default: string } & Reason): OptionRow<string> {
  return { ...row, unit: 'text', check: (option, value) => textOption(option, value) ?? row.default };
}

/** A text that may be missing. */
export function optionalTextRow(row: Reason): OptionRow<string | null> {
  return { ...row, unit: 'text', default: null, check: textOption };
}

/** A folder that may be missing; an empty text would be the one in which the program happens to run. */
export function folderRow(row: Reason): OptionRow<string | null> {
  return {
    ...row,
    unit: 'text',
    default: null,
    check: (option, value) => {
      if (value === undefined || value === null) return null;
      if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
      throw new OptionError(option, 'the path of a folder', describeValue(value));
    },
  };
}

/** The shared secret. */
export function secretRow(row: Reason): OptionRow<Buffer | null> {
  return {
    ...row,
    unit: 'secret',
    default: null,
    check: (option, value = null) => secretOption(option, value),
  };
}

/** A switch. */
export function switchRow(row: { readonly default: boolean } & Reason): OptionRow<boolean> {
  return { ...row, unit: 'switch', check: (option, value = row.default) => switchOption(option, value) };
}

/** A switch that something else decides about where it is left out. */
export function openSwitchRow(row: Reason): OptionRow<boolean | undefined> {
  return {
    ...row,
    unit: 'switch',
    default: undefined,
    check: (option, value) => (value === undefined ? undefined : switchOption(option, value)),
  };
}

/** One of some words. */
export interface ChoiceRow<T extends string> extends OptionRow<T> {
  readonly unit: 'choice';
  readonly default: T;
  readonly choices: readonly T[];
}

/** One of some words. */
export function choiceRow<const T extends string>(
  row: { readonly choices: readonly T[]; readonly default: T } & Reason,
): ChoiceRow<T> {
  const { choices } = row;
  return {
    ...row,
    unit: 'choice',
    check: (option, value: unknown = row.default) => {
      const choice = choices.find((each) => each === value);
      if (choice !== undefined) return choice;
      throw new OptionError(option, `one of ${choices.join(', ')}`, describeValue(value));
    },
  };
}

/**
 * A function; what it takes and returns is a promise of the user's.
 *
 * @param guard puts something around a function of the user's, to check what it returns
 */
export function functionRow<F>(
  row: { readonly default: F; readonly guard?: (value: F) => F } & Reason,
): OptionRow<F> & { readonly default: F } {
  const { guard = (value) => value } = row;
  return {
    unit: 'function',
    default: row.default,
    why: row.why,
    check: (option, value) => {
      if (value === undefined || value === row.default) return row.default;
      if (isFunction<F>(value)) return guard(value);
      throw new OptionError(option, 'a function', describeKind(value));
    },
  };
}

function isFunction<F>(value: unknown): value is F {
  return typeof value === 'function';
}

/** An object with some methods. */
export function objectRow<T>(
  row: {
    readonly default: T;
    readonly methods: readonly (keyof NonNullable<T> & string)[];
    readonly suchAs?: string;
  } & Reason,
): OptionRow<T> {
  const { methods, suchAs } = row;
  const example = suchAs === undefined ? '' : ` (${suchAs})`;
  return {
    unit: 'object',
    default: row.default,
    why: row.why,
    check: (option, value) => {
      if (value === undefined) return row.default;
      if (hasMethods<T>(value, methods)) return value;
      const isObject = typeof value === 'object' && value !== null;
      const got = isObject ? `one without ${missingMethod(value, methods)}` : describeKind(value);
      throw new OptionError(option, `an object with ${methods.join(', ')}${example}`, got);
    },
  };
}

function hasMethods<T>(value: unknown, methods: readonly string[]): value is T {
  const isHolder = (typeof value === 'object' || typeof value === 'function') && value !== null;
  return isHolder && missingMethod(value, methods) === undefined;
}

function missingMethod(holder: object, methods: readonly string[]): string | undefined {
  return methods.find((method) => typeof Reflect.get(holder, method) !== 'function');
}

/** An inspector of XState: an observer, or its `next` alone. */
export function inspectorRow<Inspector>(): OptionRow<Inspector | undefined> {
  return {
    unit: 'object',
    default: undefined,
    why: 'Each event of each actor costs more with it.',
    check: (option, value) => {
      if (value === undefined || isInspector<Inspector>(value)) return value;
      throw new OptionError(option, 'a function or an object with the method next', describeKind(value));
    },
  };
}

function isInspector<Inspector>(value: unknown): value is Inspector {
  if (typeof value === 'function') return true;
  return typeof value === 'object' && value !== null && 'next' in value && typeof value.next === 'function';
}

/** A signal that gives something up. Its check runs for each request. */
export function signalRow(row: Reason): OptionRow<AbortSignalLike | undefined> {
  return {
    ...row,
    unit: 'object',
    default: undefined,
    check: (option, value) => {
      if (value === undefined) return value;
      let got: string;
      try {
        if (isAbortSignal(value)) return value;
        got = describeKind(value);
      } catch {
        got = 'an object that throws when it is read';
      }
      throw new OptionError(option, 'an AbortSignal', got);
    },
  };
}

/** The clock. */
export function clockRow(): OptionRow<Clock> {
  const row = objectRow<Clock>({
    default: systemClock,
    methods: ['setTimeout', 'clearTimeout', 'now'],
    why: 'A test brings its own.',
  });
  return { ...row, check: (option, value) => guardedClock(row.check(option, value)) };
}

/** A source of chance, from 0 to 1. */
export function randomRow(): OptionRow<() => number> {
  return functionRow<() => number>({
    default: Math.random,
    guard: (random) => () => returnedNumber('random', random()),
    why: 'A test brings its own.',
  });
}

/** Options inside an option, which false switches off. */
export interface GroupRow<Settings> extends OptionRow<Settings | false> {
  readonly unit: 'options';
  readonly rows: Readonly<Record<string, OptionRow<unknown>>>;
}

/**
 * Options inside an option, which false switches off.
 *
 * @param settle makes settings of the options that it reads
 */
export function groupRow<Values extends object, Settings>(
  row: {
    readonly rows: Rows<Values>;
    readonly settle: (read: OptionReader<Values>, option: string) => Settings;
  } & Reason,
): GroupRow<Settings> {
  const { settle, why } = row;
  const names = new Set(Object.keys(row.rows));
  const check = (option: string, value: unknown): Settings | false => {
    if (value === false) return false;
    if (!isOptionsObject(value)) throw new OptionError(option, 'an object or false', describeKind(value));
    refuseUnknownOptions(value, names, `${option}.`);
    return settle(optionReader<Values>(row.rows, value, `${option}.`), option);
  };
  return {
    unit: 'options',
    default: settle(optionReader<Values>(row.rows, {}), ''),
    rows: row.rows,
    why,
    check: (option, value = {}) => check(option, value),
  };
}

/** The shortest and the longest pause of something that tries again, in milliseconds. */
export interface Pauses {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

/**
 * Reads `minDelay` and `maxDelay`.
 *
 * @throws OptionError where the longest pause is shorter than the shortest
 */
export function readPauses(
  read: OptionReader<{ minDelay: number; maxDelay: number }>,
  option: string,
): Pauses {
  const minDelayMs = read('minDelay');
  const maxDelayMs = read('maxDelay');
  if (maxDelayMs < minDelayMs) {
    throw new OptionError(`${option}.maxDelay`, `at least minDelay (${minDelayMs} ms)`, `${maxDelayMs}`);
  }
  return { minDelayMs, maxDelayMs };
}
