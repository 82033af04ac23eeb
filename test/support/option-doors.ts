/** Every function that takes options. */

import { duplexPair } from 'node:stream';
import { CONNECT_OPTIONS } from '../../src/client/option-table.js';
import {
  connect,
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
