/** What is shown of bytes and data: small copies that later changes cannot reach. */

import { isError } from '../base/thrown.js';
import { textIn } from './detect/drops.js';

/** How many bytes of a payload are shown. */
const MAX_SHOWN_BYTES = 4_096;

/** The first bytes of a payload in hex, as `7b 22`, and how many are not among them. */
export function bytesOf(payload: Uint8Array | null): { hex: string | null; hiddenBytes: number } {
  if (payload === null) return { hex: null, hiddenBytes: 0 };
  const count = Math.min(payload.length, MAX_SHOWN_BYTES);
  return { hex: spacedHex(payload, count), hiddenBytes: payload.length - count };
}

const DIGITS = Buffer.from('0123456789abcdef');
/** Written again and again: each message that is shown comes through here. */
const scratch = Buffer.alloc(3 * MAX_SHOWN_BYTES, ' ');

function spacedHex(bytes: Uint8Array, count: number): string {
  for (let at = 0, to = 0; at < count; at++, to += 3) {
    const byte = bytes[at] ?? 0;
    scratch[to] = DIGITS[byte >> 4] ?? 0;
    scratch[to + 1] = DIGITS[byte & 15] ?? 0;
  }
  return scratch.toString('latin1', 0, Math.max(0, 3 * count - 1));
}

/**
 * What is said of bytes outside of frames, with those that are shown as text.
 *
 * @param detail how many there are
 * @param hex those that are shown, masked; null: none
 */
export function noiseDetail(detail: string, hex: string | null): string {
  const { text } = textIn(hex);
  return text === '' ? detail : `${detail}: "${text}"`;
}

/** Each row of a session has its name, and a page gets each row again when it changes. */
const MAX_NAME = 200;

/** What cannot be seen, or turns the text around it. */
const UNSEEN = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** The name under which a session is shown: its beginning, where a program has given it a whole text, with a dot for what is unseen. */
export function shownName(name: string, most = MAX_NAME): string {
  const short = name.length > most ? `${name.slice(0, most)}…` : name;
  return short.replace(UNSEEN, '·');
}

const MAX_DEPTH = 8;
const MAX_MEMBERS = 100;
const MAX_TEXT = 2_000;
const MAX_VALUES = 1_000;
/** Of all texts and names of one value together. */
const MAX_TEXTS = 100_000;

/** What may still be copied. */
interface Budget {
  values: number;
  text: number;
}

/**
 * A small copy of data that JSON can carry; an ellipsis marks what is left out.
 *
 * @param value anything; it may be circular, or huge
 */
export function boundedCopy(value: unknown): unknown {
  try {
    return copyOf(value, 0, { values: MAX_VALUES, text: MAX_TEXTS });
  } catch {
    return '…'; // a user's getter, proxy or toJSON may throw
  }
}

function copyOf(value: unknown, depth: number, budget: Budget): unknown {
  if (--budget.values < 0) return '…';
  switch (typeof value) {
    case 'string':
      return shortened(value, Math.min(MAX_TEXT, budget.text), budget);
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return String(value);
    case 'object':
      break;
    default:
      return undefined;
  }
  if (value === null) return null;
  if (depth >= MAX_DEPTH) return '…';
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return copyOf(toJSON.call(value), depth + 1, budget);
  if (isError(value)) return `${value.name}: ${value.message}`.slice(0, MAX_TEXT);
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_MEMBERS).map((item) => copyOf(item, depth + 1, budget) ?? null);
    return value.length > MAX_MEMBERS ? [...items, `… (${value.length - MAX_MEMBERS} more)`] : items;
  }
  const copy: Record<string, unknown> = Object.create(null);
  let members = 0;
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    budget.text -= key.length;
    if (++members > MAX_MEMBERS || budget.text < 0) {
      copy['…'] = 'more';
      break;
    }
    copy[key] = copyOf((value as Record<string, unknown>)[key], depth + 1, budget);
  }
  return copy;
}

function shortened(text: string, most: number, budget: Budget): string {
  const length = Math.max(0, Math.min(text.length, most));
  budget.text -= length;
  return length === text.length ? text : `${text.slice(0, length)}… (${text.length - length} more)`;
}
