/** Counters of a server, since it began to listen. */
export interface ServerCounters {
  readonly accepted: number;
  /** Turned away: there were `maxConnections` already. */
  readonly refusedByLimit: number;
  /** Turned away: there were `maxConnectionsPerAddress` from their address already. */
  readonly refusedByAddress: number;
  /** Turned away: all places for peers that have not authenticated were taken by handshakes under way. */
  readonly refusedByPool: number;
  /** Turned away: the process had no file descriptors left. */
  readonly refusedByDescriptors: number;
  /** Turned away: the server was closing. */
  readonly refusedByClosing: number;
  /** How often the process ran out of file descriptors. */
  readonly descriptorShortages: number;
  /** Wrong keys, and keys without a seed. */
  readonly wrongKeys: number;
  /** Seeds that had to wait, because too many wrong keys came from the address. */
  readonly delayedByBackoff: number;
  /** Disconnected: too many peers of such an address were waiting for a seed. */
  readonly refusedByBackoff: number;
  /** Disconnected: had not authenticated and was not about to, when somebody else needed the place. */
  readonly evicted: number;
  /** Disconnected: sent too many messages before trust. */
  readonly exceededBudget: number;
  /** Disconnected: the peer did not authenticate within `handshakeTimeout`. */
  readonly handshakeTimeouts: number;
  /** TLS handshakes that failed: a certificate or key that does not fit, a peer that speaks no TLS. */
  readonly failedTlsHandshakes: number;
  /** Disconnected: the TLS handshake took longer than `tls.handshakeTimeout`. */
  readonly tlsHandshakeTimeouts: number;
  /** Disconnected: the function `peerName` threw. */
  readonly refusedByPeerName: number;
  /** Turned away: a proxy (`proxies`) did not say whose connection it brings, in a header that can be used. */
  readonly failedProxyHeaders: number;
  /** Disconnected: a proxy took too long to say it. */
  readonly proxyHeaderTimeouts: number;
  /** Connections of proxies without a client: health checks, and those that had ended before they were accepted. */
  readonly proxyChecks: number;
  /** Disconnected: a newer peer has their name (`duplicateNames: 'evict'`). */
  readonly nameTakeovers: number;
  /** Disconnected: another peer had their name already (`duplicateNames: 'refuse'`). */
  readonly refusedByName: number;
  /** Disconnected: peers took their name from each other too often (`duplicateNames: 'evict'`). */
  readonly refusedByFlapping: number;
  /** Disconnected: claimed another name than the one that they are bound to. */
  readonly peerNameMismatches: number;
  /** How often the option `group` threw, or returned no group. */
  readonly groupErrors: number;
  /** Connections that were closed because `onSession`, a listener of `session`, or the making of the session failed. */
  readonly sessionErrors: number;
  /** Log lines about peers that are not trusted that were left out (`maxUntrustedLogLines`). */
  readonly suppressedLogLines: number;
}
