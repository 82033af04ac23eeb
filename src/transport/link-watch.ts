/**
 * The times of one link: a frame that does not go on, a peer that does not read, output of which nothing gets out.
 *
 * None of them limits how long something takes as a whole: what counts is that it goes on. A timer looks when its time is over
 * whether there was any progress; nothing is set or cleared for a chunk or a message.
 */

import { type Clock, patienceLeftMs } from '../base/clock.js';
import type { LinkReason } from '../protocol/reasons.js';
import type { LinkLimits } from './comm-instance.js';
import { DEFAULT_LINK_LIMITS, MIN_PROGRESS_BYTES } from './link-limits.js';

/** The slowest link on which a file of any size does not look like silence, in bytes a millisecond: 32 KiB a second. */
const SLOWEST_LINK = 32.768;

/**
 * Only a socket of the system takes bytes at once, unless the peer does not read. Others take a moment for each write, which says
 * nothing of the peer: what waited for less than this is no sign of life.
 */
const LEAST_WAIT_MS = 1_000;

/** A link as its watch sees it. */
export interface WatchedLink {
  /** Whether bytes only ever wait because the peer does not read. */
  readonly takesAtOnce: boolean;
  /** Bytes accepted but not yet handed to the operating system. */
  readonly bufferedBytes: number;
  /** All bytes that the operating system has taken so far. */
  readonly takenBytes: number;
  /** Whether this side does not read. */
  readonly isPaused: boolean;
  destroy(reason: LinkReason): void;
}

/** Ends a link on which something does not go on. */
export class LinkWatch {
  limits: LinkLimits = DEFAULT_LINK_LIMITS;
  readonly #link: WatchedLink;
  readonly #clock: Clock;
  /** When a byte last came, or the system took bytes that had waited. */
  #heardMs: number;
  #receivedBytes = 0;
  #arrivedByMs = 0;
  #frameTimer: unknown;
  /** The frame in progress, by its number, and since when it has to make progress. */
  #frame = 0;
  #frameSinceMs = 0;
  #frameTimeoutMs = 0;
  #bytesBefore = 0;
  #slowTimer: unknown;
  #stallTimer: unknown;
  #takenMs = 0;
  #takenBefore = 0;

  constructor(link: WatchedLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
    this.#heardMs = clock.now();
  }

  /** When the link last showed that it is alive; the present moment while this side does not read. */
  get lastHeardMs(): number {
    return this.#link.isPaused ? this.#clock.now() : this.#heardMs;
  }

  // ── input ──

  /** Bytes came. */
  received(byteLength: number): void {
    this.#heardMs = this.#clock.now();
    this.#receivedBytes += byteLength;
  }

  /** This side reads no more: the peer cannot finish a frame that nobody reads. */
  paused(): void {
    this.#stopFrameTimer();
  }

  /** This side reads again: silence counts from now. */
  resumed(): void {
    this.#heardMs = this.#clock.now();
  }

  /**
   * A chunk has been decoded. A frame that has begun must go on, or a stranger could hold a connection with a byte a minute.
   *
   * @param frame the number of the frame that it ended in; null: outside of frames
   */
  reached(frame: number | null): void {
    if (frame === null) {
      if (this.#frameTimer !== undefined) this.#stopFrameTimer();
      return;
    }
    if (this.#frameTimer !== undefined && this.#frame === frame) return;
    this.#frame = frame;
    this.#frameTimeoutMs = this.limits.frameTimeoutMs;
    this.#countFrameFrom(this.#heardMs);
    // a timer that runs for the frame before this one finds out when it fires
    if (this.#frameTimer === undefined) this.#startFrameTimer(this.#frameTimeoutMs);
  }

  #countFrameFrom(momentMs: number): void {
    this.#frameSinceMs = momentMs;
    this.#bytesBefore = this.#receivedBytes;
  }

  #startFrameTimer(delayMs: number): void {
    this.#clock.standstills?.heed(this.#clock.now() + delayMs);
    this.#frameTimer = this.#clock.setTimeout(() => {
      this.#frameTimer = undefined;
      // the peer may not have been able to send more while nothing was read here
      const restMs = patienceLeftMs(this.#clock, this.#frameSinceMs, this.#frameTimeoutMs);
      if (restMs >= 1) return this.#startFrameTimer(restMs);
      if (this.#receivedBytes - this.#bytesBefore < MIN_PROGRESS_BYTES)
        return this.#link.destroy('frame-timeout');
      this.#countFrameFrom(this.#clock.now());
      this.#startFrameTimer(this.#frameTimeoutMs);
    }, delayMs);
  }

  #stopFrameTimer(): void {
    this.#clock.clearTimeout(this.#frameTimer);
    this.#frameTimer = undefined;
  }

