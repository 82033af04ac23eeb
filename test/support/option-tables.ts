/** All tables of options, and values that each option takes and refuses; derived from the rows. */

import { duplexPair } from 'node:stream';
import type { ChoiceRow } from '../../src/base/option-rows.js';
import type { OptionRow } from '../../src/base/option-table.js';
import type { Range } from '../../src/base/options.js';
import { MEMORY_BUS_OPTIONS, memoryBus } from '../../src/bus/memory-bus.js';
import { NATS_OPTIONS } from '../../src/bus/nats/option-table.js';
import { CONNECT_OPTIONS } from '../../src/client/option-table.js';
import { GATEWAY_OPTIONS } from '../../src/gateway/option-table.js';
import { contract, read } from '../../src/index.js';
import { INSPECTOR_OPTIONS, STATELY_OPTIONS, WATCH_SETTINGS } from '../../src/inspector/option-tables.js';
import { BACKOFF_OPTIONS, LISTEN_OPTIONS } from '../../src/server/option-tables.js';
import { CLOSE_OPTIONS } from '../../src/session/close-options.js';
import { RETRY_OPTIONS } from '../../src/session/middleware/retry.js';
import { HEARTBEAT_OPTIONS, SESSION_OPTIONS } from '../../src/session/option-table.js';
import { REQUEST_OPTIONS } from '../../src/session/request-options.js';
import { MESSAGES_OPTIONS, STATES_OPTIONS, WATCH_OPTIONS } from '../../src/session/watching/options.js';
import { ACQUIRE_OPTIONS, LEASE_OF_OPTIONS } from '../../src/share/lease-of.js';
import { SHARE_OPTIONS } from '../../src/share/option-table.js';
import { createMemoryListener } from '../../src/transport/memory-streams.js';
import {
  MEMORY_PAIR_OPTIONS,
  RECONNECT_OPTIONS,
  STREAM_OPTIONS,
  TCP_CLIENT_OPTIONS,
  TCP_SERVER_OPTIONS,
} from '../../src/transport/option-tables.js';
import { CODEC_OPTIONS } from '../../src/wire/codec.js';
import { structJson } from '../../src/wire/struct-json.js';
import {
  DEVICES_OPTIONS,
  LIST_DEVICES_OPTIONS,
  WATCH_DEVICES_OPTIONS,
  WORKER_OPTIONS,
} from '../../src/workers/option-tables.js';
import { VirtualClock } from './virtual-clock.js';

/** A table, of any values. */
export type Table = Readonly<Record<string, OptionRow<unknown>>>;

/** Each table under the name of its interface, with the file that the interface is in. */
export const TABLES: readonly (readonly [type: string, table: Table, file: string])[] = [
  ['SessionOptions', SESSION_OPTIONS, 'src/session/options.ts'],
  ['HeartbeatOptions', HEARTBEAT_OPTIONS, 'src/session/options.ts'],
  ['RequestOptions', REQUEST_OPTIONS, 'src/session/request-options.ts'],
  ['CloseOptions', CLOSE_OPTIONS, 'src/session/close-options.ts'],
  ['RetryOptions', RETRY_OPTIONS, 'src/session/middleware/retry.ts'],
  ['StatesOptions', STATES_OPTIONS, 'src/session/watching/options.ts'],
  ['MessagesOptions', MESSAGES_OPTIONS, 'src/session/watching/options.ts'],
  ['WatchOptions', WATCH_OPTIONS, 'src/session/watching/options.ts'],
  ['CodecOptions', CODEC_OPTIONS, 'src/wire/codec.ts'],
  ['TcpClientOptions', TCP_CLIENT_OPTIONS, 'src/transport/tcp-client.ts'],
  ['ReconnectOptions', RECONNECT_OPTIONS, 'src/transport/tcp-client.ts'],
  ['StreamOptions', STREAM_OPTIONS, 'src/transport/stream.ts'],
  ['TcpServerOptions', TCP_SERVER_OPTIONS, 'src/transport/tcp-server.ts'],
  ['MemoryPairOptions', MEMORY_PAIR_OPTIONS, 'src/transport/memory.ts'],
  ['MemoryBusOptions', MEMORY_BUS_OPTIONS, 'src/bus/memory-bus.ts'],
  ['GatewayOptions', GATEWAY_OPTIONS, 'src/gateway/gateway-options.ts'],
  ['NatsBusOptions', NATS_OPTIONS, 'src/bus/nats/options.ts'],
  ['ConnectOptions', CONNECT_OPTIONS, 'src/client/connect.ts'],
  ['ListenOptions', LISTEN_OPTIONS, 'src/server/listen-options.ts'],
  ['BackoffOptions', BACKOFF_OPTIONS, 'src/server/listen-options.ts'],
  ['InspectorOptions', INSPECTOR_OPTIONS, 'src/inspector/index.ts'],
  ['StatelyOptions', STATELY_OPTIONS, 'src/inspector/stately.ts'],
  ['WatchSettings', WATCH_SETTINGS, 'src/inspector/index.ts'],
  ['DevicesOptions', DEVICES_OPTIONS, 'src/workers/devices.ts'],
  ['ListDevicesOptions', LIST_DEVICES_OPTIONS, 'src/workers/devices.ts'],
  ['WatchDevicesOptions', WATCH_DEVICES_OPTIONS, 'src/workers/devices.ts'],
  ['ShareOptions', SHARE_OPTIONS, 'src/share/options.ts'],
  ['LeaseOfOptions', LEASE_OF_OPTIONS, 'src/share/lease-of.ts'],
  ['AcquireOptions', ACQUIRE_OPTIONS, 'src/share/lease-of.ts'],
  ['WorkerOptions', WORKER_OPTIONS, 'src/workers/worker.ts'],
];

