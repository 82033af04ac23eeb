/**
 * TLS over the connections of a server.
 *
 * The law: until the handshake is done, a connection has nothing but its first bytes and a timer. Node's own time-out only reports, and
 * lets silent connections stay; here it ends them. TLS begins with the first byte of a hello: a silent peer costs no more than a
 * socket, and one that does not speak TLS gets an alert that says so, which a plain peer of this library understands.
 */

import type { Duplex } from 'node:stream';
import { clearImmediate, setImmediate } from 'node:timers';
import { TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.js';
import { messageOfThrown } from '../../base/thrown.js';
import { certificateFailure, clientLeft, handshakeFailure, TlsFailure, tookTooLong } from './failures.js';
import type { TlsServerSettings } from './option-tables.js';
import { type PeerCertificate, peerCertificateOf } from './peer-certificate.js';
import { isNoCertificate } from './psk.js';

/** The first byte of a hello: a record of the type "handshake". */
const HELLO = 0x16;
/** How a frame of this protocol begins: a colon. */
const FRAME = 0x3a;
/** An alert, as TLS sends it before there are keys: fatal, protocol version. */
const NO_TLS_ALERT = Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 70]);
/** How long a peer has to read it. */
const ALERT_LINGER_MS = 1_000;

/** What TLS says of who is at the other end. */
export interface TlsPeer {
  /** Its certificate, if it was asked for one and an authority in `ca` stands for it. */
  readonly certificate: PeerCertificate | null;
  /** The name of its key, if it has one. */
  readonly pskIdentity: string | null;
}

/** Who waits for a handshake. */
export interface ServerHandshake {
  secured(socket: TLSSocket, peer: TlsPeer): void;
  /** The connection is gone, or soon will be; null where the peer left before it said anything, or this side ended it. */
  failed(failure: TlsFailure | null): void;
}

/** TLS that has begun on a connection. */
interface SecureStart {
  readonly socket: TLSSocket;
  /** The identity whose key the peer has, once that is known. */
  readonly identityOf: () => string | null;
  /** Why there was no key for it. */
  readonly flawOf: () => TlsFailure | null;
}

/** TLS of one server. */
export class SecureServer {
  readonly #clock: Clock;
  readonly #pending = new Set<Duplex>();
  /** For new connections: those that there are keep what they began with. */
  settings: TlsServerSettings;

  constructor(settings: TlsServerSettings, clock: Clock) {
    this.settings = settings;
    this.#clock = clock;
  }

