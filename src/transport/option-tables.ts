/** The options of the transports, one row each. */

import type { Duplex } from 'node:stream';
import { optionsDoor } from '../base/option-names.js';
import {
  choiceRow,
  clockRow,
  countRow,
  groupRow,
  hostRow,
  msOrNeverRow,
  msRow,
  portRow,
  randomRow,
  readPauses,
  timeoutRow,
} from '../base/option-rows.js';
import type { OptionRow, RowsFor } from '../base/option-table.js';
import { integerOption, type Range } from '../base/options.js';
import { OptionError } from '../protocol/errors.js';
import { flawOf } from './duplex.js';
import type { MemoryPairOptions } from './memory.js';
import type { StreamOptions, StreamSource } from './stream.js';
import type { ReconnectOptions, TcpClientOptions } from './tcp-client.js';
import type { TcpServerOptions } from './tcp-server.js';
import { tlsClientRow, tlsServerRow } from './tls/option-tables.js';
import { pathRow } from './unix-path.js';

/** Where devices listen unless they say otherwise. */
export const DEFAULT_HOST = '127.0.0.1';
/** All addresses of this machine. */
export const ANY_HOST = '::';

/** The options inside `reconnect`. */
export const RECONNECT_OPTIONS = {
  minDelay: msRow({ default: 100, why: 'A device that restarts is back soon.' }),
  maxDelay: msRow({
    default: 30_000,
    why: 'A device that has been off all night is found within half a minute.',
  }),
  maxAttempts: countRow({
    default: Number.POSITIVE_INFINITY,
    mayBeInfinite: true,
    why: 'A device may be off for days.',
  }),
  refusedDelay: msOrNeverRow({
    default: 60_000,
    why: 'A wrong secret stays wrong until a person changes it, and each attempt costs the server a guess.',
  }),
} satisfies RowsFor<ReconnectOptions>;

/** The options of {@link TcpClientOptions}. */
export const TCP_CLIENT_OPTIONS = {
  host: hostRow({
    default: DEFAULT_HOST,
    empty: DEFAULT_HOST,
    why: 'Nothing leaves this machine by accident.',
  }),
  port: portRow({ least: 1, why: 'Each device has its own.' }),
  path: pathRow({ why: 'Most devices are on another machine.' }),
  reconnect: groupRow({
    rows: RECONNECT_OPTIONS,
    settle: (read, option) => ({
      ...readPauses(read, option),
      maxAttempts: read('maxAttempts'),
      refusedDelayMs: read('refusedDelay'),
    }),
    why: 'The pauses are random: clients that lost the same server do not all come back at once.',
  }),
  connectTimeout: timeoutRow({
    default: 10_000,
    why: 'A host that does not answer would take the system two minutes to give up on.',
  }),
  addressTimeout: timeoutRow({
    default: 2_500,
    why: 'Node gives each address of a name 250 ms, less than a slow link needs to connect.',
  }),
  tls: tlsClientRow(),
  clock: clockRow(),
  random: randomRow(),
} satisfies RowsFor<TcpClientOptions>;

/** Checks what is passed to `new TcpClientStp`. */
export const admitTcpClientOptions = optionsDoor(
  'TcpClientOptions',
  'new TcpClientStp({ port: 17017 })',
  TCP_CLIENT_OPTIONS,
);

/** The options of {@link TcpServerOptions}. */
export const TCP_SERVER_OPTIONS = {
  host: hostRow({
    default: DEFAULT_HOST,
    empty: ANY_HOST,
    why: 'Without TLS, other machines need a trusted network.',
  }),
  port: portRow({ least: 0, why: 'Each device has its own.' }),
  path: pathRow({ why: 'Most clients are on another machine.' }),
  mode: modeRow(),
  backlog: countRow({
    default: 4_096,
    most: 0x7fff_ffff,
    why: 'A thousand clients that come at once wait here; the system may allow fewer (somaxconn).',
  }),
  tls: tlsServerRow(),
  clock: clockRow(),
} satisfies RowsFor<TcpServerOptions>;

/** Checks what is passed to `new TcpServerStp`. */
export const admitTcpServerOptions = optionsDoor(
  'TcpServerOptions',
  'new TcpServerStp({ port: 17017 })',
  TCP_SERVER_OPTIONS,
);

/** The options of {@link StreamOptions}. */
export const STREAM_OPTIONS = {
  stream: streamRow(),
  role: choiceRow({
    choices: ['client', 'server'],
    default: 'client',
    why: 'Who has opened a stream asks first, most of the time.',
  }),
  reconnect: TCP_CLIENT_OPTIONS.reconnect,
  connectTimeout: TCP_CLIENT_OPTIONS.connectTimeout,
  tls: TCP_CLIENT_OPTIONS.tls,
  clock: clockRow(),
  random: randomRow(),
} satisfies RowsFor<StreamOptions>;

/** Checks what is passed to `new StreamStp`. */
export const admitStreamOptions = optionsDoor(
  'StreamOptions',
  'new StreamStp({ stream: port })',
  STREAM_OPTIONS,
);

/** A stream, or a function that opens one. */
function streamRow(): OptionRow<StreamSource> {
  return {
    unit: 'object',
    default: undefined,
    why: 'Only the program knows where its bytes go.',
    check: (option, value) => {
      if (typeof value === 'function') return value as () => Duplex;
      const flaw = flawOf(value);
      if (flaw === null) return value as Duplex;
      throw new OptionError(option, 'an open Duplex of bytes, or a function that opens one', flaw);
    },
  };
}

/** The same; undefined where it is left out. */
export function optionalStreamRow({ why }: { readonly why: string }): OptionRow<StreamSource | undefined> {
  const row = streamRow();
  return {
    ...row,
    why,
    check: (option, value) => (value === undefined ? undefined : row.check(option, value)),
  };
}

/** The permissions of a file; undefined where they are left out. */
function modeRow(): OptionRow<number | undefined> & { readonly range: Range } {
  const range = { least: 0, most: 0o777, mayBeInfinite: false };
  return {
    unit: 'count',
    default: undefined,
    why: 'A program that may connect may ask everything that needs no secret: 0o600 is only the user who runs the server.',
    range,
    check: (option, value) => (value === undefined ? undefined : integerOption(option, value, range)),
  };
}

/** The options of {@link MemoryPairOptions}. */
export const MEMORY_PAIR_OPTIONS = {
  clock: clockRow(),
  latency: msRow({ default: 0, why: 'Most tests are about the order of things.' }),
  reconnectDelay: msRow({ default: 100, why: 'As long as the first pause of a TCP client can be.' }),
  connectTimeout: timeoutRow({ default: 1_000, why: 'Nothing in memory takes longer.' }),
} satisfies RowsFor<MemoryPairOptions>;

/** Checks what is passed to `createMemoryPair`. */
export const admitMemoryPairOptions = optionsDoor(
  'MemoryPairOptions',
  'createMemoryPair({ latency: 5 })',
  MEMORY_PAIR_OPTIONS,
);
