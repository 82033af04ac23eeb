/**
 * Bytes that are made, changed and thrown away a million times over, in one piece of memory.
 *
 * Whatever would not fit is left out: what is made here is meant to be wrong.
 */

import type { Random } from '../random.js';

const COLON = 0x3a;
const CONTROL_BYTES: readonly number[] = [0x3a, 0x3c, 0x3d, 0x3e];

/** One changeable run of bytes. */
export class ByteScratch {
  readonly #all: Buffer;
  length = 0;

  constructor(capacity: number) {
    this.#all = Buffer.alloc(capacity);
  }

  /** The bytes so far; valid until the next change. */
  get view(): Buffer {
    return this.#all.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  push(byte: number): void {
    if (this.length < this.#all.length) this.#all[this.length++] = byte;
  }

  append(bytes: Uint8Array): void {
    const room = this.#all.length - this.length;
    this.#all.set(bytes.length <= room ? bytes : bytes.subarray(0, room), this.length);
    this.length += Math.min(bytes.length, room);
  }

  pushUint32(value: number): void {
    for (let shift = 24; shift >= 0; shift -= 8) this.push((value >>> shift) & 0xff);
  }

  /** Appends a payload as one frame, escaped byte by byte as protocol.md section 1 says. */
  appendFrame(payload: Uint8Array): void {
    this.push(COLON);
    this.push(0x3c);
    for (let i = 0; i < payload.length; i++) {
      const byte = payload[i] as number;
      this.push(byte);
      if (byte === COLON) this.push(0x3d);
    }
    this.push(COLON);
    this.push(0x3e);
  }

  /** Appends bytes that are any of 256 values. */
  appendNoise(random: Random, count: number): void {
    for (let i = 0; i < count; i++) this.push(random.uint32() & 0xff);
  }

  /** Appends bytes that are each one of these. */
  appendSome(random: Random, alphabet: readonly number[], count: number): void {
    for (let i = 0; i < count; i++) this.push(alphabet[random.below(alphabet.length)] as number);
  }

  /** Changes one thing at one place: a bit, a byte, a run of bytes, the end. */
  mutate(random: Random): void {
    if (this.length === 0) return this.push(random.uint32() & 0xff);
    const at = random.below(this.length);
    switch (random.below(8)) {
      case 0:
        this.#all[at] = (this.#all[at] as number) ^ (1 << random.below(8));
        return;
      case 1:
        this.#all[at] = random.uint32() & 0xff;
        return;
      case 2:
        this.#all[at] = random.of(CONTROL_BYTES);
        return;
      case 3:
        return this.#insert(at, random.uint32() & 0xff);
      case 4:
        return this.#insert(at, random.of(CONTROL_BYTES));
      case 5:
        return this.#delete(at, 1 + random.below(3));
      case 6:
        return this.#duplicate(at, 1 + random.below(16));
      case 7:
        if (random.chance(0.2)) this.length = at;
        else this.#delete(at, 1);
        return;
    }
  }

  #insert(at: number, byte: number): void {
    if (this.length === this.#all.length) return;
    this.#all.copyWithin(at + 1, at, this.length);
    this.#all[at] = byte;
    this.length++;
  }

  #delete(at: number, count: number): void {
    const end = Math.min(at + count, this.length);
    this.#all.copyWithin(at, end, this.length);
    this.length -= end - at;
  }

  #duplicate(at: number, count: number): void {
    this.append(Buffer.from(this.#all.subarray(at, Math.min(at + count, this.length))));
  }
}
