/** A link whose other end is the attacker: bytes in, payloads out, and nothing between that costs time. */

import type {
  CommInstance,
  ConnectCallback,
  DataCallback,
  DisconnectCallback,
  LinkLimits,
  ReconnectPolicy,
  StpDrop,
} from '../../../src/index.js';
import type { LinkReason } from '../../../src/protocol/reasons.js';
import { StpDecoder } from '../../../src/wire/index.js';
import type { Link } from '../../support/puppet.js';

/** How long a client waits before it opens another link. */
export const RECONNECT_DELAY_MS = 100;

/** The victim's end of a link, and what the attacker does at the other. */
export class AttackLink implements CommInstance, Link {
  readonly isClient: boolean;
  readonly transport = this;
  readonly supervise?: () => ReconnectPolicy;
  /** The victim is a client and waits for a link. */
  isWanted = false;
  /** Why the last link ended. */
  whyShut = '';
  #isOpen = false;
  #decoder: StpDecoder;
  #onSent: DataCallback = () => {};
  #onData: DataCallback = () => {};
  #onConnect: ConnectCallback = () => {};
  #onDisconnect: DisconnectCallback = () => {};
  #onDrop: (drop: StpDrop) => void = () => {};

  constructor(isClient: boolean) {
    this.isClient = isClient;
    this.#decoder = new StpDecoder({
      frame: (payload) => this.#onData(payload),
      dropped: (drop) => this.#onDrop(drop),
    });
    if (isClient) {
      this.supervise = () => ({
        delayMs: () => RECONNECT_DELAY_MS,
        refusalDelayMs: () => RECONNECT_DELAY_MS,
        maxAttempts: Number.POSITIVE_INFINITY,
        reopens: true,
        connectTimeoutMs: 1_000,
      });
    }
  }

  // ── the attacker's side ──

  open(): void {
    this.isWanted = false;
    this.#isOpen = true;
    this.#onConnect();
  }

  write(bytes: Buffer): void {
    if (this.#isOpen) this.#decoder.push(bytes);
  }

  listen(hear: DataCallback): void {
    this.#onSent = hear;
  }

  // ── the victim's side ──

  isConnected(): boolean {
    return this.#isOpen;
  }

  initChannelName(): void {}

  reconnect(): void {
    this.disconnect('reconnect-requested');
    this.isWanted = true;
  }

  send(payload: Buffer): boolean {
    if (this.#isOpen) this.#onSent(payload);
    return this.#isOpen;
  }

  disconnect(reason: LinkReason): void {
    // an attempt that is broken off wants no link any more
    this.isWanted = false;
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.whyShut = reason;
    this.#decoder.reset();
    this.#onDisconnect(reason);
  }

  limit({ maxFrameLength }: LinkLimits): void {
    this.#decoder.maxFrameLength = maxFrameLength;
  }

  registerCallback(callback: DataCallback): void {
    this.#onData = callback;
  }

  registerConnectCallback(callback: ConnectCallback): void {
    this.#onConnect = callback;
  }

  registerDisconnectCallback(callback: DisconnectCallback): void {
    this.#onDisconnect = callback;
  }

  registerDropCallback(callback: (drop: StpDrop) => void): void {
    this.#onDrop = callback;
  }
}
