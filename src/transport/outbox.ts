/** What waits for the operating system: a stream gets it slice by slice, which shows whether the peer reads. */

import type { Duplex } from 'node:stream';

/** Bytes given to Node at once; its callback comes only when the operating system has taken all of them. */
const SLICE_BYTES = 256 * 1024;

/** The output of one stream, in order. */
export class Outbox {
  readonly #stream: Duplex;
  readonly #onTaken: () => void;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** All bytes that Node was given. */
  #writtenBytes = 0;
  /** Of those, what the operating system has certainly taken: whole slices. */
  #surelyTakenBytes = 0;

  /** @param onTaken the operating system has taken all that Node had */
  constructor(stream: Duplex, onTaken: () => void) {
    this.#stream = stream;
    this.#onTaken = onTaken;
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
    // Node tells of a write when all of it has been taken; libuv knows how much of it was, and Node's own time-out asks it too
    const { _handle: handle } = this.#stream as {
      readonly _handle?: { readonly writeQueueSize?: number } | null;
    };
    return this.#writtenBytes - (handle?.writeQueueSize ?? this.#stream.writableLength);
  }

  /** All bytes that were ever put in. */
  get totalBytes(): number {
    return this.#writtenBytes + this.#waitingBytes;
  }

  /** Bytes that nobody can say of that they were taken, now that the stream has failed. */
  get doubtfulBytes(): number {
    return this.totalBytes - this.#surelyTakenBytes;
  }

  /** Puts bytes behind those that wait. */
  add(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  /** Gives Node the next slice. */
  writeSlice(): void {
    // several pieces are one call to the operating system
    if (this.#waiting.length === 1) return this.#writePieces();
    this.#stream.cork();
    this.#writePieces();
    this.#stream.uncork();
  }

  #writePieces(): void {
    for (let room = SLICE_BYTES; room > 0; ) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const slice = next.length <= room ? next : next.subarray(0, room);
      if (slice.length < next.length) this.#waiting.unshift(next.subarray(room));
      room -= slice.length;
      this.#waitingBytes -= slice.length;
      this.#writtenBytes += slice.length;
      this.#stream.write(slice, this.#written);
    }
  }

  /**
   * The event `drain` would not do: Node emits it only above its own high-water mark, and our limits are lower. One
   * function for all writes, so that Node merges the calls.
   */
  readonly #written = (error?: Error | null): void => {
    if (error || !this.isIdle) return;
    this.#surelyTakenBytes = this.#writtenBytes;
    this.#onTaken();
  };

  /** Drops what Node has not been given. */
  clear(): void {
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
  }
}
