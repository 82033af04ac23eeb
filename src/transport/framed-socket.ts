/**
 * A stream that speaks frames: payloads go in, payloads come out. It is a TCP socket most of the time, and can be any Duplex.
 *
 * Small writes are joined: the write call is the most expensive part of a small request. Frames are collected until there are about
 * 4 KiB, or until the end of the current callback; waiting for the whole tick would make both sides take turns instead
 * of overlapping.
 */

import type { Duplex } from 'node:stream';
import type { Clock } from '../base/clock.js';
import { errorOfThrown } from '../base/thrown.js';
import type { LinkReason } from '../protocol/reasons.js';
import {
  encodeInPieces,
  type LazyPayload,
  maxEncodedLength,
  StpDecoder,
  type StpDrop,
  type StpHandler,
  writeStp,
} from '../wire/stp.js';
import type { LinkLimits, Unconfirmed } from './comm-instance.js';
import { isSocket, takesAtOnce } from './duplex.js';
import { LingeringClose, type LingeringLink, lingerBoundsFor } from './lingering-close.js';
import { DEFAULT_LINK_LIMITS } from './link-limits.js';
import { LinkWatch, type WatchedLink } from './link-watch.js';
import { lossReasonOf } from './network-errors.js';
import { Outbox, type OutboxOwner } from './outbox.js';

/** Frames are handed to the operating system when this many bytes have been joined. */
const FLUSH_AT_BYTES = 4 * 1024;
/** With no more than this waiting there is room again: enough for the link until more has come. */
const LOW_WATER_BYTES = 512 * 1024;
/**
 * Batches of all sockets are cut from slabs of this size, so that an idle socket owns no buffer. Large frames are too: a buffer of
 * 64 KiB of its own is new memory from the system, which takes ten times as long to get as to fill.
 */
export const SLAB_BYTES = 256 * 1024;
/** The system's own heartbeat, for the side that has no other: nine probes follow, a second apart, as libuv sets it. */
const KEEP_ALIVE_MS = 20_000;

let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
let slabUsed = 0;
const NOTHING = Buffer.alloc(0);
/** No frame: to a peer that speaks frames it is noise. */
const NO_TLS = Buffer.from('No TLS here.\r\n');

/** What a framed socket reports. */
export interface FramedSocketHandler {
  data(payload: Buffer): void;
  dropped(drop: StpDrop): void;
  drained(): void;
  /** The peer sends no more, but may still read; false: nobody has anything to tell it, the link ends. */
  ended(): boolean;
  /** The link is gone; called once, and nothing comes after it. Its stream may linger. */
  closed(reason: LinkReason, detail?: string): void;
}

/** Where a stream has its frames: the listeners of all streams are the same functions. */
const FRAMED = Symbol('frames of a stream');

/** A stream whose events go to its frames. */
type Framed = Duplex & { [FRAMED]: FramedSocket };

function onData(this: Framed, chunk: Buffer): void {
  this[FRAMED].receive(chunk);
}

function onError(this: Framed, error: Error): void {
  this[FRAMED].failed(error);
}

function onEnd(this: Framed): void {
  this[FRAMED].streamEnded();
}

function onClose(this: Framed): void {
  this[FRAMED].socketClosed();
}

/** A socket brings bytes, and a `close` after each error; a stream of the program's own may do otherwise. */
function onStreamData(this: Framed, chunk: Buffer | string): void {
  if (typeof chunk !== 'string') this[FRAMED].receive(chunk);
  else
    this.destroy(new Error('the stream brings text instead of bytes: somebody has called setEncoding on it'));
}

function onStreamError(this: Framed, error: unknown): void {
  this[FRAMED].failed(errorOfThrown(error));
  if (!this.destroyed) this.destroy();
  process.nextTick(() => this[FRAMED].socketClosed());
}

