/** A device, a gateway, a bus, and programs at the other end: with the real ones, on virtual time. */

import { afterEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  ConnectionLostError,
  connect,
  contract,
  createMemoryListener,
  execute,
  NoSuchPeerError,
  read,
  type Session,
  StatusError,
  TimeoutError,
  ValidationError,
  write,
} from '../../src/index.js';
import { type DevicesOptions, devices } from '../../src/workers/devices.js';
import { worker } from '../../src/workers/worker.js';
import { Scene } from '../gateway/scene.js';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each[Symbol.asyncDispose]();
});

const pump = contract({
  flow: read(
    0,
    z.number().transform((litres) => `${litres} l`),
  ),
  speed: write(1, z.object({ rpm: z.number().max(3_000) })),
  flush: execute(2, z.string(), z.string()),
});

const office = contract({
  price: execute(1, z.string(), z.number()),
  alarm: write(9, z.string()),
});

async function scene(options: DevicesOptions = {}) {
  const made = new Scene();
  const one = await made.open('one');
  const two = await made.open('two');
  open.push(one.gateway, two.gateway);
  const fleet = devices(made.bus.connect('program'), { clock: made.clock, ...options });
  return { made, one, two, fleet };
}

/** Lets time pass until a promise settles. */
async function settled<T>(made: Scene, promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  let isSettled = false;
  const end = (): void => {
    isSettled = true;
  };
  promise.then(end, end);
  for (let turn = 0; turn < 400 && !isSettled; turn++) await made.pass(50);
  return promise;
}

function answering(session: Session, handled: unknown[] = []): void {
  pump.handle(session, {
    flow: () => 5,
    speed: ({ rpm }) => void handled.push(rpm),
    flush: (what) => `${what} done`,
  });
}

describe('a program asks a device', () => {
  test('by a contract on both sides, wherever it is', async () => {
    const { made, one, two, fleet } = await scene();
    const handled: unknown[] = [];
    answering(await one.device('pump-3'), handled);
    answering(await two.device('pump-4'), handled);
    for (const name of ['pump-3', 'pump-4']) {
      const client = pump.client(fleet.at(name));
      expect(await settled(made, client.flow())).toBe('5 l');
      await settled(made, client.speed({ rpm: 100 }));
      expect(await settled(made, client.flush('all'))).toBe('all done');
    }
    expect(handled).toEqual([100, 100]);
    await expect(pump.client(fleet.at('pump-3')).speed({ rpm: 9_000 })).rejects.toBeInstanceOf(
      ValidationError,
    );
  });

  test('and gets the errors that a session gives', async () => {
    const { made, one, fleet } = await scene();
    const session = await one.device('pump-3');
    session.onRead(1, () => {
      throw new StatusError(1000, { data: { retryAfter: 3 } });
    });
    session.onRead(2, () => new Promise(() => {}));
    const device = fleet.at('pump-3');
    await expect(settled(made, device.read(1))).rejects.toMatchObject({
      code: 'ERR_STATUS',
      status: 1000,
      answer: { data: { retryAfter: 3 } },
    });
    await expect(settled(made, device.read(2, { timeout: 300 }))).rejects.toBeInstanceOf(TimeoutError);
    await expect(settled(made, fleet.at('pump-9').read(0))).rejects.toBeInstanceOf(NoSuchPeerError);
    session.onRead(3, () => new Promise(() => {}));
    const lost = device.read(3);
    lost.catch(() => {});
    await made.pass(10);
    await session.close();
    await expect(settled(made, lost)).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST', written: true });
  });

  test('that comes later, or moves', async () => {
    const { made, two, fleet } = await scene();
    const memory = createMemoryListener();
    const third = await made.open('three', { listen: { memory } });
    open.push(third.gateway);
    const device = fleet.at('pump-3', { waitForPeer: true });
    const first = device.read(0, { timeout: 10_000 });
    await made.pass(2_000);
    const options = {
      stream: memory.connect,
      channelName: 'pump-3',
      clock: made.clock,
      reconnect: false,
    } as const;
    void connect(options).then((session) => answering(session));
    expect(await settled(made, first)).toBe(5);
    answering(await two.device('pump-3'));
    expect(await settled(made, device.read(0))).toBe(5);
    expect((await settled(made, fleet.list())).map(({ device: name, gateway }) => [name, gateway])).toEqual([
      ['pump-3', two.gateway.id],
    ]);
  });

  test('of a gateway that is closed, and hears that the outcome is unknown', async () => {
    const { made, one, fleet } = await scene();
    const session = await one.device('pump-3');
    session.onRead(2, () => new Promise(() => {}));
    const lost = fleet.at('pump-3').read(2, { timeout: 60_000 });
    lost.catch(() => {});
    await made.pass(100);
    const closed = one.gateway.close();
    const error = await settled(made, lost).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(error).toMatchObject({ reason: 'gateway-down', written: true });
    await settled(made, closed);
  });
});