  // ── output ──

  /** When everything that was sent is with the peer, even on a slow link. */
  get arrivedByMs(): number {
    return this.#arrivedByMs;
  }

  /** Bytes are sent, behind those that were sent before. */
  sent(byteLength: number): void {
    this.#arrivedByMs = Math.max(this.#arrivedByMs, this.#clock.now()) + byteLength / SLOWEST_LINK;
  }

  /** Bytes wait that the system does not take. */
  outputWaits(): void {
    if (this.#stallTimer === undefined) this.#startStallTimer();
    if (this.#link.bufferedBytes <= this.limits.maxOutputBytes) this.#stopSlowTimer();
    else if (this.#slowTimer === undefined) this.#startSlowTimer();
  }

  /** The system took all that it had been given: the peer reads. */
  outputTaken(): void {
    const nowMs = this.#clock.now();
    if (this.#link.takesAtOnce || nowMs - this.#takenMs >= LEAST_WAIT_MS) this.#heardMs = nowMs;
    this.#takenMs = nowMs;
    this.#stopSlowTimer();
  }

  /** Nothing waits any more. */
  outputDrained(): void {
    this.#stopSlowTimer();
    this.#clock.clearTimeout(this.#stallTimer);
    this.#stallTimer = undefined;
  }

  /** A peer that reads nothing for too long while too much waits for it is cut off. */
  #startSlowTimer(): void {
    const takenBefore = this.#link.takenBytes;
    this.#slowTimer = this.#clock.setTimeout(() => {
      this.#slowTimer = undefined;
      if (this.#link.bufferedBytes <= this.limits.maxOutputBytes) return;
      if (this.#link.takenBytes > takenBefore) this.#startSlowTimer();
      else this.#link.destroy('slow-consumer');
    }, this.limits.slowConsumerTimeoutMs);
  }

  #stopSlowTimer(): void {
    if (this.#slowTimer === undefined) return;
    this.#clock.clearTimeout(this.#slowTimer);
    this.#slowTimer = undefined;
  }

  /** Nothing gets out, however little waits: there may be nobody any more. */
  #startStallTimer(): void {
    this.#takenMs = this.#clock.now();
    this.#takenBefore = this.#link.takenBytes;
    this.#watchStall(this.limits.stallTimeoutMs, false);
  }

  /** @param isGrace whether this is the second time round for a peer that may be waiting for this side */
  #watchStall(delayMs: number, isGrace: boolean): void {
    this.#stallTimer = this.#clock.setTimeout(() => {
      this.#stallTimer = undefined;
      const { stallTimeoutMs } = this.limits;
      const nowMs = this.#clock.now();
      const restMs = this.#takenMs + stallTimeoutMs - nowMs;
      const hasTaken = this.#link.takenBytes > this.#takenBefore;
      this.#takenBefore = this.#link.takenBytes;
      // nobody hears of less than a whole slice
      if (restMs < 1 && hasTaken) return this.#startStallTimer();
      if (restMs >= 1) return this.#watchStall(restMs, false);
      // a peer whose output this side does not read may not read either
      if (this.#link.isPaused && !isGrace) return this.#watchStall(stallTimeoutMs, true);
      this.#link.destroy('output-stalled');
    }, delayMs);
  }

  /** The link is gone. */
  end(): void {
    this.#stopFrameTimer();
    this.outputDrained();
  }
}
