/** The fields that a filter can name, each with what it compares. */

import {
  fromOf,
  hexOf,
  isNoise,
  isPending,
  isRequest,
  isTimeout,
  isTroubled,
  latencyOf,
  messageOf,
  searchedTextOf,
  sizeOf,
  statusOf,
  troubleTextOf,
  troubleWordOf,
} from './row-facts.js';
import type { Row } from './rows.js';

/** Whether something holds for a row. */
export type Test = (row: Row) => boolean;

/** What a value of a filter means. */
export interface FilterContext {
  /** When the debugger was opened, in milliseconds of the epoch. */
  readonly startedAt: number;
}

/** A field. */
export interface FilterField {
  readonly name: string;
  /** What it is, for the list of fields. */
  readonly hint: string;
  /** A value that shows what can be done with it. */
  readonly example: string;
  /**
   * The test for a value.
   *
   * @returns a text that says what was expected, where the value cannot be used
   */
  test(value: string, isExact: boolean, context: FilterContext): Test | string;
}

const fits = (text: string, value: string, isExact: boolean): boolean =>
  isExact ? text.toLowerCase() === value.toLowerCase() : text.toLowerCase().includes(value.toLowerCase());

const idOf = (value: string): number | null => (/^\d+$/.test(value) ? Number(value) : null);

/** The words of `is:`. */
export const KINDS: Readonly<Record<string, { readonly hint: string; readonly test: Test }>> = {
  trouble: { hint: 'anything that went wrong', test: isTroubled },
  request: { hint: 'requests, answered or not', test: isRequest },
  answered: { hint: 'requests with an answer', test: (row) => row.answer !== null },
  pending: { hint: 'requests whose answer may still come', test: isPending },
  timeout: { hint: 'requests that timed out', test: isTimeout },
  message: {
    hint: 'messages that are no request',
    test: (row) => messageOf(row) !== null && !isRequest(row),
  },
  drop: { hint: 'what was refused or dropped', test: ({ first }) => first.kind === 'drop' },
  noise: { hint: 'bytes that are no frame', test: isNoise },
};

const service: FilterField = {
  name: 'service',
  hint: 'a service: part of its name, or its id',
  example: 'service:read',
  test: (value, isExact) => {
    const id = idOf(value);
    if (id !== null)
      return (row) =>
        messageOf(row)?.serviceId === id || (row.answer !== null && row.answer.serviceId === id);
    return (row) => fits(messageOf(row)?.names.service ?? '', value, isExact);
  },
};

const data: FilterField = {
  name: 'data',
  hint: 'a data id: the number, or part of its name',
  example: 'data:0',
  test: (value, isExact) => {
    const id = idOf(value);
    if (id !== null) return (row) => messageOf(row)?.dataId === id;
    return (row) => fits(messageOf(row)?.names.data ?? '', value, isExact);
  },
};

const status: FilterField = {
  name: 'status',
  hint: 'the status of the answer: part of its name, its number, “error” for any but okay, “none”',
  example: 'status:!okay',
  test: (value, isExact) => {
    const number = idOf(value);
    if (number !== null) return (row) => statusOf(row)?.status === number;
    const word = value.toLowerCase();
    if (word === 'none') return (row) => messageOf(row) !== null && statusOf(row) === null;
    if (word === 'error') return (row) => (statusOf(row)?.status ?? 0) !== 0;
    return (row) => {
      const found = statusOf(row);
      return found !== null && fits(found.name, value, isExact);
    };
  },
};

const session: FilterField = {
  name: 'session',
  hint: 'a session: part of its name, or with = all of it',
  example: 'session:="pump 1"',
  test: (value, isExact) => (row) => fits(row.group, value, isExact),
};

const from: FilterField = {
  name: 'from',
  hint: 'who sent it: client or server',
  example: 'from:client',
  test: (value) => {
    const side = value.toLowerCase();
    if (side !== 'client' && side !== 'server') return 'client or server';
    return (row) => fromOf(row) === side;
  },
};

const is: FilterField = {
  name: 'is',
  hint: `one of ${Object.keys(KINDS).join(', ')}`,
  example: 'is:trouble',
  test: (value) => KINDS[value.toLowerCase()]?.test ?? Object.keys(KINDS).join(', '),
};

const trouble: FilterField = {
  name: 'trouble',
  hint: 'what went wrong: part of its text',
  example: 'trouble:"timed out"',
  test: (value, isExact) => (row) => {
    if (!isTroubled(row)) return false;
    return fits(troubleWordOf(row), value, isExact) || fits(troubleTextOf(row), value, isExact);
  },
};

/** Milliseconds in the units that can be typed. */
const DURATIONS: Readonly<Record<string, number>> = {
  us: 0.001,
  µs: 0.001,
  ms: 1,
  s: 1_000,
  min: 60_000,
  '': 1,
};
const SIZES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1_000,
  kib: 1_024,
  mb: 1_000_000,
  mib: 1_048_576,
  '': 1,
};

