import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import type { Bus } from '../../../src/bus/bus.js';
import { memoryBus } from '../../../src/bus/memory-bus.js';
import { MicroService, type MicroServiceOptions } from '../../../src/bus/micro/service.js';
import { OptionError } from '../../../src/index.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { SCHEMAS } from './schemas.js';

const ajv = new Ajv({ allErrors: true, strict: true });
(addFormats as unknown as (ajv: Ajv) => void)(ajv);

const NO_DATA = new Uint8Array();

const STARTED = new Date('2026-01-02T03:04:05.678Z');

function options(bus: Bus, id = 'one'): MicroServiceOptions {
  return {
    bus,
    name: 'sp-gateway',
    id,
    version: '1.2.3-rc.1+build.7',
    description: 'Devices by their names',
    metadata: { host: 'cellar' },
    endpoints: [
      { name: 'requests', subject: 'sp.*.*.*', queueGroup: 'sp', metadata: { kind: 'for devices' } },
      { name: 'list', subject: 'sp.$presence.list' },
    ],
    started: STARTED,
  };
}

/** What all services answer. */
async function ask(bus: Bus, clock: VirtualClock, subject: string): Promise<Record<string, unknown>[]> {
  const answers = bus.requestAll(subject, NO_DATA, { maxWaitMs: 100 });
  await clock.advanceAsync(100);
  return (await answers).map(
    ({ data }) => JSON.parse(Buffer.from(data).toString()) as Record<string, unknown>,
  );
}

