import { describe, expect, test } from 'vitest';
import type { BusMessage } from '../../src/bus/bus.js';
import { failureHeaders } from '../../src/gateway/format/failures.js';
import { encodePayload } from '../../src/gateway/format/payload.js';
import { Message, STATUS_CALLBACK_ERROR, STATUS_SERVICE_OR_DATA_UNKNOWN } from '../../src/index.js';
import { RecordedLog } from '../support/recorded-log.js';
import { Scene } from './scene.js';

/** Answers what devices ask. */
function work(scene: Scene, answer: (message: BusMessage) => void): BusMessage[] {
  const seen: BusMessage[] = [];
  scene.bus.subscribe(
    'sp.$from.>',
    (message) => {
      seen.push(message);
      if (message.reply !== null) answer(message);
    },
    { queue: 'worker' },
  );
  return seen;
}

const READ_ANSWER = (data: unknown, status = 0): Uint8Array =>
  encodePayload(new Message<unknown>({ serviceId: 11, dataId: 4, status, data }));

describe('what a device asks', () => {
  test('goes to a worker, with who asks and how long it waits', async () => {
    const scene = new Scene();
    const seen = work(scene, (message) => message.respond(READ_ANSWER('12 bar'), { 'Sp-Status': '0' }));
    const here = await scene.open('one', { listen: { callbackTimeout: 7_000 } });
    const pump = await here.device('pump 1');
    expect(await pump.read(4)).toBe('12 bar');
    expect(seen).toMatchObject([
      {
        subject: 'sp.$from.pump%201.10.4',
        headers: { 'Sp-Gateway': here.gateway.id, 'Sp-Timeout': '7000' },
      },
    ]);
    expect(here.gateway.stats()).toMatchObject({ deviceRequests: 1, unknownRequests: 0, failedRequests: 0 });
  });

  test('has the status that the worker gives', async () => {
    const scene = new Scene();
    work(scene, (message) => message.respond(READ_ANSWER('why', 77), { 'Sp-Status': '77' }));
    const here = await scene.open('one');
    const pump = await here.device('pump');
    await expect(pump.read(4)).rejects.toMatchObject({ status: 77, answer: { data: 'why' } });
  });

  test('is unknown where there is no worker', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const pump = await here.device('pump');
    const asked = expect(pump.read(4)).rejects.toMatchObject({ status: STATUS_SERVICE_OR_DATA_UNKNOWN });
    await scene.pass(249);
    expect(here.gateway.stats()).toMatchObject({ deviceRequests: 1, unknownRequests: 0 });
    await scene.pass(1);
    await asked;
    expect(here.gateway.stats()).toMatchObject({ deviceRequests: 1, unknownRequests: 1, failures: {} });
  });

  test('reaches a worker of which the server of the gateway hears a moment later', async () => {
    const scene = new Scene();
    const here = await scene.open('one', { listen: { callbackTimeout: 7_000 } });
    const pump = await here.device('pump');
    const asked = pump.read(4);
    await scene.pass(20);
    const seen = work(scene, (message) => message.respond(READ_ANSWER('12 bar'), { 'Sp-Status': '0' }));
    await scene.pass(30);
    expect(await asked).toBe('12 bar');
    expect(seen).toMatchObject([{ headers: { 'Sp-Timeout': '6950' } }]);
    expect(here.gateway.stats()).toMatchObject({ unknownRequests: 0, failures: {} });
  });

  test('is not asked again when its time is over, its device is gone, or the gateway closes', async () => {
    const scene = new Scene();
    const hasty = await scene.open('one', { listen: { callbackTimeout: 30 } });
    const here = await scene.open('two');
    const asked = [hasty, here, here].map(async (place, n) => {
      const device = await place.device(`pump-${n}`);
      return { device, end: device.read(4).catch((error: unknown) => error) };
    });
    const [first, second] = await Promise.all(asked);
    await scene.pass(10);
    expect(await first?.end).toMatchObject({ status: STATUS_SERVICE_OR_DATA_UNKNOWN });
    void second?.device.close();
    await scene.settle();
    const closed = Promise.all([here.gateway.close(), hasty.gateway.close()]);
    await scene.settle();
    await closed;
    const seen = work(scene, () => {});
    await scene.pass(300);
    expect(seen).toEqual([]);
  });

  test('is unknown where the device has no name', async () => {
    const scene = new Scene();
    work(scene, (message) => message.respond(READ_ANSWER('never')));
    const here = await scene.open('one');
    const nameless = await here.device(null);
    await expect(nameless.read(4)).rejects.toMatchObject({ status: STATUS_SERVICE_OR_DATA_UNKNOWN });
    expect(here.gateway.stats()).toMatchObject({ devices: 0, unnamed: 1 });
  });

  test.each([
    [
      'the worker fails',
      (message: BusMessage) => message.respond(new Uint8Array(), failureHeaders(new Error('x'))),
    ],
    [
      'the worker answers with something else',
      (message: BusMessage) => message.respond(Buffer.from('what?')),
    ],
    ['the worker does not answer', () => {}],
  ])('is a callback error where %s', async (_, answer) => {
    const scene = new Scene();
    work(scene, answer);
    const log = new RecordedLog();
    const here = await scene.open('one', { listen: { callbackTimeout: 1_000 }, logger: log.logger });
    const pump = await here.device('pump');
    const asked = expect(pump.read(4)).rejects.toMatchObject({ status: STATUS_CALLBACK_ERROR });
    await scene.pass(1_000);
    await asked;
    expect(here.gateway.stats()).toMatchObject({ failedRequests: 1 });
    expect(Object.values(here.gateway.stats().failures)).toEqual([1]);
    expect(log.lines.filter((line) => line.includes('got no answer from the bus'))).toHaveLength(1);
  });

  test('is a callback error where the bus is away and does not hold it', async () => {
    const scene = new Scene();
    work(scene, (message) => message.respond(READ_ANSWER('never')));
    const here = await scene.open('one');
    const pump = await here.device('pump');
    here.bus.lose();
    await expect(pump.read(4)).rejects.toMatchObject({ status: STATUS_CALLBACK_ERROR });
    expect(here.gateway.stats()).toMatchObject({ failedRequests: 1, failures: { 'bus-away': 1 } });
  });

  test('is answered here, where onSession has a handler', async () => {
    const scene = new Scene();
    const seen = work(scene, (message) => message.respond(READ_ANSWER('there')));
    const here = await scene.open('one', { onSession: (session) => session.onRead(0, () => 'here') });
    const pump = await here.device('pump');
    expect([await pump.read(0), await pump.read(4)]).toEqual(['here', 'there']);
    expect(seen).toHaveLength(1);
  });
});

describe('what a device sends unasked', () => {
  test('is published', async () => {
    const scene = new Scene();
    const seen = work(scene, () => {});
    const here = await scene.open('one');
    const pump = await here.device('pump');
    await pump.send(50, 3, { alarm: true });
    await scene.settle();
    expect(seen).toMatchObject([{ subject: 'sp.$from.pump.50.3', reply: null }]);
    expect(JSON.parse(Buffer.from(seen[0]?.data ?? []).toString())).toEqual({
      data_id: 3,
      service_id: 50,
      status: 0,
      data: { alarm: true },
    });
    expect(here.gateway.stats()).toMatchObject({ unsolicited: 1, unsolicitedDropped: 0 });
  });

  test('is dropped and counted while the bus is away, and where the device has no name', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const [pump, nameless] = [await here.device('pump'), await here.device(null)];
    await nameless.send(50, 3);
    here.bus.lose();
    await pump.send(50, 3);
    await scene.settle();
    expect(here.gateway.stats()).toMatchObject({
      unsolicited: 2,
      unsolicitedDropped: 2,
      failures: { 'bus-away': 1, 'bus-bad-subject': 1 },
    });
  });
});
