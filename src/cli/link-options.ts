/** How a command reaches its peer: over a Unix socket or with TLS. Its options, what contradicts what, and the files they name. */

import { type Command, Option } from 'commander';
import { OptionError } from '../protocol/errors.js';
import { isAddress, parseSocketPath, UNIX_PREFIX } from './arguments.js';
import { UsageError } from './errors.js';
import { readSmallFile } from './files.js';
import type { Io } from './io.js';
import { warn } from './output.js';
import { SECRET_VARIABLE } from './secret.js';

/** The variable that holds the pass phrase of an encrypted `--key`. */
export const PASSPHRASE_VARIABLE = 'SOCKET_PROTOCOL_KEY_PASSPHRASE';

/** The options of {@link withLinkOptions}, as they were typed. */
export interface LinkOptions {
  readonly unix?: string;
  readonly tls?: true;
  readonly tlsPsk?: true;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly insecure?: true;
  readonly pskIdentity?: string;
  readonly tlsKeylog?: string;
}

/** Which end of a link a command is: it connects, listens, or stands between the two. */
export type LinkEnd = 'client' | 'server' | 'proxy';

/** What an option does at each end; null: it has no use there. */
interface LinkOption extends Readonly<Record<LinkEnd, string | null>> {
  readonly flags: string;
  /** Names that other programs have for it; they work, and the help names them. */
  readonly aliases?: readonly string[];
  parse?(text: string): string;
}

const KEY_HELP = `the private key of --cert (PEM); ${PASSPHRASE_VARIABLE} opens one that is encrypted`;
const KEYLOG_HELP = 'append the keys of the connections, with which Wireshark can read them';

const LINK_OPTIONS: readonly LinkOption[] = [
  {
    flags: '--unix <path>',
    client: 'connect to a Unix socket, in place of HOST:PORT',
    server: 'listen on a Unix socket, in place of a port',
    proxy: 'the server listens on a Unix socket, in place of HOST:PORT',
    parse: parseSocketPath,
  },
  {
    flags: '--tls',
    client: 'encrypt, and check the certificate of the server',
    server: 'encrypt, with a certificate (--cert and --key)',
    proxy: 'encrypt both sides; --plain leaves one of them out',
  },
  {
    flags: '--tls-psk',
    client: 'encrypt with the shared secret, without certificates',
    server: 'encrypt with the shared secret, without certificates',
    proxy: 'encrypt both sides with the shared secret; --plain leaves one of them out',
  },
  {
    flags: '--ca <file>',
    aliases: ['--cafile', '--cacert'],
    client: 'who vouches for the server (PEM); unless given, those that Node.js trusts',
    server: 'only clients with a certificate that these vouch for (PEM)',
    proxy: 'who vouches for the server (PEM); unless given, those that Node.js trusts',
  },
  {
    flags: '--cert <file>',
    client: 'the certificate to show if the server asks for one (PEM)',
    server: 'the certificate to show (PEM)',
    proxy: 'the certificate to show to clients, and to a server that asks for one (PEM)',
  },
  { flags: '--key <file>', client: KEY_HELP, server: KEY_HELP, proxy: KEY_HELP },
  {
    flags: '--servername <name>',
    aliases: ['--sni'],
    client:
      'the name in the certificate of the server (unless given: HOST); with --tls-psk, the name of the server',
    server: 'with --tls-psk, the name of the server; its clients must give the same',
    proxy:
      'the name in the certificate of the server (unless given: HOST); with --tls-psk, the name of the server',
    parse: (text) => nonEmpty(text, 'The server name'),
  },
  {
    flags: '--insecure',
    client: 'take any certificate: whoever is in between can read and change everything',
    server: null,
    proxy: 'take any certificate of the server',
  },
  {
    flags: '--psk-identity <name>',
    client: 'with --tls-psk, who this is, for a server that tells its peers apart by it',
    server: null,
    proxy: 'with --tls-psk, who this is to the server',
    parse: (text) => nonEmpty(text, 'The identity'),
  },
  { flags: '--tls-keylog <file>', client: KEYLOG_HELP, server: KEYLOG_HELP, proxy: KEYLOG_HELP },
];

/**
 * Adds the options of a link.
 *
 * @param command the command
 * @param ends which end it is; of two, the help says where an option differs
 * @returns the same command
 */
export function withLinkOptions(command: Command, ...ends: readonly LinkEnd[]): Command {
  for (const { flags, aliases = [], parse, ...texts } of LINK_OPTIONS) {
    const help = helpOf(ends.flatMap((end) => (texts[end] === null ? [] : [[end, texts[end]] as const])));
    if (help === null) continue;
    const known = aliases.length === 0 ? '' : ` (also ${aliases.join(', ')})`;
    const option = new Option(flags, `${help}${known}`);
    if (parse !== undefined) option.argParser(parse);
    // a place to listen is a path or a port
    if (flags.startsWith('--unix') && ends.includes('server')) option.conflicts(['port', 'host']);
    command.addOption(option);
    addAliases(command, option, aliases);
  }
  return command;
}

/** Other names of an option; they set the same value. */
function addAliases(command: Command, option: Option, aliases: readonly string[]): void {
  const name = option.attributeName();
  for (const alias of aliases) {
    command.addOption(new Option(option.flags.replace(/^\S+/, alias), `--${name}`).hideHelp());
    command.on(`option:${alias.slice(2)}`, (value: string) => {
      command.setOptionValueWithSource(name, option.parseArg?.(value, undefined) ?? value, 'cli');
    });
  }
}

function helpOf(texts: readonly (readonly [end: string, text: string])[]): string | null {
  const [first] = texts;
  if (first === undefined) return null;
  if (texts.every(([, text]) => text === first[1])) return first[1];
  return texts.map(([end, text]) => `as ${end}: ${text}`).join('; ');
}

/**
 * Lets `--unix PATH` stand for the address among the arguments of a command.
 *
 * @param command a command with the options of {@link withLinkOptions}
 * @param index which of its arguments is the address
 * @returns the same command
 */
export function withUnixForAddress(command: Command, index = 0): Command {
  const parseOptions = command.parseOptions.bind(command);
  command.parseOptions = (argv) => {
    const parsed = parseOptions(argv);
    const { unix } = command.opts<LinkOptions>();
    if (unix === undefined) return parsed;
    const typed = parsed.operands[index];
    if (typed !== undefined && isAddress(typed))
      throw new UsageError(
        `Give either an address or --unix PATH, got both ${JSON.stringify(typed)} and --unix`,
      );
    return { ...parsed, operands: parsed.operands.toSpliced(index, 0, `${UNIX_PREFIX}${unix}`) };
  };
  return command;
}

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
export function warnOfInsecure({ insecure }: LinkOptions, io: Pick<Io, 'stderr'>): void {
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

/** The content of a file; only its outer form is checked, as everything else is where it is used. */
function pemOf(file: string, option: string, label: 'CERTIFICATE' | 'PRIVATE KEY'): Buffer {
  const bytes = readSmallFile(file, MAX_PEM_BYTES, option);
  const name = `The file ${JSON.stringify(file)} (${option})`;
  if (bytes.length === 0) throw new UsageError(`${name} is empty`);
  if (!new RegExp(`-----BEGIN [A-Z ]*${label}-----`).test(bytes.toString('latin1'))) {
    const what = label === 'CERTIFICATE' ? 'certificate' : 'private key';
    throw new UsageError(`${name} holds no ${what} in PEM ("-----BEGIN ${label}-----")`);
  }
  return bytes;
}

function nonEmpty(text: string, what: string): string {
  if (text === '') throw new UsageError(`${what} is empty`);
  return text;
}
