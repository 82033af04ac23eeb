/** How a command reaches its peer, over a Unix socket or with TLS: the options, and `--unix` in the place of an address. */

import { type Command, Option } from 'commander';
import { isAddress, parseSocketPath, UNIX_PREFIX } from './address.js';
import { UsageError } from './errors.js';
import { PASSPHRASE_VARIABLE } from './tls-settings.js';

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
    const option = new Option(flags, `${help}${known}`).helpGroup('Unix sockets and TLS:');
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

function nonEmpty(text: string, what: string): string {
  if (text === '') throw new UsageError(`${what} is empty`);
  return text;
}
