/** The options of TLS, one row each, and the settings that they become. */

import { randomBytes } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { refuseUnknownOptions } from '../../base/option-names.js';
import { optionalTextRow, switchRow, timeoutRow } from '../../base/option-rows.js';
import {
  type OptionReader,
  type OptionRow,
  optionReader,
  type RowsFor,
  type ValuesOf,
} from '../../base/option-table.js';
import { describeKind, isOptionsObject } from '../../base/options.js';
import { wrongResult } from '../../base/returned.js';
import { isThenable } from '../../base/thenable.js';
import { messageOfThrown } from '../../base/thrown.js';
import { OptionError } from '../../protocol/errors.js';
import { authorities, identity } from './credentials.js';
import { Keylog } from './keylog.js';
import type { PskSecrets, TlsClientOptions, TlsOptions, TlsServerOptions } from './options.js';
import { DEFAULT_PSK_NAME, PSK_SUITES, pskName, pskOf, pskSecret } from './psk.js';

/** What is looked at as a whole: the parts of credentials say little one by one. */
function anyRow(unit: OptionRow<unknown>['unit'], why: string): OptionRow<unknown> {
  return { unit, default: undefined, why, check: (_, value) => value };
}

const SHARED_OPTIONS = {
  ca: anyRow('pem', 'The well-known authorities say nothing about clients.'),
  cert: anyRow('pem', 'Each server has its own.'),
  key: anyRow('pem', 'Each certificate has its own.'),
  passphrase: anyRow('secret', 'Most keys that a program reads are not encrypted.'),
  servername: optionalTextRow({ why: 'The host is the name that a person typed.' }),
  handshakeTimeout: timeoutRow({
    default: 5_000,
    why: 'Three round trips on any link; Node gives 120 s on a server, and for ever on a client.',
  }),
  keylog: optionalTextRow({ why: 'Who has the keys can read the traffic.' }),
} satisfies RowsFor<TlsOptions>;

/** The options of {@link TlsClientOptions}. */
const TLS_CLIENT_OPTIONS = {
  ...SHARED_OPTIONS,
  rejectUnauthorized: switchRow({ default: true, why: 'Encryption with nobody knows whom is none.' }),
  psk: anyRow('secret', 'Certificates are what most servers have.'),
  pskIdentity: optionalTextRow({ why: 'One secret needs one name.' }),
} satisfies RowsFor<TlsClientOptions>;

/** The options of {@link TlsServerOptions}. */
export const TLS_SERVER_OPTIONS = {
  ...SHARED_OPTIONS,
  requestCert: switchRow({ default: false, why: 'Most clients prove who they are with the secret.' }),
  rejectUnauthorized: switchRow({ default: true, why: 'Who asks for a certificate needs it.' }),
  psk: anyRow('secret', 'Certificates are what most clients expect.'),
} satisfies RowsFor<TlsServerOptions>;

interface TlsSettings {
  readonly context: SecureContext;
  readonly rejectUnauthorized: boolean;
  readonly handshakeTimeoutMs: number;
  readonly keylog: Keylog | null;
}

/** TLS of a client, checked. */
export interface TlsClientSettings extends TlsSettings {
  /** The name that the certificate has to be for; null: the host. */
  readonly servername: string | null;
  /** Null where certificates prove who the server is. */
  readonly psk: { readonly identity: string; readonly key: Buffer } | null;
  readonly hasCertificate: boolean;
}

/** TLS of a server, checked. */
export interface TlsServerSettings extends TlsSettings {
  readonly requestCert: boolean;
  /** The key of an identity, null for none; null where certificates prove who this is. */
  readonly pskKeyOf: ((identity: string) => Buffer | null) | null;
}

/** The option `tls` of a client. */
export function tlsClientRow(): OptionRow<TlsClientSettings | false> {
  return {
    unit: 'tls',
    default: false,
    why: 'Peers in Python have none.',
    check: (option, value) => {
      if (value === undefined || value === false) return false;
      return clientSettings(
        option,
        optionsOf<TlsClientOptions>(option, value === true ? {} : value, TLS_CLIENT_OPTIONS),
      );
    },
  };
}

/** The option `tls` of a server. */
export function tlsServerRow(): OptionRow<TlsServerSettings | false> {
  return {
    unit: 'tls',
    default: false,
    why: 'Peers in Python have none.',
    check: (option, value) => {
      if (value === undefined || value === false) return false;
      if (value === true)
        throw new OptionError(
          option,
          "{ cert, key }, or 'psk': a server needs a certificate or a secret",
          'true',
        );
      return serverSettings(option, optionsOf<TlsServerOptions>(option, value, TLS_SERVER_OPTIONS));
    },
  };
}

/**
 * The same option with the secret of the session where it asks for it.
 *
 * @param tls what the user passed in
 * @param secret the option `secret`
 */
export function withSecretOf(tls: unknown, secret: unknown): unknown {
  if (tls === 'psk') return { psk: secret ?? true };
  if (!isOptionsObject(tls) || !('psk' in tls) || tls.psk !== true) return tls;
  return { ...tls, psk: secret ?? true };
}

function optionsOf<Options extends object>(option: string, value: unknown, rows: RowsFor<Options>): Options {
  if (value === 'psk') return { psk: true } as Options & { psk: true };
  if (!isOptionsObject(value)) throw new OptionError(option, "true, 'psk' or an object", describeKind(value));
  refuseUnknownOptions(value, new Set(Object.keys(rows)), `${option}.`);
  return value as Options;
}

