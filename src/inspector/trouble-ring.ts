import type { NumberedEntry } from './entries.js';
import type { TroubleCode } from './troubles.js';

type NumberedTrouble = Extract<NumberedEntry, { kind: 'trouble' }>;

/**
 * Keeps the last troubles, and of each the entry that counts: a device that prints a line ten times a second pushes out
 * nothing. One that another explains goes before all others; then the oldest of the kind that there is most of, as a scan of ports
 * makes the same trouble in thousands of sessions.
 */
export class TroubleRing {
  readonly #size: number;
  /** The latest entry of each incident, oldest first. */
  readonly #latest = new Map<string, NumberedTrouble>();

  readonly #byCode = new Map<TroubleCode, number>();

  /** @param size how many are kept */
  constructor(size: number) {
    this.#size = size;
  }

  /** Those that are kept, oldest first. */
  get items(): readonly NumberedTrouble[] {
    return [...this.#latest.values()];
  }

  push(trouble: NumberedTrouble): void {
    const key = `${trouble.incident} ${trouble.group}`;
    this.#delete(key);
    this.#latest.set(key, trouble);
    this.#count(trouble.code, 1);
    if (this.#latest.size > this.#size) this.#forgetOne();
  }

  #forgetOne(): void {
    const [[most] = [undefined]] = [...this.#byCode].sort(([, a], [, b]) => b - a);
    let victim: string | undefined;
    for (const [key, { code, coveredBy }] of this.#latest) {
      if (code === most) victim ??= key;
      if (coveredBy === null) continue;
      victim = key;
      break;
    }
    if (victim !== undefined) this.#delete(victim);
  }

  #delete(key: string): void {
    const known = this.#latest.get(key);
    if (known === undefined) return;
    this.#latest.delete(key);
    this.#count(known.code, -1);
  }

  #count(code: TroubleCode, by: number): void {
    this.#byCode.set(code, (this.#byCode.get(code) ?? 0) + by);
  }
}
