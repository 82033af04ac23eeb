/** What an inspector has seen: a bounded past, and whoever looks on now. */

/** How many entries are kept for who looks on later. */
export const DEFAULT_HISTORY = 5_000;
/** How many entries may wait for one onlooker; more are left out, and it is told how many. */
const MAX_WAITING = 1_000;

/** Something that happened. Nothing in it is confidential. */
export type InspectorEntry =
  | { readonly kind: 'actor'; readonly group: string; readonly actor: string; readonly chart: string | null }
  | {
      readonly kind: 'state';
      readonly group: string;
      readonly actor: string;
      readonly state: unknown;
      readonly context: unknown;
    }
  | {
      readonly kind: 'event';
      readonly group: string;
      readonly from: string | null;
      readonly to: string;
      readonly event: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'message';
      readonly group: string;
      readonly from: string;
      readonly text: string;
      readonly hex: string | null;
      readonly isTrouble: boolean;
    }
  | { readonly kind: 'note'; readonly group: string; readonly text: string; readonly isTrouble: boolean };

/** An entry with its place and time. */
export type NumberedEntry = InspectorEntry & { readonly number: number; readonly ms: number };

/** Who looks on. */
export interface Onlooker {
  /** Takes an entry; false where it has no room, and is asked again after `ready`. */
  take(entry: NumberedEntry): boolean;
  /** Entries were left out, for they came faster than they were taken. */
  leftOut(count: number): void;
}

class Audience {
  readonly onlooker: Onlooker;
  waiting: NumberedEntry[] = [];
  leftOut = 0;
  isBlocked = false;

  constructor(onlooker: Onlooker) {
    this.onlooker = onlooker;
  }

  offer(entry: NumberedEntry): void {
    if (this.isBlocked) {
      if (this.waiting.length < MAX_WAITING) this.waiting.push(entry);
      else this.leftOut++;
    } else {
      this.isBlocked = !this.onlooker.take(entry);
    }
  }

  ready(): void {
    this.isBlocked = false;
    const waiting = this.waiting;
    this.waiting = [];
    for (const entry of waiting) this.offer(entry);
    if (this.leftOut > 0 && !this.isBlocked) {
      this.onlooker.leftOut(this.leftOut);
      this.leftOut = 0;
    }
  }
}

/** Collects what happens and passes it on. Never waits for anybody: a slow onlooker misses something, and is told. */
export class InspectorHub {
  readonly #maxHistory: number;
  readonly #now: () => number;
  #history: NumberedEntry[] = [];
  #nextNumber = 1;
  readonly #audiences = new Set<Audience>();

  constructor(maxHistory: number = DEFAULT_HISTORY, now: () => number = () => performance.now()) {
    this.#maxHistory = maxHistory;
    this.#now = now;
  }

  /** The entries that are kept, oldest first. */
  get history(): readonly NumberedEntry[] {
    return this.#history;
  }

  /** Something happened; an entry of a recording keeps its time. */
  add(entry: InspectorEntry): void {
    const { ms = Math.round(this.#now() * 10) / 10 } = entry as { ms?: number };
    const numbered = { ...entry, number: this.#nextNumber++, ms };
    this.#history.push(numbered);
    if (this.#history.length > 2 * this.#maxHistory) this.#history = this.#history.slice(-this.#maxHistory);
    for (const audience of this.#audiences) audience.offer(numbered);
  }

  /**
   * Lets somebody look on, from what is kept to what comes.
   *
   * @returns `ready`, to be called when there is room again, and `leave`
   */
  watch(onlooker: Onlooker): { ready(): void; leave(): void } {
    const audience = new Audience(onlooker);
    this.#audiences.add(audience);
    for (const entry of this.#history.slice(-this.#maxHistory)) audience.offer(entry);
    return { ready: () => audience.ready(), leave: () => this.#audiences.delete(audience) };
  }
}
