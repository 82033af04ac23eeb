/**
 * Ends a stream in good order.
 *
 * What waits goes out first, however long it takes, as long as it goes on. Then the stream is ended, and whatever the
 * peer still sends is read and dropped until it has ended its own: a system that closes a socket with unread input resets
 * the connection, and the reset destroys what is on its way to the peer.
 */

import type { Duplex } from 'node:stream';
import type { Clock } from '../base/clock.js';
import type { LinkReason } from '../protocol/reasons.js';
import { MIN_PROGRESS_BYTES } from './link-limits.js';
import type { Outbox } from './outbox.js';

/** How long a connection may linger in all that was broken, and not closed. */
const BREAK_LINGER_MS = 1_000;
/** So many of those at once: beyond that somebody does it on purpose, and each holds a file descriptor. */
const MAX_LINGERING_BREAKS = 64;
/** How long a peer has to end its stream at least, however little was sent: a round trip, on any link. */
const LEAST_WAIT_MS = 1_000;
/** How many times `closeTimeout` a peer is read that sends on after the end: it may not have come that far. */
const MOST_WAITS = 3;

/**
 * Reasons after which the peer should still get what was just sent: it is there, and reads. After the others it is dead, does
 * not read, or is a stranger who must not cost more.
 */
const KIND_REASONS: ReadonlySet<LinkReason> = new Set<LinkReason>([
  'reconnect-requested',
  'session-failed',
  'key-refused',
  'too-many-wrong-keys',
  'frame-too-long',
  'too-many-bad-frames',
  'too-much-noise',
  'peer-speaks-tls',
  'answer-overdue',
  'answer-not-sent',
]);

let lingeringBreaks = 0;

/** How long a stream may linger. */
export interface LingerBounds {
  /** For each 16 KiB of output, and for the end of the peer's stream, in milliseconds. */
  readonly progressMs: number;
  /** Whether progress earns more time. */
  readonly isPatient: boolean;
}

/**
 * How long a link may linger that ends for a reason; null: not at all.
 *
 * @param closeTimeoutMs the time for each step of a link that is closed
 */
export function lingerBoundsFor(reason: LinkReason, closeTimeoutMs: number): LingerBounds | null {
  if (reason === 'session-closed' || reason === 'peer-closed')
    return { progressMs: closeTimeoutMs, isPatient: true };
  if (!KIND_REASONS.has(reason) || lingeringBreaks >= MAX_LINGERING_BREAKS) return null;
  return { progressMs: Math.min(closeTimeoutMs, BREAK_LINGER_MS), isPatient: false };
}

/** What it ends: a stream whose input is dropped by others. */
export interface LingeringLink {
  readonly stream: Duplex;
  readonly outbox: Outbox;
  /** When everything that was sent is with the peer, even on a slow link. */
  readonly arrivedByMs: number;
  /** Bytes of payload that were sent after the last byte from the peer. */
  readonly unconfirmedBytes: number;
}

/** The last part of a stream's life. */
export class LingeringClose {
  /** Resolves when the stream is gone, with the number of bytes that the peer did not get, as far as this side can know. */
  readonly gone: Promise<number>;
  readonly #link: LingeringLink;
  readonly #clock: Clock;
  readonly #bounds: LingerBounds;
  #resolve: (lostBytes: number) => void = () => {};
  #timer: unknown;
  #isEnding = false;
  #isOver = false;
  #takenBefore = 0;
  /** Whether anything came since the timer was last set. */
  #hasHeard = false;
  #latestMs = 0;
  #lostBytes = 0;

  constructor(link: LingeringLink, clock: Clock, bounds: LingerBounds) {
    this.#link = link;
    this.#clock = clock;
    this.#bounds = bounds;
    this.gone = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    if (!bounds.isPatient) lingeringBreaks++;
    this.#takenBefore = link.outbox.takenBytes;
    // whatever comes is dropped; a link that was paused as well
    link.stream.resume();
    this.outputTaken();
    // where nothing waits, the end of the stream has set it already
    if (this.#timer === undefined) this.#wait(bounds.progressMs);
  }

  /** The peer has sent something, too late. */
  received(): void {
    this.#hasHeard = true;
  }

  /** The operating system has taken all that Node had. */
  outputTaken(): void {
    const { outbox, stream } = this.#link;
    if (this.#isEnding || !outbox.isIdle) return;
    if (outbox.byteLength > 0) {
      outbox.writeSlice();
      return;
    }
    this.#isEnding = true;
    stream.end();
    const { progressMs, isPatient } = this.#bounds;
    if (!isPatient) return;
    const nowMs = this.#clock.now();
    const arrivesMs = Math.max(LEAST_WAIT_MS, this.#link.arrivedByMs - nowMs);
    this.#latestMs = nowMs + Math.min(MOST_WAITS * progressMs, arrivesMs);
    this.#clock.clearTimeout(this.#timer);
    this.#wait(Math.min(progressMs, arrivesMs));
  }

  /** The stream is gone; anything but the first call is ignored. */
  ended(error: Error | null): void {
    const { outbox, unconfirmedBytes } = this.#link;
    this.#clock.clearTimeout(this.#timer);
    if (this.#isOver) return;
    this.#isOver = true;
    if (!this.#bounds.isPatient) lingeringBreaks--;
    if (error !== null) this.#lostBytes = Math.max(outbox.doubtfulBytes, unconfirmedBytes);
    this.#resolve(this.#lostBytes);
  }

  #wait(delayMs: number): void {
    this.#hasHeard = false;
    this.#timer = this.#clock.setTimeout(() => {
      const moreMs = this.#moreMs();
      if (moreMs > 0) return this.#wait(moreMs);
      const { outbox, stream } = this.#link;
      this.#lostBytes = outbox.totalBytes - outbox.takenBytes;
      outbox.clear();
      stream.destroy();
      this.#awaitEnd();
    }, delayMs);
  }

  /** A stream of somebody else's may never say that it is gone. */
  #awaitEnd(): void {
    if (!this.#isOver) this.#timer = this.#clock.setTimeout(() => this.ended(null), LEAST_WAIT_MS);
  }

  /** How much longer it may take now that its time is over. */
  #moreMs(): number {
    const { progressMs, isPatient } = this.#bounds;
    if (!isPatient) return 0;
    // a peer that is silent gets the rest from the system; to one that sends, the system would answer with a reset
    if (this.#isEnding) return this.#hasHeard ? Math.min(progressMs, this.#latestMs - this.#clock.now()) : 0;
    const { takenBytes } = this.#link.outbox;
    const progress = takenBytes - this.#takenBefore;
    this.#takenBefore = takenBytes;
    return progress >= MIN_PROGRESS_BYTES ? progressMs : 0;
  }
}
