/** What `natsBus` takes. Nothing here needs the package of NATS, so that programs without it can be type-checked. */

import type { Clock } from '../../base/clock.js';
import type { AbortSignalLike } from '../../base/signals.js';
import type { Inspector } from '../../session/options.js';
import type { Bus } from '../bus.js';

/** Makes the proof that a server asks for, for each connection anew, as the authenticators of `@nats-io/transport-node` do. */
export type NatsAuthenticator = (nonce?: string) => unknown;

/** TLS on the way to a server; the words are those of `@nats-io/transport-node`. */
export interface NatsTlsOptions {
  /** Certificates of the authorities that are trusted, as PEM, or the path of a file with them. */
  readonly ca?: string | undefined;
  readonly caFile?: string | undefined;
  /** The certificate of this side, as PEM, or the path of a file with it. */
  readonly cert?: string | undefined;
  readonly certFile?: string | undefined;
  /** Its private key, as PEM, or the path of a file with it. */
  readonly key?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Whether a server without a good certificate is refused: yes, unless this is false. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** The name that the certificate of the server must have, where it is not that of its address. */
  readonly servername?: string | undefined;
  /** Whether TLS comes before anything else, which the server must be set to. */
  readonly handshakeFirst?: boolean | undefined;
}

/** Options of `natsBus`. */
export interface NatsBusOptions {
  /**
   * One server or several: `host`, `host:port`, `nats://user:password@host:port`, `tls://…`. Others of their cluster are found by
   * themselves. 127.0.0.1:4222 unless set.
   */
  readonly servers?: string | readonly string[] | undefined;
  /** What the server's lists call this connection. */
  readonly name?: string | undefined;
  readonly user?: string | undefined;
  readonly pass?: string | undefined;
  readonly token?: string | undefined;
  /** The contents of a file of credentials (`.creds`). */
  readonly creds?: string | Uint8Array | undefined;
  /** For everything else: nkeys, JWTs, secrets that change. */
  readonly authenticator?: NatsAuthenticator | undefined;
  /** TLS is on where a server wants or offers it, and for `tls://`; this says how. False for never. */
  readonly tls?: NatsTlsOptions | false | undefined;
  /** What stands before the subjects of answers, for servers whose permissions want another one: `_INBOX`. */
  readonly inboxPrefix?: string | undefined;
  /** Whether to wait for a server where none is there at first, in place of a rejection: off. */
  readonly waitOnFirstConnect?: boolean | undefined;
  /** How long one server may take to let us in, in milliseconds: 5,000 ms. */
  readonly connectTimeout?: number | undefined;
  /** How often a server is pinged, in milliseconds; the third ping without an answer ends the connection: 10,000 ms. */
  readonly pingInterval?: number | undefined;
  /** How many bytes of requests wait here while the bus is away; more are refused as not sent: 64 MiB. */
  readonly maxHeldBytes?: number | undefined;
  /** How long `close` may take to finish what has begun, in milliseconds: 5,000 ms. */
  readonly closeTimeout?: number | undefined;
  /** Gives up the first connection. */
  readonly signal?: AbortSignalLike | undefined;
  /** An inspector of XState, which sees the machine of the connection to the servers; off unless set. */
  readonly inspect?: Inspector | undefined;
  readonly clock?: Clock | undefined;
  /** Chance, from 0 to 1: for the order of servers and the length of pauses. */
  readonly random?: (() => number) | undefined;
}

/** What a bus on NATS has counted. */
export interface NatsBusStats {
  /** Servers that let us in, one after the other. */
  readonly connections: number;
  /** Requests of this side that wait for an answer. */
  readonly waiting: number;
  /** Those of them that have not been sent, because the bus is away. */
  readonly held: number;
  /** Answers that nobody waited for any more; second ones of a request too. */
  readonly lateAnswers: number;
  /** Messages that came by two ways while one server took over from another, and were given once. */
  readonly duplicates: number;
  /** Messages that were published with a subject for answers, and that nobody had subscribed to. */
  readonly unheard: number;
  /** What a server did not allow: subjects, mostly. */
  readonly violations: number;
}

/** A bus on NATS. */
export interface NatsBus extends Bus {
  /** `host:port` of the server; null while there is none. */
  readonly server: string | null;
  stats(): NatsBusStats;
}
