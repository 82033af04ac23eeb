/** What a person has set on the page, and finds again when it is loaded again. */

import { effect, type Signal, signal } from '@preact/signals';

/** Names in the storage, which other pages of this host share. */
const PREFIX = 'socket-protocol ';

/** How long a setting is kept: for the tab, as a filter, or beyond, as a width. */
type Keeping = 'tab' | 'always';

/**
 * A setting that outlives the page, as far as the browser allows it.
 *
 * @param name what it is kept under
 * @param keeping how long
 * @param initial what it is where nothing is kept
 * @param read what a kept value means; undefined where it means nothing
 */
export function kept<Value>(
  name: string,
  keeping: Keeping,
  initial: Value,
  read: (kept: unknown) => Value | undefined,
): Signal<Value> {
  const found = stored(name, keeping);
  const value = signal((found === null ? undefined : read(found)) ?? initial);
  let written = value.peek();
  effect(() => {
    if (value.value === written) return;
    written = value.value;
    store(name, keeping, written);
  });
  return value;
}

/** Reads a setting that is one of some words. */
export const oneOf =
  <Word extends string>(words: readonly Word[]) =>
  (kept: unknown): Word | undefined =>
    words.find((word) => word === kept);

/** Reads a setting that is a list of some words. */
export const listOf =
  <Word extends string>(words: readonly Word[]) =>
  (kept: unknown): Word[] | undefined =>
    Array.isArray(kept) ? words.filter((word) => kept.includes(word)) : undefined;

/** Reads a setting that is on or off. */
export const flag = (kept: unknown): boolean | undefined => (typeof kept === 'boolean' ? kept : undefined);

const storageOf = (keeping: Keeping): Storage => (keeping === 'tab' ? sessionStorage : localStorage);

/** Browsers may forbid to keep anything. */
function stored(name: string, keeping: Keeping): unknown {
  try {
    return JSON.parse(storageOf(keeping).getItem(PREFIX + name) ?? 'null');
  } catch {
    return null;
  }
}

function store(name: string, keeping: Keeping, value: unknown): void {
  try {
    storageOf(keeping).setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // then it is as it was the next time
  }
}
