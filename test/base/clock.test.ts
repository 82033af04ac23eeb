/** Verdicts of a clock that stood still: what came meanwhile is read first. */

import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { lastingClock, systemClock } from '../../src/base/clock.js';
import { connect, SID_READ_RESPONSE } from '../../src/index.js';
import { frameOf } from '../support/bytes.js';
import { turns } from '../support/fake-socket.js';
import { VirtualClock } from '../support/virtual-clock.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The program does nothing else for so long. */
function stall(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

async function listening(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    cleanups.push(() => socket.destroy());
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  return (server.address() as { port: number }).port;
}

/** Two ends of a connection. */
async function ends(): Promise<[near: Socket, far: Socket]> {
  let accept = (_: Socket): void => {};
  const accepted = new Promise<Socket>((resolve) => (accept = resolve));
  const near = createConnection(await listening(accept), '127.0.0.1');
  cleanups.push(() => near.destroy());
  await once(near, 'connect');
  return [near, await accepted];
}

test('a timer that is due lets the sockets be read first', async () => {
  const [near, far] = await ends();
  const order: string[] = [];
  near.on('data', () => void order.push('read'));
  const over = new Promise<void>((resolve) => {
    systemClock.setTimeout(() => {
      order.push('time is over');
      resolve();
    }, 1);
  });
  far.write('in time');
  stall(20);
  await over;
  expect(order).toEqual(['read', 'time is over']);
});

test('a timer that is very late leaves a moment to what could not leave before it', async () => {
  const [near, far] = await ends();
  const order: string[] = [];
  far.on('data', () => far.write('answer'));
  near.on('data', () => void order.push('answer'));
  const over = new Promise<void>((resolve) => {
    systemClock.setTimeout(() => {
      order.push('time is over');
      resolve();
    }, 5);
  });
  // asked, and not on its way before the process stood still
  process.nextTick(() => {
    stall(60);
    near.write('question');
  });
  await over;
  expect(order).toEqual(['answer', 'time is over']);
});

test('a timer that is very late and waits can be cleared', async () => {
  let isCalled = false;
  const timer = systemClock.setTimeout(() => (isCalled = true), 1);
  // as late as the first, and after it
  const second = new Promise<void>((resolve) => void systemClock.setTimeout(() => resolve(), 1));
  const cleared = new Promise<void>((resolve) => {
    setTimeout(() => {
      systemClock.clearTimeout(timer);
      resolve();
    }, 1);
  });
  stall(40);
  await cleared;
  await second;
  expect(isCalled).toBe(false);
});

test.each([
  ['before it is due', 0],
  ['in the first turn after it', 1],
  ['in the second turn after it', 2],
])('a timer that is cleared %s never calls back', async (_, count) => {
  let isCalled = false;
  const timer = systemClock.setTimeout(() => (isCalled = true), 1);
  const cleared = new Promise<void>((resolve) => {
    // of equal length and set later, so due right after it
    setTimeout(async () => {
      if (count > 0) await turns(count - 1);
      systemClock.clearTimeout(timer);
      resolve();
    }, 1);
  });
  if (count === 0) systemClock.clearTimeout(timer);
  // both are due in the same turn
  const busyUntilMs = performance.now() + 5;
  while (performance.now() < busyUntilMs);
  await cleared;
  await turns(5);
  expect(isCalled).toBe(false);
});

test('a timer that was never set can be cleared', () => {
  for (const nothing of [undefined, null, 5, {}]) systemClock.clearTimeout(nothing);
});

test('no request times out whose answer was there while the program was busy (FC-14)', async () => {
  const port = await listening((socket) => {
    socket.on('data', () => {
      socket.write(frameOf(SID_READ_RESPONSE, 7, 'in time'));
      stall(60);
    });
  });
  const session = await connect({ port });
  cleanups.push(() => session.close());
  await turns(5); // the request for the name has an answer of its own
  for (let round = 0; round < 20; round++) expect(await session.read(7, { timeout: 20 })).toBe('in time');
});

test.each([
  ['a session', {}],
  ['a session that is inspected', { inspect: () => {} }],
])('a request of %s leaves only after the program was busy, and has its time from then on', async (_, options) => {
  const port = await listening((socket) => {
    socket.on('data', () => setTimeout(() => socket.write(frameOf(SID_READ_RESPONSE, 7, 'in time')), 100));
  });
  const session = await connect({ port, ...options });
  cleanups.push(() => session.close());
  await turns(5);
  for (const busyMs of [210, 250, 500]) {
    const answer = session.read(7, { timeout: 200 });
    stall(busyMs);
    expect(await answer).toBe('in time');
  }
});

test('no frame is late whose end was there while the program was busy (FC-44)', async () => {
  const sockets: Socket[] = [];
  const port = await listening((socket) => void sockets.push(socket.resume()));
  const session = await connect({ port, frameTimeout: 20 });
  cleanups.push(() => session.close());
  const frame = frameOf(200, 0, 'whole');
  for (let round = 0; round < 5; round++) {
    const whole = session.receive(200, 0);
    sockets[0]?.write(frame.subarray(0, 20));
    await turns(5);
    sockets[0]?.write(frame.subarray(20));
    stall(60);
    expect((await whole)?.data).toBe('whole');
  }
  expect(session.isConnected()).toBe(true);
});

test('a timer that was let go does not keep the process alive, one that was taken back does', () => {
  const active = (): number =>
    process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  const before = active();
  const timer = systemClock.setTimeout(() => {}, 60_000);
  expect(active()).toBe(before + 1);
  systemClock.unref?.(timer);
  expect(active()).toBe(before);
  systemClock.ref?.(timer);
  expect(active()).toBe(before + 1);
  systemClock.clearTimeout(timer);
  for (const over of [timer, undefined, null, 1]) {
    systemClock.ref?.(over);
    systemClock.unref?.(over);
  }
  expect(active()).toBe(before);
});

test('a timer that was let go fires all the same, also where it is very late', async () => {
  const alive = setInterval(() => {}, 1_000);
  cleanups.push(() => clearInterval(alive));
  const over = new Promise<void>((resolve) => {
    systemClock.unref?.(systemClock.setTimeout(() => resolve(), 1));
  });
  stall(60);
  await over;
});

test('the clock of a session that breaks stands still, and what is wrong with it is told', () => {
  const clock = new VirtualClock();
  const failures: unknown[] = [];
  const lasting = lastingClock(clock, (error) => failures.push(error));
  clock.advance(5);
  expect(lasting.now()).toBe(clock.now());
  const lastMs = clock.now();
  const broken = new Error('it has stopped');
  clock.now = () => {
    throw broken;
  };
  expect(lasting.now()).toBe(lastMs);
  clock.now = () => 'noon' as never;
  expect(lasting.now()).toBe(lastMs);
  expect(failures).toEqual([broken, expect.any(TypeError)]);
});

test('the clock of the system never breaks, and is used as it is', () => {
  expect(lastingClock(systemClock, () => {})).toBe(systemClock);
});
