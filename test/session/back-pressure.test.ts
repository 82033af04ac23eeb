/** Two honest peers never wait for each other, whatever both ask at once; here over real sockets, in one process. */

import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type Counters,
  connect,
  type LinkReason,
  listen,
  type Session,
  type SessionOptions,
  STATUS_CALLBACK_ERROR,
  STATUS_OKAY,
} from '../../src/index.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const PATIENT = { requestTimeout: 60_000 };

// what matters is that all arrives; how fast, a busy machine decides
vi.setConfig({ testTimeout: 60_000 });

const opened: AsyncDisposable[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each[Symbol.asyncDispose]()));
});

/** A client and a server over loopback, and why a connection of theirs has ended. */
async function loopback(options: SessionOptions = {}): Promise<{
  readonly client: Session;
  readonly server: Session;
  readonly ended: LinkReason[];
}> {
  const welcomed: Session[] = [];
  const listening = await listen({ port: 0, ...PATIENT, ...options }, (session) => welcomed.push(session));
  const client = await connect({ port: listening.port, ...PATIENT });
  opened.push(client, listening);
  // the answer comes from the session of the server, which is there by now
  await client.request(10, 4_242);
  const [server] = welcomed;
  if (server === undefined) throw new Error('expected a session of the server');
  const ended: LinkReason[] = [];
  for (const session of [client, server]) session.on('disconnected', (reason) => ended.push(reason));
  return { client, server, ended };
}

describe('bulk in both directions', () => {
  test('FC-35: both sides read 64 x 256 KiB from the other at once, and get all of it', async () => {
    const { client, server, ended } = await loopback();
    const large = 'x'.repeat(256 * KIB);
    for (const session of [client, server]) session.onRead(0, () => large);
    const reads = [client, server].flatMap((session) => range(64).map(() => session.read(0)));

    expect((await Promise.all(reads)).every((data) => data === large)).toBe(true);
    expect([ended, droppedBy(client), droppedBy(server)]).toEqual([[], {}, {}]);
  });

  test.each([
    ['one message of 9 MiB', 1, 9 * MIB],
    ['100 messages of 256 KiB, one after the other', 100, 256 * KIB],
  ])('FC-35: both sides send %s at once, and all of it arrives', async (_, count, length) => {
    const { client, server, ended } = await loopback();
    const large = 'x'.repeat(length);
    const arrived = [client, server].map(
      (session) =>
        new Promise<void>((resolve) => {
          let left = count;
          session.registerCallback(200, 0, () => void (--left === 0 && resolve()));
        }),
    );
    for (const session of [client, server]) {
      void (async () => {
        for (let n = 0; n < count; n++) expect(await session.send(200, 0, large, 0, 60_000)).toBe(true);
      })();
    }

    await Promise.all(arrived);
    expect([ended, droppedBy(client), droppedBy(server)]).toEqual([[], {}, {}]);
  });

  test('FC-35: both sides let the other echo 60 x 256 KiB at once, later, and get all of it', async () => {
    const { client, server, ended } = await loopback();
    const large = 'x'.repeat(256 * KIB);
    for (const session of [client, server]) session.onExecute(0, (data) => turn(() => data));
    const echoes = [client, server].flatMap((session) => range(60).map(() => session.execute(0, large)));

    expect((await Promise.all(echoes)).every((data) => data === large)).toBe(true);
    expect([ended, droppedBy(client), droppedBy(server)]).toEqual([[], {}, {}]);
  });
});

describe('a callback that asks back', () => {
  test.each([
    ['1,088 at once', 1_088, false],
    ['10,000 at once', 10_000, false],
    ['10,000 at once, each with ids of its own', 10_000, true],
  ])('FC-36: is answered, %s', async (_, count, hasOwnIds) => {
    const { client, server, ended } = await loopback();
    client.onRead(0, () => 'inner');
    server.onExecute(null, () => server.read(0));
    const executes = range(count).map((n) => client.execute(hasOwnIds ? n : 0));

    expect((await Promise.all(executes)).every((data) => data === 'inner')).toBe(true);
    expect([ended, droppedBy(client), droppedBy(server)]).toEqual([[], {}, {}]);
  });

  test.each([
    ['64 at once', 64],
    ['2,000 at once', 2_000],
  ])('FC-36: nested three deep is answered, %s', async (_, count) => {
    const { client, server, ended } = await loopback();
    server.onExecute(null, (data) => server.execute(0, data));
    client.onExecute(null, (data) => client.read(Number(data)));
    server.onRead(null, (_data, { dataId }) => turn(() => dataId));
    const executes = range(count).map((n) => client.execute(0, n));

    expect(await Promise.all(executes)).toEqual(range(count));
    expect([ended, droppedBy(client), droppedBy(server)]).toEqual([[], {}, {}]);
  });

  test('FC-36: and finds too many pending is answered with a status, and none is lost', async () => {
    const { client, server, ended } = await loopback({ maxPendingRequests: 100 });
    client.onRead(0, () => turn(() => null));
    server.onExecute(null, () => server.read(0));
    const statuses = await Promise.all(range(500).map(async () => (await client.request(30, 0)).status));

    expect(new Set(statuses)).toEqual(new Set([STATUS_OKAY, STATUS_CALLBACK_ERROR]));
    expect([ended, droppedBy(client), droppedBy(server)]).toEqual([[], {}, {}]);
  });
});

function droppedBy({ counters }: Session): Counters['dropped'] {
  return counters.dropped;
}

/** In the next turn of the event loop. */
function turn<T>(result: () => T): Promise<T> {
  return new Promise((resolve) => setImmediate(() => resolve(result())));
}

function range(length: number): number[] {
  return Array.from({ length }, (_, n) => n);
}
