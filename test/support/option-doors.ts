/** Every function that takes options. */

import { duplexPair } from 'node:stream';
import { MEMORY_BUS_OPTIONS, memoryBus } from '../../src/bus/memory-bus.js';
import { natsBus } from '../../src/bus/nats/index.js';
import { NATS_OPTIONS } from '../../src/bus/nats/option-table.js';
import { CONNECT_OPTIONS } from '../../src/client/option-table.js';
import { gateway } from '../../src/gateway/gateway.js';
import { GATEWAY_OPTIONS } from '../../src/gateway/option-table.js';
import {
  connect,
  createMemoryListener,
  createMemoryPair,
  listen,
  PureJsonProtocol,
  type RequestOptions,
  Session,
  StreamStp,
  StructJsonProtocol,
  TcpClientStp,
  TcpServerStp,
} from '../../src/index.js';
import { forwardToStately, InspectorHub, openInspector } from '../../src/inspector/index.js';
import { INSPECTOR_OPTIONS, STATELY_OPTIONS } from '../../src/inspector/option-tables.js';
import { LISTEN_OPTIONS } from '../../src/server/option-tables.js';
import { SESSION_OPTIONS } from '../../src/session/option-table.js';
import { REQUEST_OPTIONS } from '../../src/session/request-options.js';
import { leaseOf, share } from '../../src/share/index.js';
import { ACQUIRE_OPTIONS, LEASE_OF_OPTIONS } from '../../src/share/lease-of.js';
import { SHARE_OPTIONS } from '../../src/share/option-table.js';
import {
  MEMORY_PAIR_OPTIONS,
  STREAM_OPTIONS,
  TCP_CLIENT_OPTIONS,
  TCP_SERVER_OPTIONS,
} from '../../src/transport/option-tables.js';
import { CODEC_OPTIONS } from '../../src/wire/codec.js';
import { createPureJson, createStructJson } from '../../src/wire/index.js';
import type { Table } from './option-tables.js';

/** Nobody listens there, and nothing tries to connect before the options are checked. */
export const CLOSED_PORT = 9;
const { codec: _, ...WITHOUT_CODEC } = SESSION_OPTIONS;

/** A function that takes options. */
export interface Door {
  readonly door: string;
  /** How an error says that it is called. */
  readonly call: string;
  /** What it takes, all tables in one. */
  readonly table: Table;
  /** What it cannot do without. */
  readonly needed?: object;
  /** What else it takes in the place of options, as the original does: an address, or a secret. */
  readonly takes?: readonly string[];
  /** Whether calling it with right options costs nothing but memory. */
  readonly isCheap?: true;
  enter(options: never): unknown;
}

