/**
 * One end of a memory pair that does what a test tells it: it opens a link when it is let, and it can break the law of
 * a transport, which a session must survive as well. Its bytes, its frames and its links are those of the memory pair.
 */

import type { Clock } from '../../../src/base/clock.js';
import { ConnectError } from '../../../src/protocol/errors.js';
import type { LinkReason } from '../../../src/protocol/reasons.js';
import type { DataCallback, ReconnectPolicy } from '../../../src/transport/comm-instance.js';
import { MemoryComm } from '../../../src/transport/memory.js';
import type { StpDrop } from '../../../src/wire/stp.js';

/** A transport whose links a test opens. */
export class LawlessComm extends MemoryComm {
  /** Hears what the session asks of it. */
  onCall: (text: string) => void = () => {};
  /** What it says is buffered; null: what is. */
  shownBufferedBytes: number | null = null;
  /** What it finds on its stream just while it breaks the link. */
  dropWhenBroken: StpDrop | null = null;
  /** When it says that the line was last heard; null: when it was. */
  shownLastHeardMs: (() => number) | null = null;
  /** Takes nothing that is to be sent, though there is a link. */
  takesNothing = false;
  /** Whether it takes its time to close, until it is let. */
  lingers = false;
  #finish: (() => void) | null = null;
  #isOpening = false;
  #isClosed = false;
  /** Whether a link was asked for, and has neither come nor failed. */
  #isAsked = false;
  #isUncalledFor = false;
  #opened: () => void = () => {};
  #closed: (reason: LinkReason) => void = () => {};
  #failed: (error: Error) => void = () => {};
  #dropped: (drop: StpDrop) => void = () => {};
  #drained: () => void = () => {};
  #ended: () => void = () => {};
  #delivered: DataCallback = () => {};

  /** @param policy how the session is to reconnect; null: as the memory pair has it; 'none': it opens links by itself */
  constructor(clock: Clock, isClient: boolean, policy: ReconnectPolicy | 'none' | null) {
    super(isClient, { clock });
    if (policy === 'none') Object.assign(this, { supervise: undefined });
    else if (policy !== null) Object.assign(this, { supervise: () => policy });
  }

  /**
   * Whether there is a link that no law-abiding transport would have: it was closed for good, or is one that opens a link
   * when it is asked to, and was not.
   */
  get hasUncalledForLink(): boolean {
    return this.isConnected() && this.#isUncalledFor;
  }

  /** Only asks: the link opens when it is let. */
  override reconnect(): void {
    this.onCall('open');
    this.#isAsked = true;
    if (this.isConnected()) super.disconnect('reconnect-requested');
  }

  override disconnect(reason: LinkReason): void {
    // disconnecting a closed transport is allowed: it has nothing left to break
    if (!this.#isOpening && !this.#isClosed) this.onCall(`break: ${reason}`);
    if (!this.#isOpening) this.#isAsked = false;
    const drop = this.dropWhenBroken;
    this.dropWhenBroken = null;
    if (drop !== null) this.#dropped(drop);
    super.disconnect(reason);
  }

  override close(): Promise<{ lostBytes: number }> {
    this.onCall('close');
    this.#isClosed = true;
    super.disconnect('session-closed');
    return new Promise((resolve) => {
      this.#finish = () => resolve({ lostBytes: 0 });
      if (!this.lingers) this.#finish();
    });
  }

  /** What it still had to send is sent; without effect unless it is closing. */
  letClose(): void {
    this.lingers = false;
    this.#finish?.();
  }

  override send(payload: Buffer): boolean {
    return !this.takesNothing && super.send(payload);
  }

  override get bufferedBytes(): number {
    return this.shownBufferedBytes ?? super.bufferedBytes;
  }

  override get lastHeardMs(): number {
    return this.shownLastHeardMs?.() ?? super.lastHeardMs;
  }

  /** Opens a link now, whether it was asked for or not. */
  letOpen(): void {
    this.#isOpening = true;
    super.reconnect();
    this.#isOpening = false;
  }

  // ── what no transport may do, each at any time ──

  announceOpened(): void {
    this.#opened();
  }

  announceClosed(reason: LinkReason): void {
    this.#closed(reason);
  }

  announceFailed(reason: LinkReason): void {
    this.#isAsked = false;
    this.#failed(new ConnectError('nowhere', reason));
  }

  announceDrop(drop: StpDrop): void {
    this.#dropped(drop);
  }

  announceEnded(): void {
    this.#ended();
  }

  announceDrained(): void {
    this.#drained();
  }

  deliver(payload: Buffer): void {
    this.#delivered(payload);
  }

  override registerConnectCallback(callback: () => void): void {
    this.#opened = callback;
    super.registerConnectCallback(() => {
      this.#isUncalledFor = this.#isClosed || (this.supervise !== undefined && !this.#isAsked);
      this.#isAsked = false;
      callback();
    });
  }

  override registerDisconnectCallback(callback: (reason: LinkReason) => void): void {
    this.#closed = callback;
    super.registerDisconnectCallback(callback);
  }

  override registerFailureCallback(callback: (error: Error) => void): void {
    this.#failed = callback;
    super.registerFailureCallback(callback);
  }

  override registerDropCallback(callback: (drop: StpDrop) => void): void {
    this.#dropped = callback;
    super.registerDropCallback(callback);
  }

  override registerEndCallback(callback: () => void): void {
    this.#ended = callback;
    super.registerEndCallback(callback);
  }

  override registerDrainCallback(callback: () => void): void {
    this.#drained = callback;
    super.registerDrainCallback(callback);
  }

  override registerCallback(callback: DataCallback): void {
    this.#delivered = callback;
    super.registerCallback(callback);
  }
}
