/**
 * The door of a server with TLS: a connection comes in when its handshake is done. Until then it takes up a place like any other,
 * and can be pushed out by a newcomer.
 */

import type { Duplex } from 'node:stream';
import { wrongResult } from '../base/returned.js';
import { messageOfThrown } from '../base/thrown.js';
import { MAX_CHANNEL_NAME_LENGTH } from '../session/journal/logging.js';
import { originOf, setOrigin } from '../transport/origin.js';
import type { TlsFailure } from '../transport/tls/failures.js';
import type { SecureServer, TlsPeer } from '../transport/tls/secure-server.js';
import { addressOfOrigin } from './networks.js';
import type { ServerLog, ServerLogEvent } from './server-log.js';

/**
 * Names a peer by what it has proven.
 *
 * @param peer its certificate, which an authority in `tls.ca` stands for, and the identity of its pre-shared key
 * @returns the only name that the peer may have; null: whatever it claims
 */
export type PeerNameOf = (peer: TlsPeer) => string | null | undefined;

/** What becomes of a connection at the door. */
export interface DoorKeeper {
  /** Its handshake is done; from now on this is its socket. */
  entered(socket: Duplex): void;
  /** It is gone, or soon will be. */
  left(): void;
}

const EVENTS: Readonly<Record<string, Exclude<ServerLogEvent, 'suppressedLogLines'>>> = {
  'tls-certificate-invalid': 'tlsCertificatesInvalid',
  'tls-certificate-refused': 'tlsCertificatesRefused',
  'tls-psk-refused': 'tlsPskRefused',
  'tls-handshake-timeout': 'tlsHandshakeTimeouts',
  'peer-speaks-no-tls': 'tlsNotSpoken',
};

/** The TLS handshakes of one server. */
export class SecureDoor {
  readonly #secure: SecureServer;
  readonly #peerNameOf: PeerNameOf | null;
  readonly #log: ServerLog;
  readonly #names = new WeakMap<Duplex, string>();
  /** How often what has happened. */
  readonly counts = { failedTlsHandshakes: 0, tlsHandshakeTimeouts: 0, refusedByPeerName: 0 };

  constructor(secure: SecureServer, peerNameOf: PeerNameOf | null, log: ServerLog) {
    this.#secure = secure;
    this.#peerNameOf = peerNameOf;
    this.#log = log;
  }

  /** How many handshakes are under way. */
  get pending(): number {
    return this.#secure.pending;
  }

  /** The name that the peer of a socket is bound to. */
  nameOf(socket: Duplex): string | null {
    return this.#names.get(socket) ?? null;
  }

  /** Begins the handshake of a connection. */
  open(socket: Duplex, keeper: DoorKeeper): void {
    const remoteAddress = addressOfOrigin(socket);
    this.#secure.accept(socket, {
      secured: (encrypted, peer) => {
        setOrigin(encrypted, originOf(socket));
        if (this.#bindName(encrypted, peer, remoteAddress)) return keeper.entered(encrypted);
        encrypted.on('error', () => {}).destroy();
        keeper.left();
      },
      failed: (failure) => {
        if (failure !== null) this.#failed(failure, remoteAddress);
        keeper.left();
      },
    });
  }

  /** Ends the handshakes that are under way. */
  close(): void {
    this.#secure.close();
  }

  #failed({ reason, message }: TlsFailure, address: string | undefined): void {
    if (reason === 'tls-handshake-timeout') this.counts.tlsHandshakeTimeouts++;
    else this.counts.failedTlsHandshakes++;
    this.#log.turnedAway(EVENTS[reason] ?? 'tlsHandshakesFailed', address, message);
  }

  #bindName(socket: Duplex, peer: TlsPeer, address: string | undefined): boolean {
    if (this.#peerNameOf === null) return true;
    try {
      const name = checkedName(this.#peerNameOf(peer));
      if (name !== null) this.#names.set(socket, name);
      return true;
    } catch (error) {
      this.counts.refusedByPeerName++;
      this.#log.turnedAway('refusedByPeerName', address, messageOfThrown(error));
      return false;
    }
  }
}

function checkedName(name: unknown): string | null {
  if (name === null || name === undefined) return null;
  if (typeof name !== 'string') throw wrongResult('peerName', 'a text or null', name);
  if (name !== '' && name.length <= MAX_CHANNEL_NAME_LENGTH) return name;
  throw new RangeError(
    `peerName returned a name of ${name.length} characters, not 1 to ${MAX_CHANNEL_NAME_LENGTH}`,
  );
}
