/** The options of a server, one row each. */

import { optionsDoor } from '../base/option-names.js';
import {
  bytesRow,
  choiceRow,
  countRow,
  endlessTimeoutRow,
  folderRow,
  functionRow,
  groupRow,
  hostRow,
  msRow,
  readPauses,
} from '../base/option-rows.js';
import type { OptionRow, RowsFor } from '../base/option-table.js';
import { describeKind, describeValue, isOptionsObject } from '../base/options.js';
import { OptionError } from '../protocol/errors.js';
import { SESSION_OPTIONS } from '../session/option-table.js';
import type { SessionOptions } from '../session/options.js';
import { MemoryPlace } from '../transport/memory-streams.js';
import { DEFAULT_HOST, TCP_SERVER_OPTIONS } from '../transport/option-tables.js';
import type { TcpServerOptions } from '../transport/tcp-server.js';
import type { TlsServerSource } from '../transport/tls/options.js';
import type { GroupOf } from './directory.js';
import type { BackoffOptions, ListenOptions } from './listen-options.js';
import { isNetwork, NetworkList } from './networks.js';
import type { PeerNameOf } from './secure-door.js';

const MIB = 1024 * 1024;

/** The options inside `backoff`. */
export const BACKOFF_OPTIONS = {
  minDelay: msRow({
    default: 100,
    why: 'Nothing to a person who mistyped, much to a program that guesses.',
  }),
  maxDelay: msRow({
    default: 1_000,
    why: "The original's client gives up after 2 s, and those with the right secret wait as well.",
  }),
} satisfies RowsFor<BackoffOptions>;

/** What {@link ListenOptions} has besides the options of sessions and transports, and what it takes otherwise than they. */
export const LISTEN_OPTIONS = {
  host: hostRow({
    default: DEFAULT_HOST,
    why: 'Without TLS, other machines need a trusted network; an empty text, from a variable that is not set, opens nothing.',
  }),
  memory: memoryRow(),
  recordFailures: folderRow({ why: 'A library writes no files by itself.' }),
  maxConnections: countRow({
    default: 4_096,
    why: 'A thousand clients that come back while the server still holds their dead connections, and room to spare; each idle one takes some 8 KiB.',
  }),
  maxConnectionsPerAddress: countRow({
    default: Number.POSITIVE_INFINITY,
    mayBeInfinite: true,
    why: 'Behind one address may be a whole building; set it where each client has an address of its own.',
  }),
  maxUntrustedConnections: countRow({
    default: 2_048,
    why: 'Twice a thousand clients that come in one moment; silent peers make room, those in mid-handshake do not.',
  }),
  maxUntrustedMemory: bytesRow({
    default: 64 * MIB,
    why: 'What strangers can make a server hold, whatever one of them may take.',
  }),
  maxUntrustedMessages: countRow({
    default: 100,
    mayBeInfinite: true,
    why: 'A handshake has three, a client that stays untrusted shows every 20 s that it is alive.',
  }),
  maxUntrustedMessagesPerAddress: countRow({
    default: 200,
    per: 'second',
    mayBeInfinite: true,
    why: 'More connections must not mean more messages; those of a handshake are free.',
  }),
  maxUntrustedMessagesPerServer: countRow({
    default: 1_000,
    per: 'second',
    mayBeInfinite: true,
    why: 'Strangers get a few percent of the time of a core, from however many addresses.',
  }),
  maxUntrustedLogLines: countRow({
    default: 100,
    per: 'second',
    why: 'A stranger decides how often he comes, and a disk is finite.',
  }),
  handshakeTimeout: endlessTimeoutRow({
    why: 'A client may stay untrusted on purpose; set it where none does.',
  }),
  backoff: groupRow({
    rows: BACKOFF_OPTIONS,
    settle: readPauses,
    why: 'One connection allows three guesses; this bounds the guesses of many, and turns no neighbour away.',
  }),
  sharedAddresses: networksRow({
    default: new NetworkList(['127.0.0.0/8', '::1']),
    why: 'Whatever runs on this machine, a tunnel to it included, has the same address.',
  }),
  proxies: networksRow({
    default: new NetworkList([]),
    why: 'A peer that may name its own address evades every limit that counts by address.',
  }),
  duplicateNames: choiceRow({
    choices: ['allow', 'evict', 'refuse'],
    default: 'allow',
    why: 'A channel name need not be unique: the original lets all clients of a channel have the same.',
  }),
  group: functionRow<GroupOf | undefined>({
    default: undefined,
    why: 'Only the program knows what its peers have in common.',
  }),
  tls: tlsSourceRow(),
  peerName: functionRow<PeerNameOf | undefined>({
    default: undefined,
    why: 'Under one shared secret, every peer may have any name.',
  }),
} satisfies RowsFor<
  Omit<ListenOptions, keyof SessionOptions | Exclude<keyof TcpServerOptions, 'host' | 'tls'>>
>;

/** What a function reads is checked each time it was called. */
function tlsSourceRow(): OptionRow<TlsServerSource> {
  return {
    unit: 'tls',
    default: false,
    why: TCP_SERVER_OPTIONS.tls.why,
    check: (option, value = false) => {
      if (value === false || value === 'psk' || typeof value === 'function' || isOptionsObject(value))
        return value as TlsServerSource;
      const expected = "{ cert, key }, a function that returns them, or 'psk'";
      throw new OptionError(option, expected, describeValue(value));
    },
  };
}

/** A place in memory; undefined: it listens elsewhere. */
function memoryRow(): OptionRow<MemoryPlace | undefined> {
  return {
    unit: 'object',
    default: undefined,
    why: 'Most clients are in other processes.',
    check: (option, value) => {
      if (value === undefined || value instanceof MemoryPlace) return value;
      throw new OptionError(option, 'what createMemoryListener returned', describeKind(value));
    },
  };
}

/** Addresses and networks as texts. */
function networksRow(row: { readonly default: NetworkList; readonly why: string }): OptionRow<NetworkList> {
  return {
    unit: 'addresses',
    ...row,
    check: (option, value) => {
      if (value === undefined) return row.default;
      if (value instanceof NetworkList) return value;
      if (!Array.isArray(value)) throw new OptionError(option, 'an array', describeKind(value));
      const wrong = value.find((each) => typeof each !== 'string' || !isNetwork(each));
      if (wrong === undefined && !value.includes(undefined)) return new NetworkList(value);
      throw new OptionError(option, 'addresses, or networks such as 10.0.0.0/8', describeValue(wrong));
    },
  };
}

/** Checks what is passed to `listen`. */
export const admitListenOptions = optionsDoor(
  'ListenOptions',
  'listen({ port: 17017 }, (session) => { … })',
  LISTEN_OPTIONS,
  TCP_SERVER_OPTIONS,
  SESSION_OPTIONS,
);