/** Frames over one open stream. */
export class FramedSocket implements WatchedLink, LingeringLink, OutboxOwner, StpHandler {
  readonly stream: Duplex;
  readonly #clock: Clock;
  readonly #handler: FramedSocketHandler;
  readonly #decoder: StpDecoder;
  readonly #watch: LinkWatch;
  /** The batch being joined: a range of the slab. */
  #batch: Buffer | null = null;
  #batchStart = 0;
  #batchEnd = 0;
  #isFlushDue = false;
  /** It is decoding or writing: a stream in memory brings the answer to a write before that returns. */
  #isBusy = false;
  /** More is waiting than the operating system takes, or than the peer may leave unread: report when it has drained. */
  #isBacklogged = false;
  #isPaused = false;
  /** The rest of the chunk in which reading was paused, and what came while it was busy. */
  #unread: Buffer = NOTHING;
  /** The peer sends no more. */
  #hasEnded = false;
  #isClosed = false;
  /** The last part of its life, unless it has to go at once. */
  #lingering: LingeringClose | null = null;
  #error: Error | null = null;
  #limits = DEFAULT_LINK_LIMITS;
  /** Counts ended frames, to tell the frame that has just begun from the one before it. */
  #framesEnded = 0;
  readonly outbox: Outbox;
  readonly takesAtOnce: boolean;
  /** Sent since a byte last came. */
  #unheardMessages = 0;
  #unheardBytes = 0;

  /** @param stream open, and one of which {@link flawOf} has nothing to say */
  constructor(stream: Duplex, clock: Clock, handler: FramedSocketHandler) {
    this.stream = stream;
    this.takesAtOnce = takesAtOnce(stream);
    this.outbox = new Outbox(stream, this);
    this.#clock = clock;
    this.#handler = handler;
    this.#watch = new LinkWatch(this, clock);
    this.#decoder = new StpDecoder(this);
    // a peer that sends no more may still read
    stream.allowHalfOpen = true;
    const framed = stream as Framed;
    framed[FRAMED] = this;
    const isOfSystem = isSocket(stream);
    framed.on('data', isOfSystem ? onData : onStreamData);
    framed.on('error', isOfSystem ? onError : onStreamError);
    framed.on('end', onEnd);
    framed.on('close', onClose);
    if (isOfSystem) {
      stream.setNoDelay(true);
      stream.setKeepAlive(true, KEEP_ALIVE_MS);
    } else {
      // one that somebody has paused
      stream.resume();
    }
  }

  // ── what the stream reports ──

  failed(error: Error): void {
    this.#error = error;
  }

