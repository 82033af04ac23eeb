/**
 * Numbers that JSON has not, as JSON: `{"$number": "NaN"}`. Python writes `NaN` and the infinities as they are, which no parser of
 * JSON takes, and integers beyond 2^53 lose digits in most. An object of a peer that looks like this form gets one more `$`,
 * so nothing is taken for something else.
 */

import type { JsonValue } from '../protocol/message.js';

const KEY = '$number';
const NUMBER_TEXT = /^(?:NaN|-?Infinity|-?\d+)$/;
const ESCAPED_KEY = /^\$+number$/;

/**
 * A value in which every number is one of JSON that any parser reads exactly.
 *
 * @param value data, or fields with data in them
 */
export function portable(value: unknown): unknown {
  return rewritten(value, (number) =>
    typeof number === 'bigint' || !Number.isFinite(number) ? { [KEY]: String(number) } : number,
  );
}

/**
 * The same value, as {@link fromPortable} reads it: only what looks like the form of a number is escaped.
 *
 * @param value data, or fields with data in them
 */
export function escaped(value: unknown): unknown {
  return rewritten(value, (number) => number);
}

/**
 * The data that {@link portable} or {@link escaped} made a value of.
 *
 * @param value what was read as JSON
 */
export function fromPortable(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return mapped(value, fromPortable) as JsonValue;
  const form = formIn(value);
  if (form === null) return mapped(value, fromPortable) as JsonValue;
  if (form.key !== KEY) return { [form.key.slice(1)]: form.text };
  return numberOf(form.text);
}

function numberOf(text: string): number | bigint {
  const number = Number(text);
  return /\d/.test(text) && !Number.isSafeInteger(number) ? BigInt(text) : number;
}

function rewritten(value: unknown, ofNumber: (value: number | bigint) => unknown): unknown {
  if (typeof value === 'number' || typeof value === 'bigint') return ofNumber(value);
  if (!isContainer(value)) return value;
  const form = Array.isArray(value) ? null : formIn(value);
  if (form !== null) return { [`$${form.key}`]: form.text };
  return mapped(value, (item) => rewritten(item, ofNumber));
}

/** Not what JSON would write by its own rules, such as a date. */
function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** The only member of an object, if it has the form of a number, whatever the count of its `$`. */
function formIn(value: object): { readonly key: string; readonly text: string } | null {
  let only: string | null = null;
  for (const key in value) {
    if (only !== null) return null;
    only = key;
  }
  if (only === null || !ESCAPED_KEY.test(only)) return null;
  const text = (value as Readonly<Record<string, unknown>>)[only];
  return typeof text === 'string' && NUMBER_TEXT.test(text) ? { key: only, text } : null;
}

/** A container whose items are mapped; itself where all of them stay, as nearly always. */
function mapped<Item>(value: object, map: (item: Item) => unknown): unknown {
  const entries = Object.entries(value) as [string, Item][];
  let isChanged = false;
  const changed = entries.map(([key, item]) => {
    const result = map(item);
    if (!Object.is(result, item)) isChanged = true;
    return [key, result] as const;
  });
  if (!isChanged) return value;
  return Array.isArray(value) ? changed.map(([, item]) => item) : Object.fromEntries(changed);
}
