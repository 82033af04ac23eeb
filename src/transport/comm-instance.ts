/**
 * What a session needs of a transport: the original's interface in camelCase, and what a transport may add to it.
 *
 * The law between the two: a link is announced once when it opens and once when it closes, both calls come from the
 * transport, and no payload comes before the first or after the second. A call of `disconnect` announces the close
 * before it returns, and so does one of `close`. A socket may linger after that, to bring what was sent to the peer: the
 * session hears nothing of it.
 */

import type { LinkReason } from '../protocol/reasons.js';
import type { LazyPayload, StpDrop } from '../wire/stp.js';

/** A payload came. The bytes are valid until the callback returns. */
export type DataCallback = (payload: Buffer) => void;
/** A link opened. */
export type ConnectCallback = () => void;
/**
 * A link closed, and why; anything that is not a reason of this library counts as 'link-closed'.
 * `detail` is what the system said of it, for logs.
 */
export type DisconnectCallback = (reason: LinkReason, detail?: string) => void;

/**
 * A session as the transports of this library see it: all its callbacks are methods of one object, so that an idle session
 * has no functions of its own.
 */
export interface LinkListener {
  /** Takes payloads. */
  readonly receiver: { receive(payload: Buffer): void };
  opened(): void;
  closed(reason: LinkReason, detail?: string): void;
  /** The peer has ended its stream; false: nobody has anything to tell it, the link ends. */
  ended(): boolean;
  dropped(drop: StpDrop): void;
  drained(): void;
}

/** How a client's transport wants to be reconnected; the connection machine of the session does it. */
export interface ReconnectPolicy {
  /** The pause before the next attempt, in milliseconds, after so many failures in a row (a lost link is the first). */
  delayMs(failedAttempts: number): number;
  /** Whether a link that was lost is opened again. */
  readonly reopens: boolean;
  /** How many attempts in a row may fail before it gives up. */
  readonly maxAttempts: number;
  /**
   * How long a peer that refused the key is left alone, in milliseconds; null: for ever. A minute where the transport does
   * not say it.
   */
  readonly refusalDelayMs?: (() => number) | null;
  /** How long one attempt may take. */
  readonly connectTimeoutMs: number;
}

/** What was sent after the last byte from the peer: nobody knows whether it arrived. */
export interface Unconfirmed {
  readonly messages: number;
  /** Bytes of payload. */
  readonly bytes: number;
}

/** What a transport lets its peer take. */
export interface LinkLimits {
  /** The longest payload that is received, in bytes. */
  readonly maxFrameLength: number;
  /** How long a frame that has begun may take to bring another 16 KiB, or to end, in milliseconds. */
  readonly frameTimeoutMs: number;
  /** How many bytes may wait for a peer that does not read. */
  readonly maxOutputBytes: number;
  /** How long more than that may wait before the link is broken, in milliseconds. */
  readonly slowConsumerTimeoutMs: number;
  /** How long bytes may wait of which the system takes nothing, however few, in milliseconds. */
  readonly stallTimeoutMs: number;
  /** How long a link that closes may take to bring another 16 KiB to the peer, or to end, in milliseconds. */
  readonly closeTimeoutMs: number;
  /** How many bytes outside of frames a drop shows; none unless given. */
  readonly maxSampleLength?: number;
}

/**
 * A transport of payloads. The members above the divider are those of the original; your own transport (a serial port,
 * say) needs only these.
 *
 * @example
 * ```ts
 * import { type CommInstance, PureJsonProtocol } from 'socket-protocol';
 *
 * declare const serialPort: CommInstance;
 * const protocol = new PureJsonProtocol(serialPort, { secret: 'correct horse battery staple', autoAuth: true });
 * ```
 */
export interface CommInstance {
  /** Whether this side opened (or opens) the connection. */
  readonly isClient: boolean;
  /** Whether there is a link. */
  isConnected(): boolean;
  /** The channel's name, which becomes part of the logger's name; null if there is none. */
  initChannelName(name: string | null): void;
  /** Opens a link; breaks the one that there is. The callbacks say what became of it. */
  reconnect(): void;
  /**
   * Takes a payload for sending; the transport may keep it and must not change it.
   *
   * @returns false where there is no link
   */
  send(payload: Buffer): boolean;
  registerCallback(callback: DataCallback): void;
  registerConnectCallback(callback: ConnectCallback): void;
  registerDisconnectCallback(callback: DisconnectCallback): void;

  // ── what a transport may add ──

  /**
   * All callbacks at once, instead of one by one: for accepted connections, of which a server may have thousands. The
   * callback for failures is registered by itself.
   */
  listenWith?(listener: LinkListener): void;
  /** The same as `send`, for a payload that is not bytes yet; for the transports of this library. */
  sendLazy?(payload: LazyPayload): boolean;
  /** Breaks the link. */
  disconnect?(reason: LinkReason): void;
  /**
   * Ends the transport for good; no callback comes after it. It sends what it has; a Promise resolves when the link is gone
   * for the system as well, with the number of bytes that the peer did not get.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a transport may say nothing about it
  close?(): void | Promise<void | { readonly lostBytes: number }>;
  /** Returns how to reconnect; from then on the caller decides when to open a link. */
  supervise?(): ReconnectPolicy;
  /** An attempt to open a link failed. */
  registerFailureCallback?(callback: (error: Error) => void): void;
  /** Bytes on the stream were dropped. */
  registerDropCallback?(callback: (drop: StpDrop) => void): void;
  /** Bytes accepted for sending but not yet handed to the operating system. */
  readonly bufferedBytes?: number;
  /**
   * The peer has ended its stream: it sends no more, but may still read. Where a session registers this, the link stays open
   * until `disconnect` or `close`; else it is lost with the reason 'peer-closed'.
   */
  registerEndCallback?(callback: () => void): void;
  /** There is room again after `bufferedBytes` was high. */
  registerDrainCallback?(callback: () => void): void;
  /** What the peer may take from now on. */
  limit?(limits: LinkLimits): void;
  /** Pause and resume reading. */
  pause?(): void;
  resume?(): void;
  /** False where a link cannot die without a word of it, as on a network: then a client has no heartbeat. */
  readonly canDieSilently?: boolean;
  /**
   * When the link last showed that it is alive, in milliseconds by the session's clock: a byte came, or the system took bytes
   * that had waited. The present moment while this side itself does not read.
   */
  readonly lastHeardMs?: number;
  /** When everything that was sent is with the peer, even on a slow link (32 KiB a second); by the clock, as `lastHeardMs`. */
  readonly arrivedByMs?: number;
  /** What was sent after the last byte from the peer, on this link or on the one that has just closed. */
  readonly unconfirmed?: Unconfirmed;
  /** Where this side connects to, for errors; `host:port` for TCP. */
  readonly address?: string;
  /** Who is at the other end, for logs and errors; `host:port` for TCP. */
  readonly peerAddress?: string | undefined;
  /** The own end of the link, for measurements of a server; `host:port` for TCP. */
  readonly localAddress?: string | undefined;
}