/** All of them. */
export const DOORS: readonly Door[] = [
  {
    door: 'connect',
    call: 'connect({ port: 17017 })',
    table: { ...SESSION_OPTIONS, ...TCP_CLIENT_OPTIONS, ...CONNECT_OPTIONS },
    needed: { port: CLOSED_PORT },
    enter: connect,
  },
  {
    door: 'listen',
    call: 'listen({ port: 17017 }, (session) => { … })',
    table: { ...SESSION_OPTIONS, ...TCP_SERVER_OPTIONS, ...LISTEN_OPTIONS },
    needed: { port: 0 },
    enter: (options) => listen(options, () => {}),
  },
  {
    door: 'Session',
    call: "new Session(transport, { secret: '…' })",
    table: SESSION_OPTIONS,
    isCheap: true,
    enter: (options) => new Session(createMemoryPair().server, options).close(),
  },
  {
    door: 'PureJsonProtocol',
    takes: ['a string', 'bytes', 'null'],
    call: "new PureJsonProtocol(transport, { secret: '…' })",
    table: { ...WITHOUT_CODEC, ...CODEC_OPTIONS },
    isCheap: true,
    enter: (options) => new PureJsonProtocol(createMemoryPair().server, options).close(),
  },
  {
    door: 'StructJsonProtocol',
    takes: ['a string', 'bytes', 'null'],
    call: "new StructJsonProtocol(transport, { secret: '…' })",
    table: { ...WITHOUT_CODEC, ...CODEC_OPTIONS },
    isCheap: true,
    enter: (options) => new StructJsonProtocol(createMemoryPair().server, options).close(),
  },
  {
    door: 'TcpClientStp',
    takes: ['a string'],
    call: 'new TcpClientStp({ port: 17017 })',
    table: TCP_CLIENT_OPTIONS,
    needed: { port: CLOSED_PORT },
    isCheap: true,
    enter: (options) => new TcpClientStp(options).close(),
  },
  {
    door: 'TcpServerStp',
    takes: ['a string'],
    call: 'new TcpServerStp({ port: 17017 })',
    table: TCP_SERVER_OPTIONS,
    needed: { port: 0 },
    enter: (options) => new TcpServerStp(options).close(),
  },
  {
    door: 'StreamStp',
    call: 'new StreamStp({ stream: port })',
    table: STREAM_OPTIONS,
    needed: { stream: () => duplexPair()[0] },
    isCheap: true,
    enter: (options) => new StreamStp(options).close(),
  },
  {
    door: 'createMemoryPair',
    call: 'createMemoryPair({ latency: 5 })',
    table: MEMORY_PAIR_OPTIONS,
    isCheap: true,
    enter: createMemoryPair,
  },
  {
    door: 'memoryBus',
    call: 'memoryBus({ maxPayload: 65_536 })',
    table: MEMORY_BUS_OPTIONS,
    isCheap: true,
    enter: memoryBus,
  },
  {
    door: 'gateway',
    call: 'gateway({ bus, listen: { port: 17017 } })',
    table: GATEWAY_OPTIONS,
    needed: { bus: memoryBus(), listen: { memory: createMemoryListener() } },
    enter: async (options) => (await gateway(options)).close(),
  },
  {
    door: 'share',
    call: 'share({ upstream: { port: 17017 }, listen: { port: 17018 } })',
    table: SHARE_OPTIONS,
    needed: { upstream: { port: CLOSED_PORT, reconnect: false }, listen: { memory: createMemoryListener() } },
    enter: share,
  },
  {
    door: 'leaseOf',
    call: 'leaseOf(session)',
    table: LEASE_OF_OPTIONS,
    isCheap: true,
    enter: (options) => {
      const session = new Session(createMemoryPair().client);
      leaseOf(session, options);
      return session.close();
    },
  },
  {
    door: 'acquire',
    call: 'acquire({ ttl: 2_000 })',
    table: ACQUIRE_OPTIONS,
    enter: async (options) => {
      await using session = new Session(createMemoryPair().client);
      return await leaseOf(session).acquire(options);
    },
  },
  {
    door: 'natsBus',
    call: "natsBus({ servers: 'nats.example.org' })",
    table: NATS_OPTIONS,
    needed: { servers: `127.0.0.1:${CLOSED_PORT}` },
    enter: natsBus,
  },
  {
    door: 'createPureJson',
    call: 'createPureJson({ allowNan: true })',
    table: CODEC_OPTIONS,
    isCheap: true,
    enter: createPureJson,
  },
  {
    door: 'createStructJson',
    call: 'createStructJson({ allowNan: true })',
    table: CODEC_OPTIONS,
    isCheap: true,
    enter: createStructJson,
  },
  {
    door: 'openInspector',
    call: 'openInspector({ port: 8080 })',
    table: INSPECTOR_OPTIONS,
    enter: openInspector,
  },
  {
    door: 'forwardToStately',
    call: "forwardToStately(hub, { url: 'ws://localhost:8080' })",
    table: STATELY_OPTIONS,
    enter: (options) => forwardToStately(new InspectorHub(), options),
  },
  ...requestDoor('read(dataId, { timeout: 100 })', (session, options) => session.read(0, options)),
  ...requestDoor('write(dataId, data, { timeout: 100 })', (session, options) => session.write(0, 1, options)),
  ...requestDoor('execute(dataId, data, { timeout: 100 })', (session, options) =>
    session.execute(0, 1, options),
  ),
  ...requestDoor('request(serviceId, dataId, data, { timeout: 100 })', (session, options) =>
    session.addService(100, 101).request(100, 0, null, options),
  ),
];

function requestDoor(
  call: string,
  ask: (session: Session, options: RequestOptions) => Promise<unknown>,
): readonly Door[] {
  const enter = async (options: never): Promise<unknown> => {
    await using session = new Session(createMemoryPair().client);
    return await ask(session, options);
  };
  return [{ door: call.replace(/\(.*/, ''), call, table: REQUEST_OPTIONS, enter }];
}