describe('a service', () => {
  test.each([
    'PING',
    'INFO',
    'STATS',
  ] as const)('answers %s as ADR-32 wants it: for all, its name, and its id', async (verb) => {
    const clock = new VirtualClock();
    const bus = memoryBus({ clock });
    const isRight = ajv.compile(SCHEMAS[verb]);
    const services = ['one', 'two'].map((id) => new MicroService(options(bus, id)));
    services[0]?.endpoint('requests').done(1_500, 'no such device');
    const idsOf = async (subject: string): Promise<unknown[]> => {
      const answers = await ask(bus, clock, subject);
      for (const each of answers) {
        isRight(each);
        expect(isRight.errors).toBeNull();
      }
      return answers.map(({ id }) => id);
    };
    expect(await idsOf(`$SRV.${verb}`)).toEqual(['one', 'two']);
    expect(await idsOf(`$SRV.${verb}.sp-gateway`)).toEqual(['one', 'two']);
    expect(await idsOf(`$SRV.${verb}.sp-gateway.two`)).toEqual(['two']);
    expect(await idsOf(`$SRV.${verb}.sp-gateway.three`)).toEqual([]);
    expect(await idsOf(`$SRV.${verb}.other`)).toEqual([]);
    expect(await idsOf(`$SRV.${verb.toLowerCase()}`)).toEqual([]);
  });

  test('says what it is, and what it can be asked', async () => {
    const clock = new VirtualClock();
    const bus = memoryBus({ clock });
    new MicroService(options(bus));
    const identity = {
      name: 'sp-gateway',
      id: 'one',
      version: '1.2.3-rc.1+build.7',
      metadata: { host: 'cellar' },
    };
    expect(await ask(bus, clock, '$SRV.PING')).toEqual([
      { type: 'io.nats.micro.v1.ping_response', ...identity },
    ]);
    expect(await ask(bus, clock, '$SRV.INFO')).toEqual([
      {
        type: 'io.nats.micro.v1.info_response',
        ...identity,
        description: 'Devices by their names',
        endpoints: [
          { name: 'requests', subject: 'sp.*.*.*', queue_group: 'sp', metadata: { kind: 'for devices' } },
          { name: 'list', subject: 'sp.$presence.list', queue_group: '', metadata: {} },
        ],
      },
    ]);
  });

  test('counts requests, their time and their errors', async () => {
    const clock = new VirtualClock();
    const bus = memoryBus({ clock });
    const service = new MicroService(options(bus));
    const requests = service.endpoint('requests');
    requests.done(1_000.4);
    requests.done(500);
    requests.done(0, 'no such device');
    requests.done(-5, 'timed out');
    expect(await ask(bus, clock, '$SRV.STATS')).toEqual([
      {
        type: 'io.nats.micro.v1.stats_response',
        name: 'sp-gateway',
        id: 'one',
        version: '1.2.3-rc.1+build.7',
        metadata: { host: 'cellar' },
        started: '2026-01-02T03:04:05.678Z',
        endpoints: [
          {
            name: 'requests',
            subject: 'sp.*.*.*',
            queue_group: 'sp',
            num_requests: 4,
            num_errors: 2,
            last_error: 'timed out',
            processing_time: 1_500,
            average_processing_time: 375,
          },
          {
            name: 'list',
            subject: 'sp.$presence.list',
            queue_group: '',
            num_requests: 0,
            num_errors: 0,
            last_error: '',
            processing_time: 0,
            average_processing_time: 0,
          },
        ],
      },
    ]);
  });

  test('keeps its numbers within what others can read, and its texts short', () => {
    const service = new MicroService(options(memoryBus()));
    const requests = service.endpoint('requests');
    for (let i = 0; i < 3; i++) requests.done(Number.MAX_SAFE_INTEGER, 'x'.repeat(10_000));
    const [stats] = service.stats().endpoints;
    expect(stats?.processing_time).toBe(Number.MAX_SAFE_INTEGER);
    expect(stats?.last_error).toHaveLength(301);
    expect(ajv.validate(SCHEMAS.STATS, service.stats())).toBe(true);
  });

  test('has metadata that nobody changes', () => {
    const metadata = { host: 'cellar' };
    const service = new MicroService({ ...options(memoryBus()), metadata });
    metadata.host = 'roof';
    expect(service.ping().metadata).toEqual({ host: 'cellar' });
    expect(Object.isFrozen(service.ping().metadata)).toBe(true);
  });

  test('is asked nothing more once it is closed, and answers what is under way', async () => {
    const clock = new VirtualClock();
    const bus = memoryBus({ clock });
    const service = new MicroService(options(bus));
    const answer = bus.request('$SRV.PING', NO_DATA, { timeoutMs: 1_000 });
    const closed = service.close();
    expect(service.close()).toBe(closed);
    await closed;
    expect(JSON.parse(Buffer.from((await answer).data).toString())).toMatchObject({ id: 'one' });
    await expect(bus.request('$SRV.PING', NO_DATA, { timeoutMs: 1_000 })).rejects.toMatchObject({
      reason: 'bus-no-responders',
    });
    expect(bus.stats()).toEqual({ subscriptions: 0, waiting: 0, underWay: 0 });
  });

  test('can be closed after its bus', async () => {
    const bus = memoryBus();
    const service = new MicroService(options(bus));
    await bus.close();
    await service.close();
  });

  test('is not asked by a message that wants no answer', async () => {
    const bus = memoryBus();
    new MicroService(options(bus));
    bus.publish('$SRV.PING', NO_DATA);
    await bus.flush();
    expect(bus.stats().underWay).toBe(0);
  });

  test.each<[string, Partial<Record<keyof MicroServiceOptions, unknown>>]>([
    ['name', { name: '' }],
    ['name', { name: 'a.b' }],
    ['name', { name: 'pump 3' }],
    ['name', { name: undefined }],
    ['id', { id: '*' }],
    ['id', { id: '' }],
    ['version', { version: '1.0' }],
    ['version', { version: 'v1.0.0' }],
    ['version', { version: '01.0.0' }],
    ['version', { version: undefined }],
    ['metadata', { metadata: 'text' }],
    ['metadata.port', { metadata: { port: 1 } }],
    [
      'endpoints',
      {
        endpoints: [
          { name: 'a', subject: 'a' },
          { name: 'a', subject: 'b' },
        ],
      },
    ],
    ['endpoints.name', { endpoints: [{ name: 'pump.3', subject: 'a' }] }],
    ['endpoints.subject', { endpoints: [{ name: 'a', subject: 'a b' }] }],
    ['endpoints.subject', { endpoints: [{ name: 'a', subject: 'a', queueGroup: '' }] }],
    ['endpoints.metadata', { endpoints: [{ name: 'a', subject: 'a', metadata: [] }] }],
  ])('refuses a wrong %s: %j', (option, wrong) => {
    const bus = memoryBus();
    const make = (): unknown => new MicroService({ ...options(bus), ...(wrong as object) });
    expect(make).toThrow(OptionError);
    expect(make).toThrow(expect.objectContaining({ option }));
    expect(bus.stats().subscriptions).toBe(0);
  });

  test('knows only its own endpoints', () => {
    const service = new MicroService(options(memoryBus()));
    expect(() => service.endpoint('other')).toThrow(RangeError);
  });
});
