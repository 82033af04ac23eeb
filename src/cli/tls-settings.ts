/** What the options of a link say about TLS: what contradicts what, the files that they name, and errors in their words. */

import { OptionError } from '../protocol/errors.js';
import { UsageError } from './errors.js';
import { readSmallFile } from './files.js';
import type { Io } from './io.js';
import type { LinkEnd, LinkOptions } from './link-options.js';
import { type WarningIo, warn } from './output.js';
import { SECRET_VARIABLE } from './secret.js';

/** The variable that holds the pass phrase of an encrypted `--key`. */
export const PASSPHRASE_VARIABLE = 'SOCKET_PROTOCOL_KEY_PASSPHRASE';

/** What a transport gets for `tls`. */
export interface TlsSettings {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
  readonly requestCert?: boolean;
  readonly psk?: Uint8Array;
  readonly pskIdentity?: string;
  readonly keylog?: string;
}

/**
 * What the options say about TLS. Reads the files that they name.
 *
 * @param end which end of the link this is
 * @param secret the shared secret, which `--tls-psk` needs; null: none
 * @returns undefined: no TLS
 * @throws UsageError for options that contradict each other, and for a file that is missing, unreadable, empty or no PEM
 */
export function tlsOf(
  options: LinkOptions,
  end: Exclude<LinkEnd, 'proxy'>,
  secret: Uint8Array | null,
  io: Pick<Io, 'env'>,
): TlsSettings | undefined {
  assertOneWay(options, end);
  const { tls, tlsPsk, ca, cert, key, servername, insecure, pskIdentity, tlsKeylog } = options;
  const keylog = tlsKeylog === undefined ? {} : { keylog: tlsKeylog };
  const named = servername === undefined ? {} : { servername };
  if (tlsPsk === true) {
    if (secret === null)
      throw new UsageError(`--tls-psk needs the shared secret: --secret-file FILE, or ${SECRET_VARIABLE}`);
    return { psk: secret, ...named, ...(pskIdentity === undefined ? {} : { pskIdentity }), ...keylog };
  }
  if (tls !== true) return undefined;
  const passphrase = io.env[PASSPHRASE_VARIABLE];
  return {
    ...(ca === undefined ? {} : { ca: pemOf(ca, '--ca', 'CERTIFICATE') }),
    ...(cert === undefined ? {} : { cert: pemOf(cert, '--cert', 'CERTIFICATE') }),
    ...(key === undefined ? {} : { key: pemOf(key, '--key', 'PRIVATE KEY') }),
    ...(key === undefined || passphrase === undefined ? {} : { passphrase }),
    ...named,
    ...(insecure === true ? { rejectUnauthorized: false } : {}),
    ...(end === 'server' && ca !== undefined ? { requestCert: true, rejectUnauthorized: true } : {}),
    ...keylog,
  };
}

/**
 * Tells the person what `--insecure` means, once for each run.
 *
 * @param options the options of the command
 */
export function warnOfInsecure({ insecure }: LinkOptions, io: WarningIo): void {
  if (insecure === true)
    warn(
      io,
      '--insecure: the certificate is not checked, so whoever is in between can read and change everything',
    );
}

/** The options that say more about certificates. */
const OF_CERTIFICATES = ['ca', 'cert', 'key', 'insecure'] as const;