  streamEnded(): void {
    this.#hasEnded = true;
    if (this.#unread.length === 0) this.#peerEnded();
  }

  socketClosed(): void {
    // what came before the end came in time
    if (this.#unread.length > 0 && !this.#isBusy) this.#readOn();
    if (this.#error === null) this.#lose('link-closed');
    else this.#lose(lossReasonOf(this.#error), this.#error.message);
    this.#lingering?.ended(this.#error);
  }

  // ── what the decoder reports ──

  frame(payload: Buffer): void {
    this.#framesEnded++;
    this.#handler.data(payload);
  }

  dropped(drop: StpDrop): void {
    this.#handler.dropped(drop);
  }

  /** Bytes accepted but not yet handed to the operating system. */
  get bufferedBytes(): number {
    return this.#batchEnd - this.#batchStart + this.outbox.byteLength;
  }

  /** All bytes that the operating system has taken so far. */
  get takenBytes(): number {
    return this.outbox.takenBytes;
  }

  /** Whether nothing is read. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** When the link last showed that it is alive. */
  get lastHeardMs(): number {
    return this.#watch.lastHeardMs;
  }

  /** When everything that was sent is with the peer, even on a slow link. */
  get arrivedByMs(): number {
    return this.#watch.arrivedByMs;
  }

  /** What was sent after the last byte from the peer. */
  get unconfirmed(): Unconfirmed {
    return { messages: this.#unheardMessages, bytes: this.#unheardBytes };
  }

  /** The bytes of those. */
  get unconfirmedBytes(): number {
    return this.#unheardBytes;
  }

  /** Resolves when a stream is gone that lingers, with the number of bytes lost; null: it does not linger. */
  get gone(): Promise<number> | null {
    return this.#lingering?.gone ?? null;
  }

  /** What the peer may take from now on; a frame that has begun keeps its time. */
  limit(limits: LinkLimits): void {
    this.#limits = this.#watch.limits = limits;
    this.#decoder.maxFrameLength = limits.maxFrameLength;
    this.#decoder.maxSampleLength = limits.maxSampleLength ?? 0;
  }

  /** Stops reading: no payload follows the one being handled. */
  pause(): void {
    this.#isPaused = true;
    this.#watch.paused();
    this.#decoder.stop();
    this.stream.pause();
  }

  /** Resumes reading, first with the rest of the last chunk, after this returns. */
  resume(): void {
    this.#isPaused = false;
    this.#watch.resumed();
    process.nextTick(() => this.#readOn());
  }

  #readOn(): void {
    if (this.#isPaused || this.#isClosed) return;
    const unread = this.#unread;
    this.#unread = NOTHING;
    if (unread.length > 0) this.receive(unread);
    if (this.#isPaused || this.#isClosed) return;
    if (this.#hasEnded) return this.#peerEnded();
    this.#watch.reached(this.#frame);
    this.stream.resume();
  }

  /** Takes a payload; false where the link is gone. */
  send(payload: Buffer | LazyPayload): boolean {
    if (this.#isClosed) return false;
    this.#unheardMessages++;
    this.#unheardBytes += payload.length;
    const room = maxEncodedLength(payload.length);
    if (room <= SLAB_BYTES) this.#join(payload, room);
    else this.#writeLarge(ArrayBuffer.isView(payload) ? payload : payload.toBytes());
    if (this.bufferedBytes > this.#limits.maxOutputBytes) this.#isBacklogged = true;
    return true;
  }

  #join(payload: Buffer | LazyPayload, room: number): void {
    if (this.#batch !== slab || this.#batchEnd !== slabUsed || slabUsed + room > SLAB_BYTES) {
      // another socket has written to the slab meanwhile, or it is full: begin a new batch
      this.#flush();
      if (slabUsed + room > SLAB_BYTES) {
        slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
        slabUsed = 0;
      }
      this.#batch = slab;
      this.#batchStart = this.#batchEnd = slabUsed;
    }
    this.#batchEnd = slabUsed = ArrayBuffer.isView(payload)
      ? writeStp(payload, slab, slabUsed)
      : payload.writeFrame(slab, slabUsed);
    if (this.#batchEnd - this.#batchStart >= FLUSH_AT_BYTES) {
      this.#flush();
    } else if (!this.#isFlushDue) {
      this.#isFlushDue = true;
      process.nextTick(FramedSocket.#flushDue, this);
    }
  }

  /** What does not fit into a slab goes out in pieces, of which only those with colons are copies. */
  #writeLarge(payload: Buffer): void {
    this.#flush();
    this.#write(...encodeInPieces(payload));
  }

  static #flushDue(this: void, framed: FramedSocket): void {
    framed.#isFlushDue = false;
    framed.#flush();
  }

  #flush(): void {
    const batch = this.#batch;
    if (batch === null) return;
    this.#batch = null;
    const bytes = batch.subarray(this.#batchStart, this.#batchEnd);
    this.#batchStart = this.#batchEnd = 0;
    if (this.#isClosed || bytes.length === 0) return;
    this.outbox.add(bytes);
    this.#writeOut(bytes.length);
  }

  #write(...pieces: readonly Buffer[]): void {
    let byteLength = 0;
    for (const bytes of pieces) {
      this.outbox.add(bytes);
      byteLength += bytes.length;
    }
    this.#writeOut(byteLength);
  }

  /** @param byteLength how many bytes are new in the outbox */
  #writeOut(byteLength: number): void {
    const { outbox } = this;
    this.#watch.sent(byteLength);
    if (outbox.isIdle) this.#writeSlice();
    if (outbox.byteLength === 0) return;
    this.#isBacklogged = true;
    this.#watch.outputWaits();
  }

  #writeSlice(): void {
    const wasBusy = this.#isBusy;
    this.#isBusy = true;
    this.outbox.writeSlice();
    this.#isBusy = wasBusy;
  }

  /** The operating system took what Node had: the peer reads. */
  outputTaken(): void {
    if (this.#isClosed) return this.#lingering?.outputTaken();
    if (!this.#isBacklogged) return;
    this.#watch.outputTaken();
    this.#writeSlice();
    if (this.bufferedBytes > 0) {
      this.#watch.outputWaits();
      // a link that always has something to send must not wait until it has nothing
      if (this.bufferedBytes <= Math.min(LOW_WATER_BYTES, this.#limits.maxOutputBytes))
        this.#handler.drained();
      return;
    }
    this.#isBacklogged = false;
    this.#watch.outputDrained();
    this.#handler.drained();
  }

  /** Takes a chunk, which is valid only during the call. */
  receive(chunk: Buffer): void {
    if (this.#isClosed) return this.#lingering?.received();
    this.#watch.received(chunk.length);
    this.#unheardMessages = this.#unheardBytes = 0;
    if (this.#isPaused || this.#isBusy || this.#unread.length > 0) return this.#keep(chunk);
    const taken = this.#decode(chunk);
    if (this.#isClosed) return;
    if (taken < chunk.length) this.#unread = Buffer.concat([chunk.subarray(taken), this.#unread]);
    this.#watch.reached(this.#frame);
  }

  #keep(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    if (this.#isBusy) process.nextTick(() => this.#readOn());
  }

  /** What is sent meanwhile leaves at the end of the chunk, as a batch that needs no tick of its own. */
  #decode(chunk: Buffer): number {
    const hasTick = this.#isFlushDue;
    this.#isFlushDue = true;
    this.#isBusy = true;
    try {
      return this.#decoder.push(chunk);
    } finally {
      this.#isFlushDue = hasTick;
      this.#flush();
      this.#isBusy = false;
    }
  }

  /** The number of the frame in progress; null outside of frames, and while nothing is read. */
  get #frame(): number | null {
    return this.#decoder.isInsideFrame && !this.#isPaused ? this.#framesEnded : null;
  }

  #peerEnded(): void {
    if (this.#isClosed) return;
    // what has begun will not go on
    this.#decoder.reset();
    this.#watch.reached(null);
    if (!this.#isClosed && !this.#handler.ended()) this.disconnect('peer-closed');
  }

  /** Ends the link for a reason, which says whether its stream lingers; calls `closed` before it returns. */
  disconnect(reason: LinkReason): void {
    if (reason === 'peer-speaks-tls') this.#sayThatThisIsNoTls();
    const bounds = lingerBoundsFor(reason, this.#limits.closeTimeoutMs);
    if (bounds === null || this.stream.destroyed) return this.destroy(reason);
    if (this.#isClosed) return;
    this.#flush();
    this.#lingering = new LingeringClose(this, this.#clock, bounds);
    this.#announce(reason);
  }

  /** A client with TLS takes anything else of at least five bytes as a sign that this side has no TLS. */
  #sayThatThisIsNoTls(): void {
    if (this.#isClosed) return;
    this.#flush();
    this.#write(NO_TLS);
  }

  /** Breaks the connection at once; calls `closed` before it returns. */
  destroy(reason: LinkReason): void {
    this.#flush();
    this.#lose(reason);
  }

  /** The link is lost, unless that is known already. */
  #lose(reason: LinkReason, detail?: string): void {
    if (this.#isClosed) return;
    this.#announce(reason, detail);
    this.outbox.clear();
    this.stream.destroy();
  }

  #announce(reason: LinkReason, detail?: string): void {
    this.#isClosed = true;
    this.#watch.end();
    this.#decoder.reset();
    this.#unread = NOTHING;
    this.#batch = null;
    this.#handler.closed(reason, detail);
  }
}
