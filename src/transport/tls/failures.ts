/** What Node and OpenSSL say of a TLS handshake that failed, as one of our reasons. */

import { isError } from '../../base/thrown.js';
import type { LinkReason } from '../../protocol/reasons.js';
import { connectReasonOf } from '../network-errors.js';

/** Why a handshake failed. */
export type TlsReason = Extract<
  LinkReason,
  | 'tls-certificate-invalid'
  | 'tls-certificate-refused'
  | 'tls-psk-refused'
  | 'tls-handshake-failed'
  | 'tls-handshake-timeout'
  | 'peer-speaks-no-tls'
>;

/** A TLS handshake that came to nothing. */
export class TlsFailure extends Error {
  override readonly name = 'TlsFailure';
  readonly reason: LinkReason;

  /** @param message what there is to say of it, with what to do */
  constructor(reason: LinkReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** How the two sides prove who they are. */
export interface Means {
  readonly hasPsk: boolean;
  /** Whether this side showed a certificate, or may be asked for one. */
  readonly hasCertificate: boolean;
}

/** Alerts about a certificate: bad, unsupported, revoked, expired, unknown, of an unknown authority, and missing. */
const CERTIFICATE_ALERTS: ReadonlySet<number> = new Set([42, 43, 44, 45, 46, 48, 49, 116]);
/** Alerts where a key does not fit: which of them depends on the version of OpenSSL. */
const PSK_ALERTS: ReadonlySet<number> = new Set([20, 40, 47, 51, 115]);
const ALERT = /SSL alert number (\d+)/;
const NO_TLS =
  /^ERR_SSL_(?:WRONG_VERSION_NUMBER|HTTP_REQUEST|HTTPS_PROXY_REQUEST|PACKET_LENGTH_TOO_LONG|RECORD_LAYER_FAILURE|WRONG_SSL_VERSION)$/;
const PSK_ERRORS =
  /^ERR_SSL_(?:BINDER_DOES_NOT_VERIFY|PSK_IDENTITY_NOT_FOUND|DECRYPTION_FAILED_OR_BAD_RECORD_MAC|NO_SUITABLE_SIGNATURE_ALGORITHM|NO_SHARED_CIPHER|BAD_PSK)$/;
const RESETS: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

interface NodeError extends Error {
  readonly code?: string;
  /** What OpenSSL says, without where in its source. */
  readonly reason?: string;
  /** Where a name does not fit. */
  readonly cert?: { readonly subjectaltname?: string };
}

/** Codes of certificates that were refused here, with what to do. */
const CERTIFICATE_HINTS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed; trust it with tls.ca (--ca)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not known here; trust that with tls.ca (--ca)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not known here; trust that with tls.ca (--ca)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not known here; trust that with tls.ca (--ca)',
  UNABLE_TO_GET_ISSUER_CERT: 'there is none',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
};

/**
 * Why the certificate of the peer was refused.
 *
 * @param error what Node gave, or its code
 * @param name what the certificate should have been for
 */
export function certificateFailure(error: Error | string, name?: string): TlsFailure {
  const {
    code = '',
    cert,
    message,
  } = typeof error === 'string' ? { code: error, message: error } : (error as NodeError);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = cert?.subjectaltname ?? 'nobody';
    return new TlsFailure(
      'tls-certificate-invalid',
      `the certificate of the peer is for ${names}, not for ${name} (tls.servername)`,
      error,
    );
  }
  const hint = CERTIFICATE_HINTS[code] ?? message;
  return new TlsFailure(
    'tls-certificate-invalid',
    `the certificate of the peer is not accepted: ${hint} (${code})`,
    error,
  );
}

/** What an error says, without places in the source of OpenSSL. */
function wordsOf(error: NodeError): string {
  const { code, reason } = error;
  return reason === undefined ? error.message || String(code) : `${reason} (${code})`;
}

/**
 * Why the handshake of a client failed, or of a server.
 *
 * @param error what Node gave
 * @param means how this side proves who it is
 */
export function handshakeFailure(error: unknown, { hasPsk, hasCertificate }: Means): TlsFailure {
  if (error instanceof TlsFailure) return error;
  if (!isError(error)) return new TlsFailure('tls-handshake-failed', 'the TLS handshake failed', error);
  const failure: NodeError = error;
  const { code = '' } = failure;
  if (code === 'ERR_PSK_CERTIFICATE') return new TlsFailure('tls-psk-refused', failure.message, error);
  if (NO_TLS.test(code))
    return new TlsFailure('peer-speaks-no-tls', `the peer does not speak TLS (${code})`, error);
  const alert = Number(ALERT.exec(failure.message)?.[1] ?? 0);
  const words = wordsOf(failure);
  if (CERTIFICATE_ALERTS.has(alert)) {
    const what = hasCertificate
      ? 'does not accept the certificate of this side'
      : 'wants a certificate of this side (tls.cert, tls.key)';
    return new TlsFailure('tls-certificate-refused', `the peer ${what}: ${words}`, error);
  }
  if (hasPsk && (PSK_ALERTS.has(alert) || PSK_ERRORS.test(code)))
    return new TlsFailure(
      'tls-psk-refused',
      `the pre-shared keys do not fit (secret, tls.pskIdentity, tls.servername): ${words}`,
      error,
    );
  if (alert === 40)
    return new TlsFailure(
      'tls-handshake-failed',
      `the peer has no common ground with this side; it may want a certificate or a pre-shared key: ${words}`,
      error,
    );
  if (RESETS.has(code)) return hungUp(error);
  const reason = connectReasonOf(error);
  return new TlsFailure(
    reason === 'connect-failed' ? 'tls-handshake-failed' : reason,
    `the TLS handshake failed: ${words}`,
    error,
  );
}

/** The peer is gone in the middle of the handshake. */
export function hungUp(cause?: unknown): TlsFailure {
  return new TlsFailure(
    'tls-handshake-failed',
    'the peer hung up during the TLS handshake; perhaps it does not expect TLS',
    cause,
  );
}

/** The client is gone in the middle of the handshake: Node hangs up without a word where it does not accept a certificate. */
export function clientLeft(): TlsFailure {
  return new TlsFailure(
    'tls-handshake-failed',
    'the peer hung up during the TLS handshake; perhaps it does not accept the certificate of this side',
  );
}

/** The server is gone after the client's part of the handshake, and said nothing. */
export function turnedAway(hasCertificate: boolean, cause?: unknown): TlsFailure {
  if (hasCertificate)
    return new TlsFailure(
      'tls-certificate-refused',
      'the peer hung up at the sight of the certificate of this side: it does not accept it',
      cause,
    );
  return new TlsFailure('tls-handshake-failed', 'the peer hung up at the end of the TLS handshake', cause);
}

/** The time is over. */
export function tookTooLong(timeoutMs: number): TlsFailure {
  return new TlsFailure(
    'tls-handshake-timeout',
    `the TLS handshake took longer than ${timeoutMs} ms (tls.handshakeTimeout)`,
  );
}
