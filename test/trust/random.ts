/** Chance from a seed: the same seed, the same run. Not for anything that must be hard to guess. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** @param seed an integer; near seeds give unrelated sequences */
  constructor(seed: number) {
    let state = seed >>> 0;
    // splitmix32 spreads the seed over the four words of xorshift128
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return (z ^ (z >>> 16)) | 0;
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1;
  }

  /** 0 to 2^32 - 1. */
  uint32(): number {
    let t = this.#d;
    const s = this.#a;
    this.#d = this.#c;
    this.#c = this.#b;
    this.#b = s;
    t ^= t << 11;
    t ^= t >>> 8;
    this.#a = t ^ s ^ (s >>> 19);
    return this.#a >>> 0;
  }

  /** 0 to `end` - 1. */
  below(end: number): number {
    return Math.floor((this.uint32() / 0x1_0000_0000) * end);
  }

  /** `first` to `last`, both included. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  /** 0 (included) to 1 (not). */
  fraction(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of these. */
  of<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined && items.length === 0)
      throw new Error('expected something to choose from, got nothing');
    return item as T;
  }

  /** So many random bytes. */
  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i++) bytes[i] = this.uint32() & 0xff;
    return bytes;
  }
}
