/** The troubles as a list has them: of each the entry that counts, and none that another explains. */

import type { NumberedTrouble } from '../store/types.js';

/** Collects them. */
export class Incidents {
  /** By group and incident, in the order of the numbers of their last entries. */
  readonly #latest = new Map<string, NumberedTrouble>();
  #shown: readonly NumberedTrouble[] | null = null;

  /** How many the list has. */
  get count(): number {
    return this.shown.length;
  }

  /** Oldest first. */
  get shown(): readonly NumberedTrouble[] {
    return (this.#shown ??= [...this.#latest.values()].filter(({ coveredBy }) => coveredBy === null));
  }

  add(trouble: NumberedTrouble): void {
    const key = keyOf(trouble.group, trouble.incident);
    this.#latest.delete(key);
    this.#latest.set(key, trouble);
    this.#shown = null;
  }

  /** The entry that counts of an incident. */
  latest(group: string, incident: number): NumberedTrouble | undefined {
    return this.#latest.get(keyOf(group, incident));
  }

  /** What explains a trouble, however many steps away; itself where nothing does. */
  explanationOf(trouble: NumberedTrouble): NumberedTrouble {
    let told = this.latest(trouble.group, trouble.incident) ?? trouble;
    for (let steps = 0; told.coveredBy !== null && steps < MAX_STEPS; steps++) {
      const next = this.latest(told.group, told.coveredBy);
      if (next === undefined) break;
      told = next;
    }
    return told;
  }

  /** Forgets those of which the last entry was before a number. */
  forgetBefore(number: number): void {
    for (const [key, trouble] of this.#latest) {
      if (trouble.number >= number) break;
      this.#latest.delete(key);
    }
    this.#shown = null;
  }

  clear(): void {
    this.#latest.clear();
    this.#shown = null;
  }
}

/** A recording may say that two troubles explain each other. */
const MAX_STEPS = 8;

function keyOf(group: string, incident: number): string {
  return `${incident} ${group}`;
}
