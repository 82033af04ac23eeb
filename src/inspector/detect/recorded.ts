/** Looks for trouble in recordings that were made without. */

import type { NumberedEntry } from '../entries.js';
import { type Detector, detectorOf } from './detector.js';

/**
 * The entries of a recording with the troubles that they show. Works in steps, so that a page can draw in between.
 *
 * @param entries complete, in the order of their numbers
 * @returns yields how much is done, from 0 to 1; then the same entries, where somebody has looked already, else all of them,
 * numbered anew
 */
export function* withTroubles(
  entries: readonly NumberedEntry[],
): Generator<number, readonly NumberedEntry[], void> {
  if (entries.some(({ kind }) => kind === 'trouble')) return entries;
  const detectors = new Map<string, Detector>();
  const all: NumberedEntry[] = [];
  for (const [index, entry] of entries.entries()) {
    yield index / entries.length;
    const { group, ms } = entry;
    let detector = detectors.get(group);
    if (detector === undefined) detectors.set(group, (detector = detectorOf()));
    const number = all.length + 1;
    all.push(entry.number === number ? entry : { ...entry, number });
    for (const trouble of detector.took(entry)) {
      const found = { kind: 'trouble', group, isTrouble: true, ...trouble } as const;
      all.push({ ...found, number: all.length + 1, ms });
    }
  }
  const lastMs = entries.at(-1)?.ms ?? 0;
  for (const [group, detector] of detectors)
    for (const trouble of detector.untold(Number.POSITIVE_INFINITY)) {
      const found = { kind: 'trouble', group, isTrouble: true, ...trouble } as const;
      all.push({ ...found, number: all.length + 1, ms: lastMs });
    }
  return all;
}
