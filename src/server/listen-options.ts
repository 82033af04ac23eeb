/** The options of a server. */

import type { SessionOptions } from '../session/options.js';
import type { MemoryListener } from '../transport/memory-streams.js';
import type { TcpServerOptions } from '../transport/tcp-server.js';
import type { TlsServerSource } from '../transport/tls/options.js';
import type { DuplicateNames, GroupOf } from './directory.js';
import type { PeerNameOf } from './secure-door.js';

/**
 * How long peers that have proven nothing wait for a seed, once 200 wrong keys have come from their address; two are
 * forgotten a second. Nobody is turned away because of a neighbour's wrong keys, and a right key is accepted at once. All
 * times in milliseconds; never longer than half of `seedLifetime`.
 */
export interface BackoffOptions {
  /** After the first wrong key that is not free; it doubles with each further one: 100 ms. */
  readonly minDelay?: number | undefined;
  /** The longest. Where more peers wait than that allows, further ones are disconnected: 1,000 ms. */
  readonly maxDelay?: number | undefined;
}

/** Options of {@link listen}: where, and how each session behaves. */
export interface ListenOptions extends SessionOptions, Omit<TcpServerOptions, 'tls'> {
  /** A name or an address, not an empty text; without TLS, any but this machine's own needs a trusted network: 127.0.0.1. */
  readonly host?: string | undefined;
  /** A place in memory in the place of host and port, from `createMemoryListener`: for tests of programs. */
  readonly memory?: MemoryListener | undefined;
  /** How many connections there may be at once: 4,096. */
  readonly maxConnections?: number | undefined;
  /**
   * How many of them may come from one address, or from one IPv6 network of 64 bits; those of `sharedAddresses` are not
   * limited: no limit.
   */
  readonly maxConnectionsPerAddress?: number | undefined;
  /**
   * How many of them may be of peers that have not authenticated, where a secret is set. Beyond it silent peers make room
   * first, then idle ones; peers in the middle of their handshake stay, up to `maxConnections`: 2,048.
   */
  readonly maxUntrustedConnections?: number | undefined;
  /**
   * How much memory such peers may take in all; fewer connections are allowed if each may take more (16 KiB, twice
   * `maxUntrustedFrameLength` and `maxUntrustedOutputBytes`): 64 MiB.
   */
  readonly maxUntrustedMemory?: number | undefined;
  /** How many messages a peer may send before it is trusted; it gets another every 10 s: 100. */
  readonly maxUntrustedMessages?: number | undefined;
  /** How many such messages all peers of one address may send in a second, besides those of a handshake: 200. */
  readonly maxUntrustedMessagesPerAddress?: number | undefined;
  /** How many such messages all peers may send in a second, besides those of a handshake: 1,000. */
  readonly maxUntrustedMessagesPerServer?: number | undefined;
  /** How many lines a second about peers that are not trusted go to the logger; the others are counted: 100. */
  readonly maxUntrustedLogLines?: number | undefined;
  /** How long a peer may take to authenticate, where a secret is set; for as long as it likes unless set. */
  readonly handshakeTimeout?: number | undefined;
  /**
   * A folder for failures that a person will ask about: each becomes a recording, which `inspect --replay`, `decode` and `replay` read.
   * The last 100 are kept. See docs/flight-recorder.md. Nothing is written unless set.
   */
  readonly recordFailures?: string | null | undefined;
  /** How long seeds wait where wrong keys come from; false: no longer than anywhere else. */
  readonly backoff?: BackoffOptions | false | undefined;
  /**
   * Addresses and networks behind which many clients are: a proxy, a tunnel, a router. Seeds wait there only for each
   * other, not for longer with each wrong key, and `maxConnectionsPerAddress` does not count: 127.0.0.0/8 and ::1.
   */
  readonly sharedAddresses?: readonly string[] | undefined;
  /**
   * Addresses and networks of proxies: each of their connections begins with a header of the PROXY protocol, version 2, and counts
   * as one of the client that it names; without a header it is turned away. Nobody else's header is believed: none.
   */
  readonly proxies?: readonly string[] | undefined;
  /**
   * Encrypted, and by whom: see docs/tls.md. A function reads it anew for each `reloadTls`. Never falls back to plain text: off.
   */
  readonly tls?: TlsServerSource | undefined;
  /** With TLS: the only name that a peer may have, by its certificate or the identity of its key; null: whatever it claims. */
  readonly peerName?: PeerNameOf | undefined;
  /**
   * What becomes of two peers of one name: 'allow' keeps both, and the name finds the newer one; 'evict' disconnects the
   * older one (`name-taken-over`), as MQTT brokers do, and refuses newer ones of a name that is taken over too often
   * (`name-flapping`); 'refuse' disconnects the newer one (`name-taken`): allow.
   */
  readonly duplicateNames?: DuplicateNames | undefined;
  /**
   * The group or groups of a session, or null: for `sessions.group` and `broadcast`. Called when a session can be addressed
   * (it is trusted, or no secret is set), and again if its peer gives its name after that. If it throws, the session is in
   * none.
   */
  readonly group?: GroupOf | undefined;
}