function clientSettings(option: string, given: TlsClientOptions): TlsClientSettings {
  const read = optionReader<ValuesOf<typeof TLS_CLIENT_OPTIONS>>(TLS_CLIENT_OPTIONS, given, `${option}.`);
  const servername = read('servername');
  const secret = pskOptionOf(option, given);
  const shared = sharedSettings(option, read);
  if (secret === null) {
    if (given.pskIdentity !== undefined)
      throw new OptionError(`${option}.psk`, 'true or a secret, with pskIdentity', 'none');
    const ca = authorities(`${option}.ca`, given.ca);
    const own = identity(`${option}.`, { cert: given.cert, key: given.key, passphrase: given.passphrase });
    const context = contextOf(option, { ...own, ca });
    return { ...shared, context, servername, psk: null, hasCertificate: own.cert !== undefined };
  }
  if (!shared.rejectUnauthorized)
    throw new OptionError(`${option}.rejectUnauthorized`, 'true, with a pre-shared key', 'false');
  const name = pskName(`${option}.servername`, servername ?? DEFAULT_PSK_NAME);
  const identityName = pskName(`${option}.pskIdentity`, read('pskIdentity') ?? DEFAULT_PSK_NAME);
  const key = pskOf(pskSecret(`${option}.psk`, secret), name, identityName);
  // no authority at all: not even a certificate of a well-known one is accepted
  const context = contextOf(option, { ca: [], ciphers: PSK_SUITES });
  return { ...shared, context, servername, psk: { identity: identityName, key }, hasCertificate: false };
}

function serverSettings(option: string, given: TlsServerOptions): TlsServerSettings {
  const read = optionReader<ValuesOf<typeof TLS_SERVER_OPTIONS>>(TLS_SERVER_OPTIONS, given, `${option}.`);
  const secret = pskOptionOf(option, given);
  const shared = sharedSettings(option, read);
  const requestCert = read('requestCert');
  const servername = read('servername');
  if (secret !== null) {
    if (requestCert)
      throw new OptionError(
        `${option}.requestCert`,
        'false: with a pre-shared key there are no certificates',
        'true',
      );
    const name = pskName(`${option}.servername`, servername ?? DEFAULT_PSK_NAME);
    const context = contextOf(option, { ciphers: PSK_SUITES });
    return { ...shared, context, requestCert: false, pskKeyOf: pskKeys(`${option}.psk`, secret, name) };
  }
  const own = identity(`${option}.`, { cert: given.cert, key: given.key, passphrase: given.passphrase });
  if (own.cert === undefined)
    throw new OptionError(`${option}.cert`, "a certificate with its key, or 'psk' for tls", 'none');
  const ca = authorities(`${option}.ca`, given.ca);
  if (requestCert && ca === undefined)
    throw new OptionError(
      `${option}.ca`,
      'the authority of the clients (requestCert): the well-known ones sign for anybody',
      'none',
    );
  // else a client that resumes a session would be refused
  const sessionIdContext = randomBytes(8).toString('hex');
  return {
    ...shared,
    context: contextOf(option, { ...own, ca, sessionIdContext }),
    requestCert,
    pskKeyOf: null,
  };
}

type SharedReader = OptionReader<
  Pick<ValuesOf<typeof TLS_CLIENT_OPTIONS>, 'rejectUnauthorized' | 'handshakeTimeout' | 'keylog'>
>;

function sharedSettings(option: string, read: SharedReader): Omit<TlsSettings, 'context'> {
  return {
    rejectUnauthorized: read('rejectUnauthorized'),
    handshakeTimeoutMs: read('handshakeTimeout'),
    keylog: Keylog.at(`${option}.keylog`, read('keylog')),
  };
}

/** Null where certificates are used; true where the secret was not given. */
function pskOptionOf(
  option: string,
  given: TlsClientOptions | TlsServerOptions,
): string | Uint8Array | PskSecrets | null {
  const { psk } = given;
  if (psk === undefined || psk === false) return null;
  for (const name of ['ca', 'cert', 'key', 'passphrase'] as const) {
    if (given[name] === undefined) continue;
    throw new OptionError(
      `${option}.${name}`,
      'nothing: with a pre-shared key there are no certificates',
      describeKind(given[name]),
    );
  }
  if (psk === true)
    throw new OptionError(`${option}.psk`, 'a secret (the option secret, or psk itself)', 'none');
  return psk;
}

function pskKeys(
  option: string,
  secret: string | Uint8Array | PskSecrets,
  name: string,
): (identity: string) => Buffer | null {
  if (typeof secret !== 'function') {
    const checked = pskSecret(option, secret);
    return (identityName) => pskOf(checked, name, identityName);
  }
  return (identityName) => {
    const own = secret(identityName) ?? null;
    if (isThenable(own)) throw wrongResult(option, 'a secret, or null', own);
    return own === null ? null : pskOf(pskSecret(option, own), name, identityName);
  };
}

interface ContextParts {
  readonly ca?: readonly string[] | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
  readonly ciphers?: string;
  readonly sessionIdContext?: string;
}

function contextOf(option: string, { ca, ...parts }: ContextParts): SecureContext {
  const given = Object.entries({ ...parts, ca: ca === undefined ? undefined : [...ca] });
  try {
    return createSecureContext(Object.fromEntries(given.filter(([, value]) => value !== undefined)));
  } catch (error) {
    // such as a key that is too short for OpenSSL's security level
    throw new OptionError(option, 'certificates and a key that OpenSSL takes', messageOfThrown(error));
  }
}
