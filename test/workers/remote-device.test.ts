/** Devices by their names on a bus: what travels, and what becomes of what goes wrong. */

import { afterEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { memoryBus } from '../../src/bus/memory-bus.js';
import {
  BusError,
  ConnectionLostError,
  contract,
  execute,
  NoSuchPeerError,
  OptionError,
  read,
  request,
  SessionClosedError,
  StatusError,
  TimeoutError,
  TooManyRequestsError,
  ValidationError,
  write,
} from '../../src/index.js';
import { type Devices, type DevicesOptions, devices } from '../../src/workers/devices.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { FakeGateway, failure, okay } from './fake-gateway.js';
import { nobody, ScriptedBus } from './scripted-bus.js';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function world(options: DevicesOptions = {}) {
  const clock = new VirtualClock();
  const memory = memoryBus({ clock });
  const gateway = new FakeGateway(memory);
  const bus = new ScriptedBus(memory.connect(), () => clock.now());
  const fleet = devices(bus, { clock, ...options });
  ends.push(() => {
    fleet.close();
    expect(memory.stats().waiting).toBe(0);
  });
  return { clock, memory, gateway, bus, fleet };
}

/** What a promise is rejected with, once time has passed. */
async function rejection(promise: Promise<unknown>, clock?: VirtualClock, ms = 10_000): Promise<unknown> {
  const settled = promise.then(
    (value) => {
      throw new Error(`it resolved with ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
  await clock?.advanceAsync(ms);
  return settled;
}

describe('a device', () => {
  test('is asked with a subject of its name, the message as text, and how long there is', async () => {
    const { gateway, fleet } = world();
    gateway.arrive('pump-3', 1, () => okay({ on: true }));
    const pump = fleet.at('pump-3');
    expect(await pump.read(7, { timeout: 1_500 })).toEqual({ on: true });
    expect(await pump.write(8, [1, 2])).toEqual({ on: true });
    expect(await pump.execute(9)).toEqual({ on: true });
    expect(gateway.came.map(({ subject }) => subject)).toEqual([
      'sp.pump-3.10.7',
      'sp.pump-3.20.8',
      'sp.pump-3.30.9',
    ]);
    expect(JSON.parse(gateway.came[1]?.text ?? '')).toEqual({
      service_id: 20,
      data_id: 8,
      status: 0,
      data: [1, 2],
    });
    expect(gateway.came.map(({ headers }) => headers)).toEqual([
      { 'Sp-Timeout': '1500' },
      { 'Sp-Timeout': '5000' },
      { 'Sp-Timeout': '5000' },
    ]);
  });

  test('may have any name', async () => {
    const { gateway, fleet } = world();
    gateway.arrive('Küche *.>', 1, () => okay('ja'), 'K%C3%BCche%20%2A%2E%3E');
    expect(await fleet.at('Küche *.>').read(0)).toBe('ja');
    expect(await fleet.at('Küche *.>'.normalize('NFD')).read(0)).toBe('ja');
    expect(gateway.came[0]?.subject).toBe('sp.K%C3%BCche%20%2A%2E%3E.10.0');
  });

  test('answers a request of any service that is known, whatever the status', async () => {
    const { gateway, fleet } = world({ services: [[100, 101]] });
    gateway.arrive('pump-3', 1, () => okay('half', 1000));
    const answer = await fleet.at('pump-3').request(100, 3, 'x');
    expect(answer).toMatchObject({ serviceId: 101, dataId: 3, status: 1000, data: 'half' });
  });

  test('that answers with another status rejects what wants data, with request and device', async () => {
    const { gateway, fleet } = world();
    gateway.arrive('pump-3', 1, () => okay('sorry', 6));
    const error = await rejection(fleet.at('pump-3').read(7));
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ status: 6, serviceId: 10, dataId: 7, peerAddress: 'pump-3' });
    expect((error as StatusError).answer?.data).toBe('sorry');
    expect((error as Error).message).toContain('read data request, data_id 7 of "pump-3"');
  });

  test('is refused with a name that cannot be one, or a wrong option', () => {
    const { fleet } = world();
    expect(() => fleet.at('')).toThrow(OptionError);
    expect(() => fleet.at(5 as never)).toThrow(OptionError);
    expect(() => fleet.at('x', { timeOut: 5 } as never)).toThrow('did you mean timeout');
    expect(() => fleet.at('x'.repeat(5_000))).toThrow(expect.objectContaining({ reason: 'bus-bad-subject' }));
    expect(() => devices(null as never)).toThrow('an object with publish, subscribe');
    expect(() => devices(memoryBus(), { prefix: 'a.b' })).toThrow('prefix');
    expect(() => devices(memoryBus(), { services: [[100]] as never })).toThrow('a pair such as [100, 101]');
  });

  test('rejects wrong arguments as a session does, and sends nothing', async () => {
    const { bus, fleet } = world();
    const pump = fleet.at('pump-3');
    expect(await rejection(pump.read(-1))).toBeInstanceOf(OptionError);
    expect(await rejection(pump.request(0.5, 0))).toBeInstanceOf(OptionError);
    expect(await rejection(pump.read(0, { timeout: -1 }))).toBeInstanceOf(OptionError);
    expect(await rejection(pump.read(0, { timout: 1 } as never))).toBeInstanceOf(OptionError);
    expect(await rejection(pump.write(0, undefined))).toBeInstanceOf(TypeError);
    expect(await rejection(pump.write(0, () => {}))).toBeInstanceOf(TypeError);
    expect(await rejection(pump.request(100, 0))).toBeInstanceOf(RangeError);
    expect(bus.asked).toEqual([]);
  });
});

describe('a device that nobody has', () => {
  test('is asked again for a quarter of a second, because the bus may be wrong about it', async () => {
    const { clock, bus, fleet } = world();
    const error = await rejection(fleet.at('pump-3').read(0), clock);
    expect(error).toBeInstanceOf(NoSuchPeerError);
    expect(error).toMatchObject({ peerName: 'pump-3', serviceId: 10, dataId: 0 });
    expect((error as Error).message).toBe(
      'No peer "pump-3" is connected; read data request, data_id 0 of "pump-3" was not sent',
    );
    expect(bus.asked.map(({ atMs }) => atMs)).toEqual([0, 5, 25, 75, 150, 250]);
    expect(fleet.stats()).toMatchObject({ pending: 0, retries: 5 });
    expect(clock.pending).toBe(0);
  });

  test('is known to be missing at once where the bus is never wrong', async () => {
    const { bus, fleet } = world({ retryFor: 0 });
    expect(await rejection(fleet.at('pump-3').read(0))).toBeInstanceOf(NoSuchPeerError);
    expect(bus.asked).toHaveLength(1);
  });

  test('is not asked again when the time of the request is over', async () => {
    const { clock, bus, fleet } = world();
    expect(await rejection(fleet.at('pump-3').read(0, { timeout: 60 }), clock)).toBeInstanceOf(
      NoSuchPeerError,
    );
    expect(bus.asked.map(({ atMs, timeoutMs }) => [atMs, timeoutMs])).toEqual([
      [0, 60],
      [5, 55],
      [25, 35],
    ]);
  });

  test('is found when it was only on its way', async () => {
    const { clock, bus, gateway, fleet } = world();
    gateway.arrive('pump-3', 1, () => okay('here'));
    bus.script.push(nobody(), nobody());
    const answer = fleet.at('pump-3').read(0);
    await clock.advanceAsync(25);
    expect(await answer).toBe('here');
    expect(gateway.came).toHaveLength(1);
  });

  test('is found when a gateway that it has left says that it is gone', async () => {
    const { clock, gateway, fleet } = world();
    const answers = [failure(404, 'no-such-peer', false), okay('here')];
    gateway.arrive('pump-3', 1, () => answers.shift() ?? null);
    const answer = fleet.at('pump-3').read(0);
    await clock.advanceAsync(5);
    expect(await answer).toBe('here');
  });
});

describe('a request that goes wrong', () => {
  const cases = [
    ['400', failure(400, 'bus-bad-message', false), BusError, { reason: 'bus-bad-message', written: false }],
    [
      '408',
      failure(408, 'no-answer', true, { 'Sp-Timeout': '900' }),
      TimeoutError,
      { written: true, timeoutMs: 900 },
    ],
    ['408 that was not written', failure(408, 'not-trusted', false), TimeoutError, { written: false }],
    ['413', failure(413, 'bus-too-large', true), BusError, { reason: 'bus-too-large', written: true }],
    ['429', failure(429, 'too-many-pending', false), TooManyRequestsError, { reason: 'too-many-pending' }],
    ['500', failure(500, 'whatever', true), BusError, { reason: 'bus-failure', written: true }],
    [
      '502',
      failure(502, 'connection-reset', true),
      ConnectionLostError,
      { written: true, reason: 'connection-reset' },
    ],
    [
      '502 that was not written',
      failure(502, 'name-taken-over', false),
      ConnectionLostError,
      { written: false },
    ],
    [
      '503',
      failure(503, 'gateway-down', true),
      ConnectionLostError,
      { written: true, reason: 'gateway-down' },
    ],
  ] as const;
  test.each(cases)('is never asked again after %s', async (_, answer, type, fields) => {
    const { clock, gateway, fleet } = world();
    gateway.arrive('pump-3', 1, () => answer);
    const error = await rejection(fleet.at('pump-3').write(3, 1), clock);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ ...fields, serviceId: 20, dataId: 3, peerAddress: 'pump-3' });
    expect((error as Error).message).toContain('write data request, data_id 3 of "pump-3"');
    expect(gateway.came).toHaveLength(1);
  });

  test('because no answer came was written, and is not asked again', async () => {
    const { clock, gateway, fleet } = world();
    gateway.arrive('pump-3', 1, () => null);
    const error = await rejection(fleet.at('pump-3').read(0, { timeout: 700 }), clock, 700);
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ written: true, timeoutMs: 700, reason: 'no-answer' });
    expect((error as Error).message).toBe(
      'No answer to read data request, data_id 0 of "pump-3" within 700 ms',
    );
    expect(gateway.came).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  test('because the bus was away for all its time was not written', async () => {
    const { bus, fleet } = world();
    bus.script.push(new BusError('bus-timeout', { written: false }));
    const error = await rejection(fleet.at('pump-3').read(0));
    expect(error).toMatchObject({
      code: 'ERR_TIMEOUT',
      written: false,
      reason: 'not-connected',
      timeoutMs: 5_000,
    });
    expect(bus.asked).toHaveLength(1);
  });

  test('because the bus is closed says which request', async () => {
    const { bus, fleet } = world();
    bus.script.push(new BusError('bus-closed'));
    const error = await rejection(fleet.at('pump-3').read(0));
    expect(error).toMatchObject({
      code: 'ERR_BUS',
      reason: 'bus-closed',
      written: false,
      subject: 'sp.pump-3.10.0',
    });
    expect((error as Error).message).toContain('of "pump-3"');
  });

  test('because the answer cannot be read may have been acted on', async () => {
    const { gateway, fleet } = world();
    gateway.arrive('pump-3', 1, () => ({ text: '{"service_id": 21, "data": 1}' }));
    const error = await rejection(fleet.at('pump-3').read(0));
    expect(error).toMatchObject({ code: 'ERR_BUS', reason: 'bus-bad-message', written: true, dataId: 0 });
  });

  test('has a stack that leads to whoever asked', async () => {
    const { clock, gateway, fleet } = world({ retryFor: 0 });
    gateway.arrive('mute', 1, () => null);
    gateway.arrive('cross', 1, () => okay(null, 6));
    async function theCaller(name: string): Promise<unknown> {
      return await fleet.at(name).read(0);
    }
    for (const name of ['missing', 'mute', 'cross', 'missing', 'mute', 'cross']) {
      const error = await rejection(theCaller(name), clock);
      expect((error as Error).stack).toContain('theCaller');
    }
  });
});

describe('a signal', () => {
  test('that is aborted already sends nothing', async () => {
    const { bus, fleet } = world();
    expect(await rejection(fleet.at('x').read(0, { signal: AbortSignal.abort('enough') }))).toBe('enough');
    expect(bus.asked).toEqual([]);
  });

  test.each([
    ['waits for its answer', 0, {}],
    ['waits to be sent again', 3, {}],
    ['waits for the device', 2_000, { waitForPeer: true }],
  ])('gives up a request that %s', async (_, ms, options) => {
    const { clock, gateway, fleet } = world();
    if (ms === 0) gateway.arrive('pump-3', 1, () => null);
    const abort = new AbortController();
    const settled = rejection(fleet.at('pump-3').read(0, { signal: abort.signal, ...options }));
    await clock.advanceAsync(ms);
    const reason = new Error('enough');
    abort.abort(reason);
    expect(await settled).toBe(reason);
    expect(clock.pending).toBe(0);
    expect(fleet.stats().pending).toBe(0);
  });

  test.each([
    ['sent again', 250],
    ['its device', 0],
  ])('gives up a request that is about to wait to be %s, in whichever step it is', async (_, retryFor) => {
    for (let step = 0; step < 30; step++) {
      const { clock, fleet } = world({ retryFor });
      const abort = new AbortController();
      const asked = fleet.at('pump-3').read(0, { signal: abort.signal, waitForPeer: true });
      const settled = rejection(asked);
      for (let passed = 0; passed < step; passed++) await Promise.resolve();
      abort.abort('enough');
      expect(await settled).toBe('enough');
      expect([clock.now(), clock.pending]).toEqual([0, 0]);
    }
  });
});

describe('waiting for a device', () => {
  test('ends when it comes, and asks no more than is needed until then', async () => {
    const { clock, bus, gateway, fleet } = world();
    const answer = fleet.at('pump-3').read(0, { waitForPeer: true });
    await clock.advanceAsync(3_000);
    const asked = bus.asked.length;
    gateway.arrive('other', 1);
    await clock.advanceAsync(1_000);
    expect(bus.asked).toHaveLength(asked);
    gateway.arrive('pump-3', 1, () => okay('here'));
    await clock.advanceAsync(0);
    expect(await answer).toBe('here');
    expect(bus.asked).toHaveLength(asked + 1);
    expect(bus.asked.at(-1)?.timeoutMs).toBe(1_000);
  });

  test('ends with its time', async () => {
    const { clock, memory, fleet } = world();
    const before = memory.stats().subscriptions;
    const error = await rejection(
      fleet.at('pump-3', { waitForPeer: true }).read(0, { timeout: 900 }),
      clock,
      900,
    );
    expect(error).toBeInstanceOf(NoSuchPeerError);
    expect((error as Error).message).toContain('and none came within 900 ms');
    expect(memory.stats().subscriptions).toBe(before);
    expect(clock.pending).toBe(0);
  });

  test.each<[string, (end: { abort: AbortController; fleet: Devices }) => void, unknown]>([
    ['its time', () => {}, expect.any(NoSuchPeerError)],
    ['its signal', ({ abort }) => abort.abort('enough'), 'enough'],
    ['the devices', ({ fleet }) => fleet.close(), expect.any(SessionClosedError)],
  ])('ends with %s also where the bus has not yet taken the subscription', async (_, end, error) => {
    const { clock, bus, fleet } = world();
    bus.flush = () => new Promise(() => {});
    const abort = new AbortController();
    const settled = rejection(
      fleet.at('pump-3').read(0, { waitForPeer: true, timeout: 900, signal: abort.signal }),
    );
    await clock.advanceAsync(899);
    expect(fleet.stats().pending).toBe(1);
    end({ abort, fleet });
    await clock.advanceAsync(1);
    expect(await settled).toEqual(error);
    expect([clock.pending, fleet.stats().pending]).toEqual([0, 0]);
  });

  test('finds one that comes between the first look and listening', async () => {
    const { clock, gateway, fleet } = world({ retryFor: 0 });
    const answer = fleet.at('pump-3').read(0, { waitForPeer: true });
    await Promise.resolve();
    gateway.arrive('pump-3', 1, () => okay('here'));
    await clock.advanceAsync(0);
    expect(await answer).toBe('here');
  });

  test('asks again what was not written, and nothing else', async () => {
    const { clock, gateway, fleet } = world();
    const answers = [failure(502, 'name-taken-over', false), failure(502, 'name-taken-over', true)];
    gateway.arrive('pump-3', 1, () => answers.shift() ?? null);
    const error = await rejection(fleet.at('pump-3', { waitForPeer: true }).read(0), clock);
    expect(error).toMatchObject({ code: 'ERR_CONNECTION_LOST', written: true });
    expect(gateway.came).toHaveLength(2);
  });

  test('looks again when the bus is back, because it cannot know who came meanwhile', async () => {
    const { clock, bus, gateway, fleet } = world();
    const answer = fleet.at('pump-3').read(0, { waitForPeer: true });
    await clock.advanceAsync(1_000);
    bus.become('away');
    const arrived = gateway.tell.bind(gateway);
    gateway.tell = () => {};
    gateway.arrive('pump-3', 1, () => okay('here'));
    gateway.tell = arrived;
    await clock.advanceAsync(1_000);
    bus.become('up');
    await clock.advanceAsync(0);
    expect(await answer).toBe('here');
  });

  test('ends when the bus closes', async () => {
    const { clock, bus, fleet } = world();
    const settled = rejection(fleet.at('pump-3').read(0, { waitForPeer: true }));
    await clock.advanceAsync(1_000);
    bus.script.push(new BusError('bus-closed'));
    bus.become('closed');
    expect(await settled).toMatchObject({ code: 'ERR_BUS', reason: 'bus-closed', written: false });
    expect(clock.pending).toBe(0);
  });

  test('is refused when the devices are closed', async () => {
    const { clock, fleet } = world();
    const settled = rejection(fleet.at('pump-3').read(0, { waitForPeer: true }));
    await clock.advanceAsync(1_000);
    fleet.close();
    expect(await settled).toBeInstanceOf(SessionClosedError);
    expect(await rejection(fleet.at('pump-3').read(0))).toBeInstanceOf(SessionClosedError);
    expect(clock.pending).toBe(0);
  });
});

test('leaves no subscription behind where devices are closed between two attempts', async () => {
  const { clock, memory, bus, fleet } = world();
  const { subscriptions } = memory.stats();
  bus.script.push(nobody());
  const settled = rejection(fleet.at('pump-3').read(0, { timeout: 60_000 }));
  await clock.advanceAsync(1);
  fleet.close();
  await clock.advanceAsync(250);
  expect(await settled).toBeInstanceOf(NoSuchPeerError);
  expect(bus.asked.length).toBeGreaterThan(1);
  expect(memory.stats().subscriptions).toBe(subscriptions);
});

test('sends NaN where that is allowed, and receives it always', async () => {
  const { gateway, memory, clock, fleet } = world();
  gateway.arrive('pump-3', 1, () => ({ ...okay(null), text: '{"status":0,"data":[NaN,-Infinity]}' }));
  expect(await rejection(fleet.at('pump-3').write(0, Number.NaN))).toBeInstanceOf(TypeError);
  const lenient = devices(memory, { clock, allowNan: true });
  expect(await lenient.at('pump-3').write(0, Number.NaN)).toEqual([Number.NaN, Number.NEGATIVE_INFINITY]);
  expect(gateway.came.map(({ text }) => text)).toEqual([expect.stringContaining('NaN')]);
});

test('knows a failure by its reason alone', async () => {
  const { gateway, fleet } = world();
  gateway.arrive('pump-3', 1, () => ({ headers: { 'Sp-Error': 'gateway-down', 'Sp-Written': 'false' } }));
  expect(await rejection(fleet.at('pump-3').read(0))).toMatchObject({
    code: 'ERR_CONNECTION_LOST',
    reason: 'gateway-down',
    written: false,
  });
});

test('refuses more requests than may wait', async () => {
  const { clock, gateway, fleet } = world({ maxPendingRequests: 2 });
  gateway.arrive('pump-3', 1, () => null);
  const pump = fleet.at('pump-3');
  const waiting = [rejection(pump.read(0)), rejection(pump.read(0))];
  expect(await rejection(pump.read(0))).toMatchObject({ code: 'ERR_TOO_MANY_REQUESTS', limit: 2 });
  await clock.advanceAsync(5_000);
  await Promise.all(waiting);
  expect(fleet.stats().pending).toBe(0);
});

describe('a gateway that dies without a word', () => {
  function slow() {
    const made = world();
    made.gateway.arrive('pump-3', 1, () => null);
    const settled = rejection(made.fleet.at('pump-3').read(0, { timeout: 60_000 }));
    return { ...made, settled };
  }

  test('leaves its requests with an outcome that is unknown, when three of its beats are missing', async () => {
    const { clock, memory, gateway, fleet, settled } = slow();
    await clock.advanceAsync(1_000);
    const subject = gateway.came[0]?.headers?.['Sp-Progress'] ?? '';
    expect(subject).toMatch(/^sp\.\$progress\./);
    memory.publish(subject, new Uint8Array(), { headers: { 'Sp-Gateway': 'g1' } });
    for (let beat = 0; beat < 5; beat++) {
      await clock.advanceAsync(2_000);
      gateway.tell({ event: 'gateway.alive' });
    }
    await clock.advanceAsync(5_000);
    expect(fleet.stats().pending).toBe(1);
    await clock.advanceAsync(3_000);
    const error = await settled;
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(error).toMatchObject({ reason: 'gateway-down', written: true, dataId: 0 });
    expect(clock.pending).toBe(0);
  });

  test('is not one that cannot be heard because the bus is away', async () => {
    const { clock, memory, bus, gateway, fleet, settled } = slow();
    await clock.advanceAsync(1_000);
    memory.publish(gateway.came[0]?.headers?.['Sp-Progress'] ?? '', new Uint8Array(), {
      headers: { 'Sp-Gateway': 'g1' },
    });
    await clock.advanceAsync(0);
    bus.become('away');
    await clock.advanceAsync(20_000);
    bus.become('up');
    await clock.advanceAsync(5_000);
    expect(fleet.stats().pending).toBe(1);
    // from then on its beats are missing
    await clock.advanceAsync(3_000);
    expect(await settled).toMatchObject({ reason: 'gateway-down', written: true });
  });

  test('is known at once where it says so', async () => {
    const { clock, memory, gateway, settled } = slow();
    await clock.advanceAsync(1_000);
    memory.publish(gateway.came[0]?.headers?.['Sp-Progress'] ?? '', new Uint8Array(), {
      headers: { 'Sp-Gateway': 'g1' },
    });
    await clock.advanceAsync(500);
    gateway.tell({ event: 'gateway.down', gateway: 'g2' });
    gateway.tell({ event: 'gateway.down' });
    await clock.advanceAsync(0);
    expect(await settled).toMatchObject({ reason: 'gateway-down', written: true });
  });

  test('is not looked for where a request is over before anybody could know', async () => {
    const { clock, gateway, fleet } = world();
    gateway.arrive('pump-3', 1, () => null);
    await rejection(fleet.at('pump-3').read(0, { timeout: 7_000 }), clock);
    expect(gateway.came[0]?.headers).toEqual({ 'Sp-Timeout': '7000' });
  });
});

describe('the client of a contract', () => {
  const lamp = contract({
    brightness: write(1, z.number().max(1)),
    time: read(0, z.string()),
    calibrate: request(100, 101, 0, z.number(), z.number()),
    slow: execute(
      2,
      z.string().refine(() => new Promise(() => {})),
    ),
  });

  test('works on a device, with services and names of the contract', async () => {
    const { gateway, fleet } = world();
    gateway.arrive('kitchen', 1, ({ subject }) => okay(subject.includes('.100.') ? 4 : 'noon'));
    const client = lamp.client(fleet.at('kitchen'));
    expect(await client.calibrate(2)).toBe(4);
    expect(await client.time()).toBe('noon');
    expect(await rejection(client.brightness(2))).toBeInstanceOf(ValidationError);
  });

  test('names entry and device in errors', async () => {
    const { gateway, fleet } = world({ retryFor: 0 });
    gateway.arrive('kitchen', 1, () => okay(5));
    const output = await rejection(lamp.client(fleet.at('kitchen')).time());
    expect((output as Error).message).toContain('output of time (read data request, data_id 0) of "kitchen"');
    const missing = await rejection(lamp.client(fleet.at('hall')).time());
    expect((missing as Error).message).toContain(
      'time (read data request, data_id 0) of "hall" was not sent',
    );
  });

  test('waits for schemas as long as for the answer, by the clock of the devices', async () => {
    const { clock, fleet } = world({ requestTimeout: 800 });
    const error = await rejection(lamp.client(fleet.at('kitchen')).slow('x'), clock, 800);
    expect(error).toMatchObject({ reason: 'schema-timeout' });
  });

  test('of one device knows nothing of that of another', async () => {
    const { gateway, fleet } = world();
    gateway.arrive('kitchen', 1, () => okay(4));
    const other = contract({ weigh: request(100, 102, 0, z.number(), z.number()) });
    await lamp.client(fleet.at('kitchen')).calibrate(1);
    expect(await other.client(fleet.at('kitchen')).weigh(1)).toBe(4);
  });
});
