/** What waits for the operating system: a stream gets it slice by slice, which shows whether the peer reads. */

import type { Duplex } from 'node:stream';

/** Bytes given to Node at once; its callback comes only when the operating system has taken all of them. */
const SLICE_BYTES = 256 * 1024;

/** Hears that the operating system has taken all that Node had. */
export interface OutboxOwner {
  outputTaken(): void;
}

/** The output of one stream, in order. */
export class Outbox {
  readonly #stream: Duplex;
  readonly #owner: OutboxOwner;
  /** What waits: a first piece, and hardly ever others, because an idle stream keeps no empty list. */
  #first: Buffer | null = null;
  #others: Buffer[] | null = null;
  #waitingBytes = 0;
  /** All bytes that Node was given. */
  #writtenBytes = 0;
  /** Of those, what the operating system has certainly taken: whole slices. */
  #surelyTakenBytes = 0;

  constructor(stream: Duplex, owner: OutboxOwner) {
    this.#stream = stream;
    this.#owner = owner;
  }

  /** Bytes that the operating system has not taken, a slice that Node has as a whole. */
  get byteLength(): number {
    return this.#waitingBytes + this.#stream.writableLength;
  }

  /** Whether Node has nothing, so that it can be given a slice. */
  get isIdle(): boolean {
    return this.#stream.writableLength === 0;
  }

  /** All bytes that the operating system has taken so far. */
  get takenBytes(): number {
    if (this.isIdle) return this.#writtenBytes;
    // Node reports a write when all of it was taken; libuv knows how much was, and Node's own time-out asks it too
    const { _handle: handle } = this.#stream as {
      readonly _handle?: { readonly writeQueueSize?: number } | null;
    };
    return this.#writtenBytes - (handle?.writeQueueSize ?? this.#stream.writableLength);
  }

  /** All bytes that were ever put in. */
  get totalBytes(): number {
    return this.#writtenBytes + this.#waitingBytes;
  }

  /** Bytes that may not have been taken, now that the stream has failed. */
  get doubtfulBytes(): number {
    return this.totalBytes - this.#surelyTakenBytes;
  }

  /** Puts bytes behind those that wait. */
  add(bytes: Buffer): void {
    if (this.#first === null) this.#first = bytes;
    else if (this.#others === null) this.#others = [bytes];
    else this.#others.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  /** Gives Node the next slice. */
  writeSlice(): void {
    // several pieces are one call to the operating system
    if (this.#others === null) return this.#writePieces();
    this.#stream.cork();
    this.#writePieces();
    this.#stream.uncork();
  }

  #writePieces(): void {
    for (let room = SLICE_BYTES; room > 0; ) {
      const next = this.#first;
      if (next === null) return;
      const slice = next.length <= room ? next : next.subarray(0, room);
      if (slice.length < next.length) this.#first = next.subarray(room);
      else this.#advance();
      room -= slice.length;
      this.#waitingBytes -= slice.length;
      this.#writtenBytes += slice.length;
      this.#stream.write(slice, this.#written);
    }
  }

  #advance(): void {
    this.#first = this.#others?.shift() ?? null;
    if (this.#others?.length === 0) this.#others = null;
  }

  /**
   * The event `drain` would not do: Node emits it only above its own high-water mark, and our limits are lower. One
   * function for all writes, so that Node merges the calls.
   */
  readonly #written = (error?: Error | null): void => {
    if (error || !this.isIdle) return;
    this.#surelyTakenBytes = this.#writtenBytes;
    this.#owner.outputTaken();
  };

  /** Drops what Node has not been given. */
  clear(): void {
    this.#first = this.#others = null;
    this.#waitingBytes = 0;
  }
}
