/** What is shown of bytes and data: small copies that later changes cannot reach. */

import { isError } from '../base/thrown.js';

/** How many bytes of a payload are shown. */
const MAX_SHOWN_BYTES = 4_096;

/** The first bytes of a payload in hex, as `7b 22`, and how many are not among them. */
export function bytesOf(payload: Uint8Array | null): { hex: string | null; hiddenBytes: number } {
  if (payload === null) return { hex: null, hiddenBytes: 0 };
  const shown = Buffer.from(payload.buffer, payload.byteOffset, Math.min(payload.length, MAX_SHOWN_BYTES));
  return {
    hex: shown.toString('hex').replace(/../g, '$& ').trimEnd(),
    hiddenBytes: payload.length - shown.length,
  };
}

const MAX_DEPTH = 8;
const MAX_MEMBERS = 100;
const MAX_TEXT = 2_000;
const MAX_VALUES = 1_000;

/**
 * A small copy of data that JSON can carry; an ellipsis marks what is left out.
 *
 * @param value anything; it may be circular, or huge
 */
export function boundedCopy(value: unknown): unknown {
  try {
    return copyOf(value, 0, { left: MAX_VALUES });
  } catch {
    return '…'; // a user's getter, proxy or toJSON may throw
  }
}

function copyOf(value: unknown, depth: number, budget: { left: number }): unknown {
  if (--budget.left < 0) return '…';
  switch (typeof value) {
    case 'string':
      return value.length > MAX_TEXT
        ? `${value.slice(0, MAX_TEXT)}… (${value.length - MAX_TEXT} more)`
        : value;
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
    if (++members > MAX_MEMBERS) {
      copy['…'] = 'more';
      break;
    }
    copy[key] = copyOf((value as Record<string, unknown>)[key], depth + 1, budget);
  }
  return copy;
}
