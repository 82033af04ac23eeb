/** The options of a bus on NATS, one row each. */

import type { Clock } from '../../base/clock.js';
import { optionsDoor, refuseUnknownOptions } from '../../base/option-names.js';
import {
  bytesRow,
  clockRow,
  functionRow,
  inspectorRow,
  optionalTextRow,
  randomRow,
  signalRow,
  switchRow,
  textRow,
  timeoutRow,
} from '../../base/option-rows.js';
import { type OptionRow, optionReader, type RowsFor } from '../../base/option-table.js';
import { describeKind, isOptionsObject } from '../../base/options.js';
import type { AbortSignalLike } from '../../base/signals.js';
import { OptionError } from '../../protocol/errors.js';
import type { Inspector } from '../../session/options.js';
import type { NatsAuthenticator, NatsBusOptions, NatsTlsOptions } from './options.js';
import { type ServerAddress, serverAddress } from './servers.js';

const LOCAL: readonly ServerAddress[] = [serverAddress('127.0.0.1', 'servers')];

const serversRow: OptionRow<readonly ServerAddress[]> = {
  unit: 'servers',
  default: LOCAL,
  why: 'Where a server on the same machine listens.',
  check: (option, value = LOCAL) => {
    if (value === LOCAL) return LOCAL;
    if (typeof value === 'string') return [serverAddress(value, option)];
    if (!Array.isArray(value) || value.length === 0)
      throw new OptionError(option, 'a server, or an array of at least one', describeKind(value));
    return value.map((each) => serverAddress(each, option));
  },
};

/** A text that may be empty and is never shown. */
function credentialRow(why: string): OptionRow<string | undefined> {
  return {
    unit: 'credential',
    default: undefined,
    why,
    check: (option, value) => {
      if (value === undefined || typeof value === 'string') return value;
      throw new OptionError(option, 'a text', describeKind(value));
    },
  };
}

const credsRow: OptionRow<Uint8Array | undefined> = {
  unit: 'credential',
  default: undefined,
  why: 'Most servers on a local network want none.',
  check: (option, value) => {
    if (value === undefined) return value;
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    if (bytes instanceof Uint8Array && Buffer.from(bytes).includes('-----')) return bytes;
    throw new OptionError(option, 'the contents of a .creds file', describeKind(value));
  },
};

const TLS_TEXTS = ['ca', 'caFile', 'cert', 'certFile', 'key', 'keyFile', 'servername'] as const;
const TLS_SWITCHES = ['rejectUnauthorized', 'handshakeFirst'] as const;
const TLS_NAMES: ReadonlySet<string> = new Set([...TLS_TEXTS, ...TLS_SWITCHES]);

const tlsRow: OptionRow<NatsTlsOptions | false | undefined> = {
  unit: 'tls',
  default: undefined,
  why: 'The server says whether it wants TLS.',
  check: (option, value) => {
    if (value === undefined || value === false) return value;
    if (!isOptionsObject(value)) throw new OptionError(option, 'an object, or false', describeKind(value));
    refuseUnknownOptions(value, TLS_NAMES, `${option}.`, 'NatsTlsOptions');
    const tls = value as Readonly<Record<string, unknown>>;
    const checkType = (name: string, type: 'string' | 'boolean', expected: string): void => {
      const given = tls[name];
      if (given !== undefined && typeof given !== type)
        throw new OptionError(`${option}.${name}`, expected, describeKind(given));
    };
    for (const name of TLS_TEXTS) checkType(name, 'string', 'a text');
    for (const name of TLS_SWITCHES) checkType(name, 'boolean', 'true or false');
    return Object.fromEntries(Object.entries(tls).filter(([, given]) => given !== undefined));
  },
};

const INBOX_PREFIX = '_INBOX';
const MAX_INBOX_PREFIX = 100;

const inboxPrefixRow: OptionRow<string> = {
  ...textRow({ default: INBOX_PREFIX, why: 'What servers allow unless they are set otherwise.' }),
  check: (option, value = INBOX_PREFIX) => {
    if (typeof value === 'string' && value.length <= MAX_INBOX_PREFIX && /^[\w-]+(\.[\w-]+)*$/.test(value))
      return value;
    throw new OptionError(
      option,
      'words of letters, digits, _ and - with dots between them',
      describeKind(value),
    );
  },
};

/** What {@link NatsBusOptions} has. */
export const NATS_OPTIONS = {
  servers: serversRow,
  name: optionalTextRow({ why: 'Servers number their connections.' }),
  user: credentialRow('Not every server wants a name.'),
  pass: credentialRow('It belongs to a user.'),
  token: credentialRow('Not every server wants one.'),
  creds: credsRow,
  authenticator: functionRow<NatsAuthenticator | undefined>({
    default: undefined,
    why: 'The other options are enough for most servers.',
  }),
  tls: tlsRow,
  inboxPrefix: inboxPrefixRow,
  waitOnFirstConnect: switchRow({ default: false, why: 'A wrong address should fail at once.' }),
  connectTimeout: timeoutRow({
    default: 5_000,
    why: 'A server answers within milliseconds, or is not well.',
  }),
  pingInterval: timeoutRow({
    default: 10_000,
    why: 'A connection that is dead without a sign is found within half a minute.',
  }),
  maxHeldBytes: bytesRow({
    default: 64 * 1024 * 1024,
    mayBeInfinite: true,
    why: 'A server that restarts is back within seconds; what waits longer fills the memory.',
  }),
  closeTimeout: timeoutRow({
    default: 5_000,
    why: 'A server that is well has everything within milliseconds.',
  }),
  signal: signalRow({ why: 'Each attempt has a time-out of its own.' }),
  inspect: inspectorRow<Inspector>(),
  clock: clockRow(),
  random: randomRow(),
} satisfies RowsFor<NatsBusOptions>;

const admitNatsOptions = optionsDoor(
  'NatsBusOptions',
  "natsBus({ servers: 'nats.example.org' })",
  NATS_OPTIONS,
);

/** The options of a bus, checked. */
export interface NatsSettings {
  readonly servers: readonly ServerAddress[];
  readonly name: string | null;
  readonly user: string | undefined;
  readonly pass: string | undefined;
  readonly token: string | undefined;
  readonly creds: Uint8Array | undefined;
  readonly authenticator: NatsAuthenticator | undefined;
  readonly tls: NatsTlsOptions | false | undefined;
  readonly inboxPrefix: string;
  readonly waitsForServer: boolean;
  readonly connectTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly maxHeldBytes: number;
  readonly closeTimeoutMs: number;
  readonly signal: AbortSignalLike | undefined;
  readonly inspect: Inspector | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * Checks and completes what the user passed in.
 *
 * @throws OptionError
 */
export function natsSettings(options: NatsBusOptions): NatsSettings {
  admitNatsOptions(options);
  const read = optionReader(NATS_OPTIONS, options);
  return {
    servers: read('servers'),
    name: read('name'),
    user: read('user'),
    pass: read('pass'),
    token: read('token'),
    creds: read('creds'),
    authenticator: read('authenticator'),
    tls: read('tls'),
    inboxPrefix: read('inboxPrefix'),
    waitsForServer: read('waitOnFirstConnect'),
    connectTimeoutMs: read('connectTimeout'),
    pingIntervalMs: read('pingInterval'),
    maxHeldBytes: read('maxHeldBytes'),
    closeTimeoutMs: read('closeTimeout'),
    signal: read('signal'),
    inspect: read('inspect'),
    clock: read('clock'),
    random: read('random'),
  };
}