function assertOneWay(options: LinkOptions, end: Exclude<LinkEnd, 'proxy'>): void {
  const { tls, tlsPsk, ca, cert, key, servername, insecure, pskIdentity } = options;
  const given = OF_CERTIFICATES.find((name) => options[name] !== undefined);
  if (tlsPsk === true) {
    if (tls === true)
      throw new UsageError(
        '--tls-psk encrypts without certificates and --tls with them; leave one of them out',
      );
    if (given !== undefined)
      throw new UsageError(`--tls-psk encrypts without certificates, so --${given} has no use`);
  } else {
    if (pskIdentity !== undefined) throw new UsageError('--psk-identity needs --tls-psk');
    if (tls !== true) assertNoTls(options, given);
  }
  if (insecure === true && ca !== undefined)
    throw new UsageError('--insecure takes any certificate, so --ca has no use; leave one of them out');
  if (cert === undefined && key !== undefined) throw new UsageError('--key needs --cert');
  if (cert !== undefined && key === undefined) throw new UsageError('--cert needs --key');
  if (end === 'client') return;
  if (tls === true && cert === undefined)
    throw new UsageError('--tls of a server needs --cert FILE and --key FILE (or use --tls-psk)');
  if (insecure === true) throw new UsageError('--insecure is for clients');
  if (pskIdentity !== undefined) throw new UsageError('--psk-identity is for clients');
  if (tls === true && servername !== undefined)
    throw new UsageError('--servername of a server needs --tls-psk; with --tls its certificate has the name');
}

function assertNoTls({ servername, tlsKeylog }: LinkOptions, given: string | undefined): void {
  if (given !== undefined) throw new UsageError(`--${given} needs --tls`);
  if (servername !== undefined) throw new UsageError('--servername needs --tls or --tls-psk');
  if (tlsKeylog !== undefined) throw new UsageError('--tls-keylog needs --tls or --tls-psk');
}

/** The names that the library has for what the options say. */
const FLAGS: Readonly<Record<string, string>> = {
  'tls.ca': '--ca',
  'tls.cert': '--cert',
  'tls.key': '--key',
  'tls.passphrase': PASSPHRASE_VARIABLE,
  'tls.servername': '--servername',
  'tls.pskIdentity': '--psk-identity',
  'tls.keylog': '--tls-keylog',
  'tls.psk': 'The secret',
  path: '--unix',
};

/**
 * An error about an option of the library, in the words of the command line: which option, and which file.
 *
 * @param error whatever was thrown
 * @param options what was typed
 * @returns a UsageError, or the same error where the library does not complain about a link
 */
export function inOurWords(error: unknown, options: LinkOptions): unknown {
  if (!(error instanceof OptionError)) return error;
  const flag = FLAGS[error.option.replace(/\[\d+\]$/, '')];
  if (flag === undefined) return error;
  const files: Readonly<Record<string, string | undefined>> = {
    '--ca': options.ca,
    '--cert': options.cert,
    '--key': options.key,
    [PASSPHRASE_VARIABLE]: options.key,
    '--tls-keylog': options.tlsKeylog,
  };
  const file = files[flag] === undefined ? '' : ` (${JSON.stringify(files[flag])})`;
  return new UsageError(error.message.replace(`Option ${error.option}`, `${flag}${file}`), { cause: error });
}

/** A list of all authorities of a system is the largest such file, and has a few hundred KiB. */
const MAX_PEM_BYTES = 4 * 1024 * 1024;

/** What files hold, by the label of their first line. */
const PEM_CONTENTS = {
  CERTIFICATE: 'certificate in PEM',
  'PRIVATE KEY': 'private key in PEM',
  'NATS USER JWT': 'credentials of nsc',
} as const;

/**
 * The content of a file; only its outer form is checked, as everything else is where it is used.
 *
 * @param option which option names the file
 * @throws UsageError for a file that is missing, unreadable, empty or no PEM
 */
export function pemOf(file: string, option: string, label: keyof typeof PEM_CONTENTS): Buffer {
  const bytes = readSmallFile(file, MAX_PEM_BYTES, option);
  const name = `The file ${JSON.stringify(file)} (${option})`;
  if (bytes.length === 0) throw new UsageError(`${name} is empty`);
  if (!new RegExp(`-----BEGIN [A-Z ]*${label}-----`).test(bytes.toString('latin1'))) {
    throw new UsageError(`${name} holds no ${PEM_CONTENTS[label]} ("-----BEGIN ${label}-----")`);
  }
  return bytes;
}
