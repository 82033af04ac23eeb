import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { SimulatedTime } from './clock.js';
import type { Direction } from './link.js';
import type { Party } from './party.js';

/** Bytes that were written, and who wants to know when the link has taken them. */
export interface Unsent {
  bytes: Buffer;
  readonly written: (() => void) | undefined;
}

/**
 * One end of a simulated connection, as `node:net` would show it: what the transports use of a socket, with the same
 * order of events. Bytes that are written wait here until the link takes them.
 */
export class SimulatedSocket extends EventEmitter {
  readonly remoteAddress = '192.0.2.1';
  readonly remotePort = 1;
  destroyed = false;
  isPaused = false;
  /** Written and not taken by the link. */
  writableLength = 0;
  readonly unsent: Unsent[] = [];
  readonly #time: SimulatedTime;
  /** Whose it is; null: nobody's, as that of a front. */
  readonly #party: Party | null;
  /** Whether its program has it already: a connection can be there before the program accepts it. */
  isAccepted = true;
  /** Whether its program has heard that it is gone. */
  isKnownToBeGone = false;
  /** Where its bytes go; set by the link. */
  out: Direction | null = null;
  /** Where its bytes come from. */
  in: Direction | null = null;
  allowHalfOpen = false;
  /** What happens when all that it wrote has been taken. */
  #whenTaken: 'nothing' | 'end' | 'destroy' = 'nothing';
  #hasEnded = false;
  #hasHeardEnd = false;

  constructor(time: SimulatedTime, party: Party | null) {
    super();
    this.#time = time;
    this.#party = party;
  }

  /** As Node calls it: `close` was emitted, and does not come again. */
  get closed(): boolean {
    return this.isKnownToBeGone;
  }

  /** Whether nothing that arrives is read at the moment. */
  get isDeaf(): boolean {
    return this.isPaused || !this.isAccepted || this.isFrozen;
  }

  /** Whether its program hears nothing at the moment; nobody's never does. */
  get isFrozen(): boolean {
    return this.#party?.isFrozen !== false;
  }

  belongsTo(party: Party): boolean {
    return this.#party === party;
  }

  /** Tells the program. */
  #tell(event: string, ...args: unknown[]): void {
    this.#party?.hear(() => {
      // one that was reset before the program got it
      if (event !== 'error' || this.listenerCount('error') > 0) this.emit(event, ...args);
      // Node emits `error` and then `close`, and no `data` in between: until `close` the program has a connection
      if (event === 'close') this.isKnownToBeGone = true;
    });
  }

  /** The connection is there. */
  connected(): void {
    this.#tell('connect');
  }

  /** The type that the transports ask for. */
  asSocket(): Socket {
    return this as unknown as Socket;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  write(bytes: Buffer, written?: () => void): boolean {
    if (this.destroyed) return false;
    this.unsent.push({ bytes, written });
    this.writableLength += bytes.length;
    this.out?.pump();
    return this.writableLength === 0;
  }

  /** Joined or not: a link cuts the bytes wherever it likes. */
  cork(): void {}

  uncork(): void {}

  /** The link takes up to so many bytes of the first write; undefined: there are none. */
  take(room: number): Buffer | undefined {
    const first = this.unsent[0];
    if (first === undefined) return undefined;
    const bytes = first.bytes.subarray(0, room);
    this.writableLength -= bytes.length;
    if (bytes.length < first.bytes.length) {
      first.bytes = first.bytes.subarray(room);
    } else {
      this.unsent.shift();
      const { written } = first;
      if (written !== undefined) this.#party?.hear(() => process.nextTick(written));
    }
    return bytes;
  }

  /** The link took what it could. */
  taken(): void {
    if (this.writableLength > 0) return;
    if (this.#whenTaken === 'destroy') this.destroy();
    else if (this.#whenTaken === 'end') this.#endStream();
  }

  pause(): this {
    this.isPaused = true;
    return this;
  }

  resume(): this {
    if (!this.isPaused) return this;
    this.isPaused = false;
    this.#time.after(0, () => this.in?.deliver());
    return this;
  }

  destroySoon(): void {
    if (this.destroyed) return;
    this.#whenTaken = 'destroy';
    this.taken();
  }

  /** Ends the stream after what was written; the socket stays until the other end has ended its own. */
  end(): this {
    if (this.destroyed || this.#whenTaken === 'destroy') return this;
    this.#whenTaken = 'end';
    this.taken();
    return this;
  }

  #endStream(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.out?.end();
    if (this.#hasHeardEnd) this.destroy();
  }

  destroy(): this {
    if (this.destroyed) return this;
    this.#die();
    this.out?.end();
    return this;
  }

  /** The other end has ended its stream. */
  ended(): void {
    if (this.destroyed || this.#hasHeardEnd) return;
    this.#hasHeardEnd = true;
    this.emit('end');
    if (!this.allowHalfOpen) this.destroySoon();
    else if (this.#hasEnded) this.destroy();
  }

  /** The connection was reset. */
  reset(code: string): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#tell('error', Object.assign(new Error(`read ${code}`), { code }));
    this.#time.after(0, () => this.#tell('close', true));
  }

  #die(): void {
    this.destroyed = true;
    this.unsent.length = 0;
    this.writableLength = 0;
    this.#time.after(0, () => this.#tell('close', false));
  }
}
