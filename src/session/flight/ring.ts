/**
 * The last entries of a flight recorder: three numbers for each, and for some a few bytes or a text. Arrays that are written again
 * and again leave no garbage, which is what makes an entry cheap enough to be always on.
 */

/** The most bytes that are kept for one entry. */
export const HEAD_BYTES = 96;

const STRIDE = 3;
const [MS, KEY, INFO] = [0, 1, 2];

/** A handshake fits in here, and so does what follows it in a short life. */
const FIRST_CAPACITY = 16;
const GROWTH = 4;
/** Copies of an array of fractions hold plain numbers from the start; others would become such arrays with their first fraction. */
let fractions: readonly number[] = Array.from({ length: STRIDE * FIRST_CAPACITY }, () => 0.5);

/** An array for so many entries, to be written over. */
function roomFor(capacity: number): number[] {
  const length = STRIDE * capacity;
  if (fractions.length < length) fractions = Array.from({ length }, () => 0.5);
  return fractions.slice(0, length);
}

/** An entry as it is kept. */
export interface RawEntry {
  readonly ms: number;
  readonly key: number;
  readonly info: number;
  /** Where its bytes begin in `heads`. */
  readonly headAt: number;
  readonly text: string;
}

/** Keeps the last entries. */
export class FlightRing {
  readonly #limit: number;
  #numbers: number[];
  #capacity: number;
  /** Where the next entry goes. */
  #slot = 0;
  /** How many entries there have been before the first slot was written the last time. */
  #before = 0;
  /** How many were left out when the others were kept. */
  #leftOut = 0;
  #heads: Buffer | null = null;
  /** By the number of their entry, oldest first. */
  #texts: Map<number, string> | null = null;

  /** @param limit how many entries are kept */
  constructor(limit: number) {
    this.#limit = limit;
    this.#capacity = Math.min(limit, FIRST_CAPACITY);
    this.#numbers = roomFor(this.#capacity);
  }

  /** How many entries there have been. */
  get added(): number {
    return this.#leftOut + this.#before + this.#slot;
  }

  /** How many of them are kept. */
  get size(): number {
    return Math.min(this.#before + this.#slot, this.#capacity);
  }

  /** Where bytes are kept; made when there are any. */
  get heads(): Buffer {
    return (this.#heads ??= Buffer.allocUnsafeSlow(HEAD_BYTES * this.#capacity));
  }

  /** The info of the entry at a place: 0 is the oldest that is kept. */
  infoAt(place: number): number {
    return this.#numbers[this.#startOf(place) + INFO] ?? 0;
  }

  /** The key of the entry at a place. */
  keyAt(place: number): number {
    return this.#numbers[this.#startOf(place) + KEY] ?? 0;
  }

  #startOf(place: number): number {
    const slot = this.#before === 0 ? place : (this.#slot + place) % this.#capacity;
    return STRIDE * slot;
  }

  /**
   * Keeps some of the entries, without their bytes and texts, and no room for others: a session at rest gets none.
   *
   * @param places of those, ascending; at least one
   */
  compact(places: readonly number[]): void {
    const numbers = roomFor(places.length);
    let to = 0;
    for (const place of places) {
      const from = this.#startOf(place);
      for (let field = 0; field < STRIDE; field++) numbers[to++] = this.#numbers[from + field] ?? 0;
    }
    this.#leftOut = this.added - places.length;
    this.#numbers = numbers;
    this.#capacity = this.#slot = places.length;
    this.#before = 0;
    this.#heads = this.#texts = null;
  }

  /** Makes room for the next entry, and returns where its bytes go in `heads`. */
  makeRoom(): number {
    if (this.#slot === this.#capacity) this.#goOn();
    return HEAD_BYTES * this.#slot;
  }

  /** Keeps an entry, in place of the oldest. Numbers, because an object would be garbage. */
  put(ms: number, key: number, info: number): void {
    this.makeRoom();
    const numbers = this.#numbers;
    const at = STRIDE * this.#slot++;
    numbers[at + MS] = ms;
    numbers[at + KEY] = key;
    numbers[at + INFO] = info;
  }

  /** Gives the entry that was kept last a text. */
  putText(text: string): void {
    const texts = (this.#texts ??= new Map());
    const next = this.#before + this.#slot;
    for (const number of texts.keys()) {
      if (number >= next - this.size) break;
      texts.delete(number);
    }
    texts.set(next - 1, text);
  }

  /** The entries that are kept, oldest first. */
  *entries(): Generator<RawEntry> {
    const next = this.#before + this.#slot;
    for (let number = next - this.size; number < next; number++) {
      const slot = number >= this.#before ? number - this.#before : number - this.#before + this.#capacity;
      const at = STRIDE * slot;
      const [ms = 0, key = 0, info = 0] = this.#numbers.slice(at, at + STRIDE);
      yield { ms, key, info, headAt: HEAD_BYTES * slot, text: this.#texts?.get(number) ?? '' };
    }
  }

  /** All slots are taken: there are more, or the oldest is overwritten. */
  #goOn(): void {
    const more = Math.max(FIRST_CAPACITY, GROWTH * this.#capacity);
    if (this.#capacity < this.#limit) return this.#grow(Math.min(this.#limit, more));
    this.#before += this.#capacity;
    this.#slot = 0;
  }

  #grow(capacity: number): void {
    const numbers = roomFor(capacity);
    for (let at = 0; at < this.#numbers.length; at++) numbers[at] = this.#numbers[at] ?? 0;
    this.#numbers = numbers;
    this.#capacity = capacity;
    if (this.#heads === null) return;
    const heads = Buffer.allocUnsafeSlow(HEAD_BYTES * capacity);
    this.#heads.copy(heads);
    this.#heads = heads;
  }
}
