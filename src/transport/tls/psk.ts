/**
 * TLS with a key made of the shared secret, without any certificate (docs/tls.md).
 *
 * The law: the raw secret is never the key. The plain handshake of this protocol publishes a hash of the secret, and a key
 * must fit one server, one identity and one direction, or a peer could be made to talk to itself (RFC 9257, "Selfie").
 */

import { hkdfSync } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { secretOption } from '../../base/options.js';
import { OptionError } from '../../protocol/errors.js';

/** Both with SHA-256: with a SHA-384 suite a key of 32 bytes does not get through the handshake. */
export const PSK_SUITES = 'TLS_AES_128_GCM_SHA256:ECDHE-PSK-CHACHA20-POLY1305';
/** The name of a server, and of a client, that says nothing else. */
export const DEFAULT_PSK_NAME = 'socket-protocol';
/** Shorter secrets can be brute-forced from one captured handshake; TLS hides none of it from who tries keys. */
export const LEAST_PSK_SECRET_LENGTH = 32;
/** As OpenSSL limits an identity, in bytes, whichever version it is. */
const MOST_IDENTITY_BYTES = 127;
const KEY_BYTES = 32;

/**
 * The key of one client at one server.
 *
 * @param servername the name of the server
 * @param identity the name of the client
 */
export function pskOf(secret: Uint8Array, servername: string, identity: string): Buffer {
  const info = `socket-protocol/1 psk client→server ${servername}\0${identity}`;
  return Buffer.from(hkdfSync('sha256', secret, '', info, KEY_BYTES));
}

/**
 * A secret that is long enough for a key.
 *
 * @throws OptionError for a shorter one, or none; the error never shows it
 */
export function pskSecret(option: string, value: unknown): Buffer {
  const secret = secretOption(option, value ?? null);
  if (secret === null) throw new OptionError(option, 'a secret (the option secret, or psk itself)', 'none');
  if (secret.length >= LEAST_PSK_SECRET_LENGTH) return secret;
  const expected = `a secret of at least ${LEAST_PSK_SECRET_LENGTH} characters, such as randomBytes(24).toString('hex')`;
  throw new OptionError(option, expected, `${secret.length}`);
}

/**
 * A name that TLS can carry and that a key can be made of.
 *
 * @throws OptionError for one that is too long, or that has a zero character
 */
export function pskName(option: string, name: string): string {
  if (!name.includes('\0') && Buffer.byteLength(name) <= MOST_IDENTITY_BYTES) return name;
  throw new OptionError(option, `at most ${MOST_IDENTITY_BYTES} bytes, none of them zero`, 'other text');
}

/**
 * Refuses every certificate: with a key of its own, a server has none. OpenSSL falls back to certificates where a server does
 * not know the key, and asks about the empty one of a genuine TLS 1.2 handshake, too.
 */
export function refuseAnyCertificate(certificate: PeerCertificate): Error | undefined {
  return isNoCertificate(certificate) ? undefined : new UnexpectedCertificateError();
}

/** Whether there is none. Node gives an empty object, or null where there is no handshake any more. */
export function isNoCertificate(certificate: object | null | undefined): boolean {
  return certificate === null || certificate === undefined || Object.keys(certificate).length === 0;
}

/** A server came with a certificate where it should prove that it has the key. */
export class UnexpectedCertificateError extends Error {
  readonly code = 'ERR_PSK_CERTIFICATE';

  constructor() {
    super('the server showed a certificate instead of the pre-shared key');
  }
}
