import type { Message } from '../../../src/protocol/message.js';
import { DecodeError } from '../../../src/wire/index.js';

/**
 * A value in a form that knows no JSON, the same that differential.py writes: what the two sides of the differential test
 * compare. Integers are integers here, whether numbers or bigints; -0 is `z`.
 */
export function canonical(value: unknown): string {
  switch (typeof value) {
    case 'boolean':
      return value ? 't' : 'f';
    case 'bigint':
      return `i${value}`;
    case 'number':
      return canonicalNumber(value);
    case 'string':
      return `s${utf16(value)}`;
    case 'object':
      break;
    default:
      throw new Error(`expected JSON, got a ${typeof value}`);
  }
  if (value === null) return 'n';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value).map(([key, member]) => ({
    key: utf16(key),
    form: canonical(member),
  }));
  members.sort((a, b) => (a.key < b.key ? -1 : 1));
  return `{${members.map(({ key, form }) => `${key}=${form}`).join(',')}}`;
}

function canonicalNumber(value: number): string {
  if (Number.isNaN(value)) return 'dnan';
  if (Object.is(value, -0)) return 'z';
  if (Number.isSafeInteger(value)) return `i${value}`;
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return `d${bytes.toString('hex')}`;
}

function utf16(text: string): string {
  return Buffer.from(text, 'utf16le').toString('hex');
}

/** The form of a whole message. */
export function messageForm({ status, serviceId, dataId, data }: Message<unknown>): string {
  return `${status},${serviceId},${dataId};${canonical(data)}`;
}

/** A form in which -0 is 0: JSON that JavaScript writes, and Python's integers, know no other. */
export function withoutNegativeZero(form: string): string {
  return form.replaceAll('z', 'i0'); // no other part of a form holds a z
}

/** How deep arrays and objects are nested in a form; its texts are hex digits and hold no bracket. */
export function depthOf(form: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of form) {
    if (character === '[' || character === '{') deepest = Math.max(deepest, ++depth);
    else if (character === ']' || character === '}') depth--;
  }
  return deepest;
}

/** What `form` gives, or why a codec refused it; anything else that is thrown is told as a form that nothing equals. */
export function formOrReason(form: () => string): string {
  try {
    return form();
  } catch (error) {
    return error instanceof DecodeError ? error.reason : `threw ${error}`;
  }
}
