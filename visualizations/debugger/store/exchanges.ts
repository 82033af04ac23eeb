/** Finds what belongs to a message or a trouble: its request, its answer, what went wrong. */

import type { Exchange, NumberedEntry, NumberedMessage, NumberedTrouble } from './types.js';

interface Parts {
  /** The number of the entry with which it began. */
  readonly first: number;
  request: NumberedMessage | null;
  answer: NumberedMessage | null;
  trouble: NumberedTrouble | null;
}

/** An index of exchanges; the work for an entry is the same however many there are. */
export class Exchanges {
  readonly #known = new Map<string, Parts>();

  add(entry: NumberedEntry): void {
    if (entry.kind !== 'message' && entry.kind !== 'trouble') return;
    const key = keyOf(entry);
    if (key === null) return;
    let parts = this.#known.get(key);
    if (parts === undefined) {
      parts = { first: entry.number, request: null, answer: null, trouble: null };
      this.#known.set(key, parts);
    }
    if (entry.kind === 'trouble') parts.trouble = entry;
    else if (entry.role === 'answer') parts.answer = entry;
    else parts.request = entry;
  }

  /** What an entry is part of; undefined where it is part of nothing. */
  of(entry: NumberedEntry): Exchange | undefined {
    const key = keyOf(entry);
    const parts = key === null ? undefined : this.#known.get(key);
    if (parts === undefined) return undefined;
    const { request, answer, trouble } = parts;
    return { request, answer, trouble };
  }

  /** Forgets exchanges that were over before an entry. */
  forgetBefore(number: number): void {
    for (const [key, { first, request, answer, trouble }] of this.#known) {
      // they are in the order in which they began
      if (first >= number) break;
      const last = Math.max(request?.number ?? 0, answer?.number ?? 0, trouble?.number ?? 0);
      if (last < number) this.#known.delete(key);
    }
  }

  clear(): void {
    this.#known.clear();
  }
}

function keyOf(entry: NumberedEntry): string | null {
  if (entry.kind !== 'message' && entry.kind !== 'trouble') return null;
  return entry.exchange === null ? null : `${entry.exchange} ${entry.group}`;
}
