/** How much memory data takes, roughly. */

import type { JsonValue } from '../protocol/message.js';

/** What a member or an item takes besides its text. */
const OVERHEAD_BYTES = 16;

/** Roughly how many bytes decoded data takes; a bound needs no more. */
export function sizeOf(data: JsonValue): number {
  let bytes = 0;
  const left: JsonValue[] = [data];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    bytes += OVERHEAD_BYTES;
    if (typeof value === 'string') bytes += value.length;
    else if (Array.isArray(value)) for (const item of value) left.push(item);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        bytes += name.length;
        left.push(member);
      }
    }
  }
  return bytes;
}