const OBJECTS: Readonly<Record<string, unknown>> = {
  bus: memoryBus(),
  upstream: { port: 17_017 },
  listen: { port: 17_017 },
  rights: { '*': { read: 'all' } },
  contract: contract({ time: read(0) }),
  codec: structJson,
  logger: console,
  inspect: { next: () => {} },
  clock: new VirtualClock(),
  stream: () => duplexPair()[0],
  memory: createMemoryListener(),
  signal: new AbortController().signal,
};

/** Where not any text will do. */
const TEXTS: Readonly<Record<string, string>> = { version: '1.2.0' };

/** Values that an option takes; of numbers, the bounds. */
export function rightValues(name: string, row: OptionRow<unknown>): readonly unknown[] {
  switch (row.unit) {
    case 'ms':
    case 'bytes':
    case 'count':
    case 'port': {
      const { least, most, mayBeInfinite } = rangeOf(row);
      return [least, most, ...(mayBeInfinite ? [Number.POSITIVE_INFINITY] : [])];
    }
    case 'switch':
      return [true, false];
    case 'choice':
      return (row as ChoiceRow<string>).choices;
    case 'text':
      return [TEXTS[name] ?? 'x'];
    case 'secret':
      return ['a secret of sixteen bytes', Buffer.alloc(16), null];
    case 'function':
      return [() => 0.5];
    case 'object':
      return [OBJECTS[name]];
    case 'addresses':
      return [[], ['192.0.2.1', '10.0.0.0/8', '::1', '2001:db8::/32']];
    case 'ids':
      return [[], [100, 102]];
    case 'pair':
      return [[100, 101]];
    case 'pairs':
      return [[], [[100, 101]]];
    case 'options':
      return [false, {}];
    case 'tls':
      return [false];
    case 'servers':
      return ['x', 'x:1', ['nats://x', 'tls://[::1]:4222']];
    case 'credential':
      return [undefined];
    case 'pem':
      return [];
  }
}

/** Values that an option refuses. */
export function wrongValues(row: OptionRow<unknown>): readonly unknown[] {
  const never = [{}, [], Symbol('x')];
  switch (row.unit) {
    case 'ms':
    case 'bytes':
    case 'count':
    case 'port': {
      const { least, most, mayBeInfinite } = rangeOf(row);
      const fraction = row.unit === 'ms' ? [] : [least + 0.5];
      const endless = mayBeInfinite ? [] : [Number.POSITIVE_INFINITY];
      return [least - 1, most + 1, ...fraction, ...endless, Number.NaN, '5', 5n, null, true, ...never];
    }
    case 'choice':
      return ['', 'x', 5, null, true, ...never];
    case 'switch':
      return [0, 1, 'true', null, ...never];
    case 'text':
      return [...('empty' in row && row.empty !== undefined ? [] : ['']), 5, true, ...never];
    case 'secret':
      return ['', Buffer.alloc(0), 5, true, ...never];
    case 'function':
      return [5, 'x', null, true, ...never];
    case 'object':
      return [5, 'x', null, true, ...never];
    case 'addresses':
      return [
        5,
        'x',
        null,
        true,
        {},
        Symbol('x'),
        [5],
        [undefined],
        ['x'],
        ['10.0.0.0/33'],
        ['10.0.0.0/8/8'],
      ];
    case 'ids':
      return [5, 'x', null, true, {}, Symbol('x'), [-1], [0.5], ['5'], [undefined]];
    case 'pair':
      return [5, 'x', null, true, ...never, [5], [5, -1], [5, '6'], [5, 6, 7]];
    case 'pairs':
      return [5, 'x', null, true, {}, Symbol('x'), [5], [[5]], [[5, -1]], [[5, '6']], [undefined]];
    case 'options':
      return [5, 'x', null, true, () => {}, [], Symbol('x')];
    case 'servers':
      return [5, '', 'x y', 'http://x', 'x:65536', null, true, {}, [], Symbol('x'), [5], ['']];
    case 'credential':
      return [5, null, true, ...never];
    case 'tls':
      return [5, 'x', null, [], Symbol('x')];
    case 'pem':
      return [];
  }
}

function rangeOf(row: OptionRow<unknown>): Range {
  if (!('range' in row)) throw new Error('a number without a range');
  return row.range as Range;
}
