/** About how much memory an entry takes: limits by number alone would let a peer with large messages fill the memory. */

import type { InspectorEntry } from './entries.js';

/** Any entry: its fields and short texts. */
const BASE_WEIGHT = 500;
/** The data that is kept of one message takes no more than about this, however long the message was. */
const MAX_DATA_WEIGHT = 200_000;

/**
 * The weight of an entry, in bytes: an estimate that costs nothing.
 *
 * @param entry an entry that is complete
 */
export function weightOf(entry: InspectorEntry): number {
  switch (entry.kind) {
    case 'message':
      return BASE_WEIGHT + (entry.hex?.length ?? 0) + Math.min(entry.size ?? 0, MAX_DATA_WEIGHT);
    case 'drop':
      return BASE_WEIGHT + (entry.hex?.length ?? 0) + entry.detail.length;
    case 'note':
      return BASE_WEIGHT + entry.text.length;
    default:
      return BASE_WEIGHT;
  }
}
