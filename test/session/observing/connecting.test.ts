/** The channel `socket-protocol:connect`: each attempt to open a link. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ConnectError,
  type ConnectTraceContext,
  connect,
  listen,
  Session,
  TcpClientStp,
} from '../../../src/index.js';
import { Pair } from '../../support/pair.js';
import { FAILED, SUCCEEDED, TraceLog } from '../../support/trace-log.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { collectWarnings } from '../../support/warnings.js';

const warnings = collectWarnings();
let log: TraceLog<ConnectTraceContext>;
beforeEach(() => {
  log = new TraceLog('connect');
});
afterEach(() => log[Symbol.dispose]());

/** A client whose attempts come to nothing: nobody says no. */
class NowhereTcp extends TcpClientStp {
  protected override openSocket(): Socket {
    return new Socket();
  }
}

describe('the trace of an attempt to connect', () => {
  test('says where to, and ends when the link is open', async () => {
    const server = await listen({ port: 0 }, () => {});
    const session = await connect({ port: server.port });

    expect(log.only.events).toEqual(SUCCEEDED);
    expect(log.only.context).toEqual({
      sessionId: session.stats().sessionId,
      role: 'client',
      serverAddress: '127.0.0.1',
      serverPort: server.port,
      peerAddress: `127.0.0.1:${server.port}`,
    });
    await session.close();
    await server.close();
  });

  test('fails where nobody listens, with the error of connect', async () => {
    const server = await listen({ port: 0 }, () => {});
    const { port } = server;
    await server.close();

    const error: unknown = await connect({ port }).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: 'ERR_CONNECT', reason: 'connection-refused' });
    expect(log.only.events).toEqual(FAILED);
    expect(log.only.context).toMatchObject({ serverPort: port, peerAddress: null, error });
  });

  test.each([
    ['its time is over', (clock: VirtualClock) => clock.advanceAsync(1_000), 'connect-timeout'],
    ['the session is closed', (_: VirtualClock, session: Session) => session.close(), 'session-closed'],
  ])('fails when %s', async (_, end, reason) => {
    const clock = new VirtualClock();
    const comm = new NowhereTcp({ host: '::1', port: 17, clock, connectTimeout: 1_000 });
    const session = new Session(comm, { clock });

    await end(clock, session);
    await clock.advanceAsync(0);

    expect(log.all[0]?.events).toEqual(FAILED);
    expect(log.all[0]?.context).toMatchObject({ serverAddress: '::1', serverPort: 17 });
    expect(log.all[0]?.context.error).toBeInstanceOf(ConnectError);
    expect(log.all[0]?.context.error).toMatchObject({ reason });
    await session.close();
    await clock.advanceAsync(0);
    for (const { events } of log.all) expect(events).toEqual(FAILED);
  });

  test('fails when the signal of connect is aborted', async () => {
    const controller = new AbortController();
    const server = await listen({ port: 0 }, () => {});
    const connecting = connect({ port: server.port, signal: controller.signal });
    controller.abort();

    await expect(connecting).rejects.toMatchObject({ name: 'AbortError' });

    expect(log.only.events).toEqual(FAILED);
    expect(log.only.context.error).toMatchObject({ reason: 'session-closed' });
    await server.close();
  });

  test('is one for each attempt, those of coming back included', async () => {
    const pair = new Pair();
    pair.serverComm.refusesConnections = true;
    await pair.clock.advanceAsync(250);
    pair.serverComm.refusesConnections = false;
    await pair.clock.advanceAsync(100);
    pair.clientComm.cut();
    await pair.clock.advanceAsync(100);

    expect(log.all.map(({ events }) => events)).toEqual([FAILED, FAILED, FAILED, SUCCEEDED, SUCCEEDED]);
    expect(await pair.close()).toBe(0);
  });

  test('fails where the transport throws', async () => {
    const clock = new VirtualClock();
    const comm = new NowhereTcp({ port: 17, clock });
    comm.reconnect = () => {
      throw new Error('no such device');
    };
    const session = new Session(comm, { clock });
    await clock.advanceAsync(0);

    await session.close();

    expect(log.only.events).toEqual(FAILED);
    expect(warnings).toEqual([expect.stringContaining('no such device')]);
  });

  test('leaves no store behind in what the link brings later', async () => {
    const { start } = tracingChannel('socket-protocol:connect');
    const storage = new AsyncLocalStorage<string>();
    start.bindStore(storage, () => 'of the attempt');
    const server = await listen({ port: 0 }, (session) => void session.onRead(0, () => session.read(0)));
    const client = await connect({ port: server.port });
    const seen: unknown[] = [];
    client.onRead(0, () => void seen.push(storage.getStore()));

    await client.read(0);

    expect(seen).toEqual([undefined]);
    start.unbindStore(storage);
    await client.close();
    await server.close();
  });

  test('is none of a server, which is connected to', async () => {
    const pair = new Pair();
    pair.server.reconnect();
    await pair.settle();

    expect(log.all.map(({ context }) => context.role)).toEqual(['client']);
  });
});
