/**
 * Checks certificates and keys when they are given. Node accepts junk as `ca` without a word and finds out about a key that
 * does not fit when the first peer comes. Errors never show a key.
 */

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { describeKind } from '../../base/options.js';
import { warn } from '../../base/warnings.js';
import { OptionError } from '../../protocol/errors.js';

/** Certificates and a key as Node takes them; undefined where there is none. */
export interface Credentials {
  readonly ca: readonly string[] | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly passphrase: string | undefined;
}

const CERTIFICATE =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;
const BEGINS = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/g;
const KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/;

/**
 * Authorities as texts of PEM.
 *
 * @throws OptionError for what is no certificate, and for none at all: nobody would be accepted
 */
export function authorities(option: string, value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (given.length === 0) throw new OptionError(option, 'at least one certificate', 'none');
  return given.flatMap((each, index) => {
    const name = Array.isArray(value) ? `${option}[${index}]` : option;
    const blocks = certificateBlocks(name, each);
    for (const block of blocks) certificateIn(name, block);
    return blocks;
  });
}

/**
 * A certificate and its key.
 *
 * @param prefix what an error puts in front of the name of an option
 * @throws OptionError where one is missing or cannot be read, or where they do not belong together
 */
export function identity(
  prefix: string,
  given: { readonly cert: unknown; readonly key: unknown; readonly passphrase: unknown },
): Omit<Credentials, 'ca'> {
  const { cert, key } = given;
  if (isMissing(cert) && isMissing(key)) {
    if (isMissing(given.passphrase)) return { cert: undefined, key: undefined, passphrase: undefined };
    throw new OptionError(`${prefix}key`, 'the key that the passphrase is of', 'none');
  }
  if (isMissing(cert)) throw new OptionError(`${prefix}cert`, 'the certificate of the key', 'none');
  if (isMissing(key)) throw new OptionError(`${prefix}key`, 'the private key of the certificate', 'none');
  const blocks = certificateBlocks(`${prefix}cert`, cert);
  const [first, ...others] = blocks.map((block) => certificateIn(`${prefix}cert`, block));
  const passphrase = passphraseOf(`${prefix}passphrase`, given.passphrase);
  const keyText = keyTextOf(`${prefix}key`, key);
  const privateKey = keyIn(prefix, keyText, passphrase);
  if (first?.checkPrivateKey(privateKey) !== true) {
    const isBehind = others.some((other) => other.checkPrivateKey(privateKey));
    const expected = isBehind
      ? 'its own certificate first, before those of authorities'
      : 'the certificate of the key';
    throw new OptionError(`${prefix}cert`, expected, 'one of another key');
  }
  warnOfItsTime(`${prefix}cert`, first);
  return { cert: blocks.join('\n'), key: keyText, passphrase };
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}

function pemTextOf(option: string, value: unknown, what: string): string {
  const text = ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')
    : value;
  if (typeof text !== 'string') throw new OptionError(option, `${what} as PEM text`, describeKind(value));
  if (text.trim() !== '') return text;
  throw new OptionError(option, `${what} as PEM text`, 'nothing (is the file empty?)');
}

/** What stands where PEM should. */
function noPem(text: string): string {
  if (/^[^\n]{1,1024}$/.test(text.trim())) return 'one line (a path? read the file first)';
  return 'something else';
}

function certificateBlocks(option: string, value: unknown): readonly string[] {
  const text = pemTextOf(option, value, 'a certificate');
  const blocks = text.match(CERTIFICATE) ?? [];
  const begun = text.match(BEGINS)?.length ?? 0;
  if (blocks.length > 0 && begun === blocks.length) return blocks;
  const got = KEY.test(text) ? 'a private key' : begun > blocks.length ? 'one that is cut off' : noPem(text);
  throw new OptionError(option, 'a certificate as PEM text (-----BEGIN CERTIFICATE-----)', got);
}

function certificateIn(option: string, block: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch {
    throw new OptionError(option, 'a certificate', 'one that cannot be read (is it damaged?)');
  }
}

function keyTextOf(option: string, value: unknown): string {
  const text = pemTextOf(option, value, 'a private key');
  if (KEY.test(text)) return text;
  const got = text.includes('CERTIFICATE-----') ? 'a certificate' : noPem(text);
  throw new OptionError(option, 'a private key as PEM text (-----BEGIN PRIVATE KEY-----)', got);
}

function passphraseOf(option: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new OptionError(option, 'a text', describeKind(value));
}

function keyIn(prefix: string, text: string, passphrase: string | undefined): KeyObject {
  const isEncrypted = /ENCRYPTED/.test(text);
  if (isEncrypted && passphrase === undefined)
    throw new OptionError(`${prefix}passphrase`, 'the passphrase of the key, which is encrypted', 'none');
  try {
    return createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    // what OpenSSL says of it differs by version, and tells no more
    if (isEncrypted) throw new OptionError(`${prefix}passphrase`, 'the passphrase of the key', 'another one');
    throw new OptionError(`${prefix}key`, 'a private key', 'one that cannot be read (is it damaged?)');
  }
}

/** It may be replaced soon, or the clock may be wrong: peers decide. */
function warnOfItsTime(option: string, { validFrom, validTo }: X509Certificate): void {
  const now = Date.now();
  if (Date.parse(validTo) <= now)
    warn('SP_TLS_CERTIFICATE', `the certificate of ${option} expired at ${validTo}: peers refuse it`, {
      matter: validTo,
    });
  else if (Date.parse(validFrom) > now)
    warn(
      'SP_TLS_CERTIFICATE',
      `the certificate of ${option} is not valid before ${validFrom}: peers refuse it`,
      {
        matter: validFrom,
      },
    );
}