const latency: FilterField = {
  name: 'latency',
  hint: 'how long the answer took: with >, <, or a range; in us, ms, s, min',
  example: 'latency:>100ms',
  test: (value, isExact) =>
    comparison(value, isExact, (text) => quantityIn(text, DURATIONS), latencyOf) ??
    'a comparison such as latency:>100ms or latency:10ms..1s',
};

const size: FilterField = {
  name: 'size',
  hint: 'the bytes of request and answer: with >, <, or a range; in B, kB, MB',
  example: 'size:>1kB',
  test: (value, isExact) =>
    comparison(value, isExact, (text) => quantityIn(text.toLowerCase(), SIZES), sizeOf) ??
    'a comparison such as size:>1kB or size:100..200',
};

const DAY_MS = 86_400_000;

const time: FilterField = {
  name: 'time',
  hint: 'when it began: a time of day, or how long after the debugger was opened in us, ms, s, min; with >, <, or a range',
  example: 'time:>12:30:05',
  test: (value, isExact, { startedAt }) => {
    const isOfDay = value.includes(':');
    const offset = startedAt - new Date(startedAt).getTimezoneOffset() * 60_000;
    const of = (row: Row): number => (isOfDay ? (((offset + row.ms) % DAY_MS) + DAY_MS) % DAY_MS : row.ms);
    return (
      comparison(value, isExact, isOfDay ? timeOfDay : (text) => quantityIn(text, DURATIONS), of) ??
      'a comparison such as time:>12:30:05 or time:1s..2s'
    );
  },
};

const text: FilterField = {
  name: 'text',
  hint: 'data, names and trouble contain it; a word without a field does the same',
  example: 'text:"boot v1"',
  test: (value) => {
    const searched = value.toLowerCase();
    return (row) => searchedTextOf(row).includes(searched);
  },
};

const hex: FilterField = {
  name: 'hex',
  hint: 'the bytes contain these; only bytes that were kept are searched',
  example: 'hex:7b22',
  test: (value) => {
    const digits = value.replace(/[\s:]/g, '').replace(/^0x/i, '').toLowerCase();
    if (!/^(?:[\da-f]{2})+$/.test(digits)) return 'pairs of hex digits such as hex:7b22 or hex:"7b 22"';
    return (row) => hexOf(row).some((bytes) => hasBytes(bytes, digits));
  },
};

const codec: FilterField = {
  name: 'codec',
  hint: 'the codec of the session: part of its name',
  example: 'codec:struct',
  test: (value, isExact) => (row) => 'codec' in row.first && fits(row.first.codec, value, isExact),
};

/** All of them, in the order in which they are offered. */
export const FILTER_FIELDS: readonly FilterField[] = [
  service,
  data,
  status,
  is,
  latency,
  text,
  session,
  from,
  trouble,
  size,
  hex,
  time,
  codec,
];

/** Whether bytes contain others; a match must begin with a byte and not within one. */
function hasBytes(bytes: string, searched: string): boolean {
  for (let at = bytes.indexOf(searched); at !== -1; at = bytes.indexOf(searched, at + 1))
    if (at % 2 === 0) return true;
  return false;
}

/** `>5`, `<=5`, `5..6`, or with `=` exactly 5; null for anything else. */
function comparison(
  value: string,
  isExact: boolean,
  read: (text: string) => number | null,
  of: (row: Row) => number | null,
): Test | null {
  const test = (holds: (found: number) => boolean): Test => {
    return (row) => {
      const found = of(row);
      return found !== null && holds(found);
    };
  };
  if (isExact) {
    const exact = read(value);
    return exact === null ? null : test((found) => found === exact);
  }
  const range = /^(.+?)\.\.(.+)$/.exec(value);
  if (range !== null) {
    const [low, high] = [read(range[1] ?? ''), read(range[2] ?? '')];
    return low === null || high === null ? null : test((found) => found >= low && found <= high);
  }
  const match = /^(>=|<=|>|<)(.+)$/.exec(value);
  const limit = match === null ? null : read(match[2] ?? '');
  if (match === null || limit === null) return null;
  switch (match[1]) {
    case '>':
      return test((found) => found > limit);
    case '<':
      return test((found) => found < limit);
    case '>=':
      return test((found) => found >= limit);
    default:
      return test((found) => found <= limit);
  }
}

function quantityIn(text: string, units: Readonly<Record<string, number>>): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([a-zµ]*)$/i.exec(text);
  const name = match?.[2] ?? '';
  const unit = Object.hasOwn(units, name) ? units[name] : undefined;
  return match === null || unit === undefined ? null : Number(match[1]) * unit;
}

function timeOfDay(text: string): number | null {
  const match = /^(\d{1,2}):(\d\d)(?::(\d\d(?:\.\d+)?))?$/.exec(text);
  if (match === null) return null;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  return hours > 23 || minutes > 59 || seconds >= 60 ? null : ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}