describe('a gateway that loses the bus for good', () => {
  test('leaves what it has with an outcome that is unknown, long before the time of the request is over', async () => {
    const { made, one, fleet } = await scene();
    const session = await one.device('pump-3');
    session.onRead(2, () => new Promise(() => {}));
    const lost = fleet.at('pump-3').read(2, { timeout: 25_000 });
    const settledAt = lost.then(
      () => null,
      (error: unknown) => ({ error, ms: made.clock.now() }),
    );
    await made.pass(3_000);
    one.bus.lose();
    await made.pass(5_000);
    expect(fleet.stats().pending).toBe(1);
    await made.pass(5_000);
    const outcome = await settledAt;
    expect(outcome?.error).toMatchObject({
      code: 'ERR_CONNECTION_LOST',
      reason: 'gateway-down',
      written: true,
    });
    expect(outcome?.ms).toBeLessThanOrEqual(3_000 + 6_000 + 2_000);
  });
});

describe('a device asks', () => {
  test('and one of the workers answers, by a contract on both sides', async () => {
    const { made, one, two } = await scene();
    const handled: string[] = [];
    for (const name of ['a', 'b']) {
      open.push(
        await worker(
          { bus: made.bus.connect(name), contract: office, clock: made.clock },
          {
            price: (article, { device, gateway, address }) => {
              handled.push(`${device} ${gateway} ${typeof address}`);
              return article.length;
            },
            alarm: (text, { device }) => void handled.push(`${device}: ${text}`),
          },
        ),
      );
    }
    const [kitchen, hall] = [await one.device('kitchen'), await two.device('hall')];
    expect(await settled(made, office.client(kitchen).price('apple'))).toBe(5);
    expect(await settled(made, office.client(hall).price('fig'))).toBe(3);
    await settled(made, office.client(hall).alarm('smoke'));
    expect(handled).toEqual([
      expect.stringMatching(`^kitchen ${one.gateway.id} `),
      expect.stringMatching(`^hall ${two.gateway.id} `),
      'hall: smoke',
    ]);
  });

  test('and hears of what goes wrong as from a session', async () => {
    const { made, one } = await scene();
    const running = await worker(
      { bus: made.bus.connect('a'), contract: office, clock: made.clock },
      {
        price: () => {
          throw new StatusError(1000, { data: 'no price' });
        },
        alarm: () => {
          throw new Error('a secret');
        },
      },
    );
    running.on('callbackError', () => {});
    open.push(running);
    const kitchen = await one.device('kitchen');
    await expect(settled(made, kitchen.execute(1, 'x'))).rejects.toMatchObject({
      status: 1000,
      answer: { data: 'no price' },
    });
    await expect(settled(made, kitchen.write(9, 'x'))).rejects.toMatchObject({ reason: 'callback-error' });
    await expect(settled(made, kitchen.read(77))).rejects.toMatchObject({
      reason: 'service-or-data-unknown',
    });
  });
});

test('a loop sees devices come, move and go', async () => {
  const { made, one, two, fleet } = await scene();
  await one.device('pump-1');
  const seen: string[] = [];
  const loop = (async () => {
    for await (const event of fleet.watch()) {
      const who = 'device' in event ? `${event.device} ` : '';
      seen.push(`${event.event} ${who}${event.gateway}`);
    }
  })();
  await made.pass(2_000);
  const [g1, g2] = [one.gateway.id, two.gateway.id];
  expect(seen.splice(0).sort()).toEqual(
    [`arrived pump-1 ${g1}`, `gateway.up ${g1}`, `gateway.up ${g2}`].sort(),
  );
  const moved = await two.device('pump-1');
  await made.pass(1_000);
  await moved.close();
  await made.pass(1_000);
  expect(seen).toEqual([`left pump-1 ${g1}`, `arrived pump-1 ${g2}`, `left pump-1 ${g2}`]);
  fleet.close();
  await loop;
});