  /** How many handshakes are under way. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Ends the handshakes that are under way. */
  close(): void {
    for (const stream of this.#pending) stream.destroy();
  }

  /**
   * Waits for a hello, and begins TLS.
   *
   * @param stream a connection of which nothing has been read
   */
  accept(stream: Duplex, handshake: ServerHandshake): void {
    const { settings } = this;
    const clock = this.#clock;
    let socket: TLSSocket | null = null;
    let hasEnded = false;
    let entering: ReturnType<typeof setImmediate> | undefined;
    let isSettled = false;

    const settle = (): void => {
      isSettled = true;
      this.#pending.delete(stream);
      clock.clearTimeout(timer);
      clearImmediate(entering);
      stream.off('readable', onReadable).off('end', onEnd).off('close', onClose);
      socket?.off('error', onError).off('end', onEnd).off('secure', onSecure);
    };
    const fail = (failure: TlsFailure | null): void => {
      if (isSettled) return;
      settle();
      handshake.failed(failure);
    };
    const end = (failure: TlsFailure): void => {
      socket?.on('error', ignore);
      (socket ?? stream).destroy();
      fail(failure);
    };
    const onReadable = (): void => {
      const hello: Buffer | null = stream.read();
      if (hello === null) return;
      stream.off('readable', onReadable);
      if (hello[0] !== HELLO) {
        fail(speaksNoTls(hello));
        return this.#sayThatItIsTls(stream);
      }
      stream.unshift(hello);
      const secure = this.#begin(stream, settings);
      socket = secure.socket;
      socket.on('error', onError).once('end', onEnd).once('secure', onSecure);
      begun = secure;
    };
    let begun: SecureStart | null = null;
    const onSecure = (): void => {
      if (socket === null) return;
      const encrypted = socket;
      // at once: a client takes the session ticket that follows for the news that it was accepted
      const verdict = peerOf(encrypted, settings, begun?.identityOf() ?? null);
      if (verdict instanceof TlsFailure) return end(verdict);
      // not while OpenSSL reads a record and calls: what is written then is garbled, and what is destroyed it still uses
      entering = setImmediate(() => {
        settle();
        handshake.secured(encrypted, verdict);
      });
    };
    const onError = (error: Error): void =>
      end(
        begun?.flawOf() ??
          handshakeFailure(error, {
            hasPsk: settings.pskKeyOf !== null,
            hasCertificate: settings.pskKeyOf === null,
          }),
      );
    const onEnd = (): void => {
      hasEnded = true;
    };
    const onClose = (): void => fail(hasEnded && socket !== null ? clientLeft() : null);
    const timer = clock.setTimeout(
      () => end(tookTooLong(settings.handshakeTimeoutMs)),
      settings.handshakeTimeoutMs,
    );
    this.#pending.add(stream);
    stream.on('error', ignore).on('readable', onReadable).once('end', onEnd).once('close', onClose);
  }

  #begin(stream: Duplex, settings: TlsServerSettings): SecureStart {
    let identity: string | null = null;
    let flaw: TlsFailure | null = null;
    const { pskKeyOf } = settings;
    const socket = new TLSSocket(stream as ConstructorParameters<typeof TLSSocket>[0], {
      isServer: true,
      secureContext: settings.context,
      requestCert: settings.requestCert,
      rejectUnauthorized: settings.requestCert && settings.rejectUnauthorized,
      ...(pskKeyOf === null
        ? {}
        : {
            pskCallback: (_: unknown, name: string) => {
              // what is thrown here would reach the process
              try {
                const key = pskKeyOf(name);
                if (key !== null) identity = name;
                return key;
              } catch (error) {
                flaw = new TlsFailure(
                  'tls-psk-refused',
                  `there is no pre-shared key: ${messageOfThrown(error)}`,
                  error,
                );
                return null;
              }
            },
          }),
    });
    settings.keylog?.follow(socket);
    return { socket, identityOf: () => identity, flawOf: () => flaw };
  }

  /** It has sent something, which has to be read, or the system would reset the connection before it got the alert. */
  #sayThatItIsTls(stream: Duplex): void {
    stream.end(NO_TLS_ALERT);
    stream.resume();
    const timer = this.#clock.setTimeout(() => stream.destroy(), ALERT_LINGER_MS);
    stream.once('close', () => this.#clock.clearTimeout(timer));
  }
}

function speaksNoTls(beginning: Buffer): TlsFailure {
  const what =
    beginning[0] === FRAME ? 'speaks this protocol without TLS (its option tls)' : 'does not speak TLS';
  return new TlsFailure('peer-speaks-no-tls', `the peer ${what}`);
}

/** What Node has of a socket that is no server's own: it verifies, and lets its server ask. */
interface Verified {
  readonly _handle?: { verifyError?(): (Error & { readonly code?: string }) | null } | null;
}

/** Who is at the other end, or why it is refused. */
function peerOf(
  socket: TLSSocket,
  settings: TlsServerSettings,
  pskIdentity: string | null,
): TlsPeer | TlsFailure {
  if (settings.pskKeyOf !== null) {
    // a session that is resumed has no key of its own, and nobody here is given one to resume
    if (pskIdentity === null || !isNoCertificate(socket.getPeerCertificate()))
      return new TlsFailure('tls-psk-refused', 'the peer did not prove that it has the pre-shared key');
    return { certificate: null, pskIdentity };
  }
  if (!settings.requestCert) return { certificate: null, pskIdentity: null };
  const { _handle: handle } = socket as Verified;
  const error =
    typeof handle?.verifyError === 'function' ? handle.verifyError() : new Error('Node verified nothing');
  const certificate = socket.getPeerCertificate();
  const isMissing = isNoCertificate(certificate);
  if (error === null && !isMissing) return { certificate: peerCertificateOf(certificate), pskIdentity: null };
  if (settings.rejectUnauthorized) return certificateFailure(error ?? new Error('there is none'));
  return { certificate: null, pskIdentity: null };
}

function ignore(): void {}
