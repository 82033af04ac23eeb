/**
 * TLS over a stream that a client has opened.
 *
 * The law: a link is secured when the server has accepted this side, which is later than Node's `secureConnect`. With TLS 1.3
 * a client is done before the server has looked at its certificate. What proves it is the first session ticket, which a server sends
 * after that, or the first byte of the protocol, or, where a server gives no tickets, a second without bad news.
 */

import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { clearImmediate, setImmediate } from 'node:timers';
import { type ConnectionOptions, checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.js';
import {
  certificateFailure,
  handshakeFailure,
  hungUp,
  type TlsFailure,
  tookTooLong,
  turnedAway,
} from './failures.js';
import type { TlsClientSettings } from './option-tables.js';
import { isNoCertificate, refuseAnyCertificate, UnexpectedCertificateError } from './psk.js';

/** How long a server without session tickets may take for its verdict: a round trip, on any link. */
const VERDICT_MS = 1_000;

/** Who waits for a client's handshake; exactly one of the two is called, and none after the stream was destroyed. */
export interface ClientHandshake {
  readonly clock: Clock;
  /** Where the stream leads to, for the name in the certificate. */
  readonly host: string;
  secured(socket: TLSSocket): void;
  /** The stream is destroyed. */
  failed(failure: TlsFailure): void;
}

/**
 * Begins TLS on a stream that is connected.
 *
 * @param stream nothing has been read from it or written to it
 * @returns the encrypted stream; destroying it ends the other one as well
 */
export function secureClient(
  stream: Duplex,
  settings: TlsClientSettings,
  handshake: ClientHandshake,
): TLSSocket {
  const name = settings.servername ?? handshake.host;
  // both report what happens to the lower stream
  stream.on('error', ignore);
  const socket = connect({ ...connectOptions(settings, name), socket: stream });
  settings.keylog?.follow(socket);
  follow(socket, name, settings, handshake);
  return socket;
}

function connectOptions(
  { context, rejectUnauthorized, psk }: TlsClientSettings,
  name: string,
): ConnectionOptions {
  const shared = { secureContext: context, rejectUnauthorized };
  if (psk !== null) {
    return {
      ...shared,
      pskCallback: () => ({ psk: psk.key, identity: psk.identity }),
      checkServerIdentity: (_, certificate) => refuseAnyCertificate(certificate),
    };
  }
  return {
    ...shared,
    // an address is no name of a server for TLS (RFC 6066), but can be in a certificate
    ...(isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  };
}

function follow(
  socket: TLSSocket,
  name: string,
  settings: TlsClientSettings,
  handshake: ClientHandshake,
): void {
  const { clock } = handshake;
  const { psk, hasCertificate, handshakeTimeoutMs } = settings;
  let isNodeDone = false;
  let hasEnded = false;
  let verdictTimer: unknown;
  let verdict: ReturnType<typeof setImmediate> | undefined;

  const settle = (): void => {
    clock.clearTimeout(timer);
    clock.clearTimeout(verdictTimer);
    clearImmediate(verdict);
    socket.off('error', onError).off('end', onEnd).off('close', onClose);
    socket.off('secureConnect', onNodeDone).off('session', soon).off('readable', onReadable);
  };
  const accepted = (): void => {
    settle();
    handshake.secured(socket);
  };
  // not while OpenSSL reads a record and calls: what is written then is garbled, and what is destroyed it still uses
  const soon = (): void => {
    verdict ??= setImmediate(accepted);
  };
  const fail = (failure: TlsFailure): void => {
    settle();
    socket.on('error', ignore);
    socket.destroy();
    handshake.failed(failure);
  };
  const onNodeDone = (): void => {
    isNodeDone = true;
    if (psk !== null) {
      // the key was part of the server's first answer
      if (isNoCertificate(socket.getPeerCertificate())) return soon();
      return fail(handshakeFailure(new UnexpectedCertificateError(), { hasPsk: true, hasCertificate }));
    }
    if (socket.getProtocol() !== 'TLSv1.3') return soon();
    socket.once('session', soon).on('readable', onReadable);
    verdictTimer = clock.setTimeout(accepted, VERDICT_MS);
  };
  const onReadable = (): void => {
    if (socket.readableLength > 0) soon();
  };
  const onError = (error: Error): void => {
    const { authorizationError } = socket;
    const isReset = 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
    if (isNodeDone && isReset) return fail(turnedAway(hasCertificate, error));
    // Node says null where it has nothing against the certificate
    if (!authorizationError) return fail(handshakeFailure(error, { hasPsk: psk !== null, hasCertificate }));
    if (psk === null) return fail(certificateFailure(error, name));
    fail(handshakeFailure(new UnexpectedCertificateError(), { hasPsk: true, hasCertificate }));
  };
  const onEnd = (): void => {
    hasEnded = true;
  };
  // without an end it was destroyed on this side, which needs no error
  const onClose = (): void => {
    if (hasEnded) fail(isNodeDone ? turnedAway(hasCertificate) : hungUp());
    else settle();
  };
  const timer = clock.setTimeout(() => fail(tookTooLong(handshakeTimeoutMs)), handshakeTimeoutMs);
  socket.on('error', onError).once('end', onEnd).once('close', onClose).once('secureConnect', onNodeDone);
}

function ignore(): void {}
