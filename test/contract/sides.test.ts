/** Clients and handlers on sessions: names, services, statuses with data. */

import { describe, expect, test, vi } from 'vitest';
import {
  connect,
  contract,
  createMemoryPair,
  execute,
  OptionError,
  RequestSidExistsError,
  ResponseSidExistsError,
  read,
  request,
  Session,
  SID_WRITE_REQUEST,
  STATUS_OPERATION_NOT_PERMITTED,
  StatusError,
  write,
} from '../../src/index.js';
import { Pair, watch } from '../support/pair.js';
import { number, schemaOf } from './schemas.js';

const thermostat = contract({
  time: read(0, number),
  led: write(1, number),
  reboot: execute(2),
  calibrate: request(100, 101, 0, number, number),
  offset: request(100, 101, 1),
});

const handlers = {
  time: () => 1,
  led: () => null,
  reboot: () => null,
  calibrate: (value: number) => value,
  offset: () => null,
};

/** The error that a call throws. */
function thrownBy(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it threw nothing');
}

describe('the names of a contract', () => {
  test('are in the log and in errors, on both sides', async () => {
    const lines: string[] = [];
    const print = (line: string): void => void lines.push(line);
    const logger = { info: print, warn: print, error: print };
    const pair = await Pair.connected({ both: { logger } });
    thermostat.register(pair.server);
    const client = thermostat.client(pair.client);
    pair.server.onWrite(1, () => {
      throw new StatusError(STATUS_OPERATION_NOT_PERMITTED);
    });
    const asked = watch(client.led(1));
    await pair.settle();
    expect(asked.error).toMatchObject({
      message: 'led (write data request, data_id 1) of memory: operation not permitted (6)',
      serviceId: SID_WRITE_REQUEST,
      dataId: 1,
      peerAddress: 'memory',
      answer: { status: 6, data: null },
    });
    expect(lines.filter((line) => line.includes('service: write data request, data_id: led'))).toHaveLength(
      2,
    );
    expect(lines.filter((line) => line.includes('service: write data response, data_id: led'))).toHaveLength(
      2,
    );
    await pair.close();
  });

  test('are in a time-out', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => new Promise(() => {}));
    const asked = watch(thermostat.client(pair.client).time({ timeout: 10 }));
    await pair.clock.advanceAsync(10);
    expect(asked.error).toMatchObject({
      message: 'No answer to time (read data request, data_id 0) of memory within 10 ms',
    });
    await pair.close();
  });

  test('are registered for many sessions, as often as anybody likes, and those of a session stay its own', async () => {
    const [one, two] = [await Pair.connected(), await Pair.connected()];
    one.client.addService(200, 201, 'own request');
    one.client.addData(SID_WRITE_REQUEST, 9, 'mine');
    for (const { client } of [one, two, one]) {
      thermostat.register(client);
      thermostat.client(client);
    }
    two.client.addData(SID_WRITE_REQUEST, 9, 'yours');
    const nameOf = async ({ client, clock }: Pair): Promise<unknown> => {
      const asked = watch(client.write(9, 1, { timeout: 1 }));
      await clock.advanceAsync(1);
      return (asked.error as Error).message;
    };
    await one.close();
    await two.close();
    expect(await nameOf(one)).toContain('mine (write data request, data_id 9)');
    expect(await nameOf(two)).toContain('yours (write data request, data_id 9)');
    expect(() => two.client.addService(200, 201)).not.toThrow();
    expect(() => two.client.addService(100, 103)).toThrow(RequestSidExistsError);
  });

  test('of two contracts on one session stand side by side', async () => {
    const pair = await Pair.connected();
    const other = contract({ fan: write(5, number), range: request(100, 101, 7) });
    thermostat.handle(pair.server, handlers);
    other.handle(pair.server, { fan: () => null, range: () => 'wide' });
    const clients = [thermostat.client(pair.client), other.client(pair.client)] as const;
    const answers = Promise.all([clients[0].calibrate(3), clients[1].range(), clients[1].fan(1)]);
    await pair.settle();
    expect(await answers).toEqual([3, 'wide', null]);
    await pair.close();
  });
});

describe('a service of a contract', () => {
  test('may be known to the session already', async () => {
    const pair = await Pair.connected();
    pair.client.addService(100, 101, 'mine');
    expect(() => thermostat.client(pair.client)).not.toThrow();
    await pair.close();
  });

  test.each([
    ['the requests are those of another service', 100, 55, RequestSidExistsError],
    ['the answers are those of another service', 55, 101, ResponseSidExistsError],
    ['the answers are the requests of another service', 101, 55, ResponseSidExistsError],
  ] as const)('is refused where %s, and nothing is registered', async (_, requestSid, responseSid, type) => {
    const pair = await Pair.connected();
    pair.server.addService(requestSid, responseSid);
    expect(() => thermostat.client(pair.server)).toThrow(type);
    expect(() => thermostat.handle(pair.server, handlers)).toThrow(type);
    const asked = watch(pair.client.read(0, { timeout: 10 }));
    await pair.settle();
    expect(asked.error).toMatchObject({ reason: 'request-buffered' });
    await pair.close();
  });
});

describe('handlers', () => {
  test('may be the methods of an instance, which is their `this`', async () => {
    class Thermostat {
      #brightness = 0;
      readonly unrelated = true;
      time(): number {
        return this.#brightness;
      }
      led(value: number): null {
        this.#brightness = value;
        return null;
      }
      reboot(): null {
        return null;
      }
      calibrate(value: number): number {
        return value;
      }
      offset(): null {
        return null;
      }
    }
    const pair = await Pair.connected();
    thermostat.handle(pair.server, new Thermostat());
    const client = thermostat.client(pair.client);
    const answers = Promise.all([client.led(7), client.time()]);
    await pair.settle();
    expect(await answers).toEqual([null, 7]);
    await pair.close();
  });

  test('get the message as it came, and answer null where they return nothing', async () => {
    const pair = await Pair.connected();
    const got: unknown[] = [];
    thermostat.handlePart(pair.server, {
      reboot: (value, message) => {
        got.push(value, message.dataId, message.serviceId);
      },
    });
    const answer = thermostat.client(pair.client).reboot({ now: true });
    await pair.settle();
    expect(await answer).toBeNull();
    expect(got).toEqual([{ now: true }, 2, 30]);
    await pair.close();
  });

  test.each<[what: string, given: unknown, text: string]>([
    [
      'missing',
      { time: () => 1, led: () => null },
      'Option handlers: expected a function for each entry, got none for reboot, calibrate, offset',
    ],
    [
      'no object',
      () => {},
      'Option handlers: expected an object with a function for each entry, got a function',
    ],
    ['no function', { ...handlers, led: 1 }, 'Option handlers.led: expected a function, got a number'],
    [
      'misspelt',
      { ...handlers, laed: () => null },
      'There is no option handlers.laed; did you mean handlers.led?',
    ],
  ])('are refused where one is %s, and none is registered', async (_, given, text) => {
    const pair = await Pair.connected();
    const error = thrownBy(() => thermostat.handle(pair.server, given as never));
    expect(error).toBeInstanceOf(OptionError);
    expect(error.message).toBe(text);
    const asked = watch(pair.client.read(0, { timeout: 10 }));
    await pair.settle();
    expect(asked.error).toMatchObject({ reason: 'request-buffered' });
    await pair.close();
  });

  test('for a part leave the rest as it is without a contract', async () => {
    const pair = await Pair.connected();
    thermostat.handlePart(pair.server, { time: () => 5 });
    const client = thermostat.client(pair.client);
    const [time, led] = [watch(client.time()), watch(client.led(1))];
    await pair.settle();
    expect(time.value).toBe(5);
    expect(led.error).toMatchObject({ reason: 'request-buffered' });
    await pair.close();
  });
});

describe('a StatusError of a handler', () => {
  test('brings its data to the peer, with a contract and without', async () => {
    const pair = await Pair.connected();
    const refuse = (): never => {
      throw new StatusError(99, { message: 'only here', data: { retryAfter: 30 } });
    };
    thermostat.handlePart(pair.server, { led: refuse, calibrate: async () => refuse() });
    pair.server.onRead(0, refuse);
    const client = thermostat.client(pair.client);
    const asked = [client.led(1), client.calibrate(1), pair.client.read(0)].map(watch);
    await pair.settle();
    for (const { error } of asked) {
      expect(error).toBeInstanceOf(StatusError);
      expect(error).toMatchObject({
        status: 99,
        reason: 'other-status',
        answer: { data: { retryAfter: 30 } },
      });
    }
    expect(String(asked[0]?.error)).not.toContain('only here');
    expect(pair.server.counters.callbackErrors).toBe(0);
    await pair.close();
  });

  test('with data that cannot be sent is a failure of the handler', async () => {
    const pair = await Pair.connected();
    const failed: Error[] = [];
    pair.server.on('callbackError', (error) => failed.push(error));
    pair.server.onRead(0, () => {
      throw new StatusError(99, { data: () => {} });
    });
    pair.server.onRead(1, async () => {
      throw new StatusError(99, { data: 'x'.repeat(40_000_000) });
    });
    const answers = Promise.all([pair.client.request(10, 0), pair.client.request(10, 1)]);
    await pair.settle();
    expect(await answers).toMatchObject([
      { status: 2, data: null },
      { status: 2, data: null },
    ]);
    expect(failed.map(({ name }) => name)).toEqual(['TypeError', 'RangeError']);
    await pair.close();
  });

  test('that comes from another peer goes on without the data of that peer', async () => {
    const [front, back] = [await Pair.connected(), await Pair.connected()];
    back.server.onRead(0, () => {
      throw new StatusError(99, { data: 'of the inside' });
    });
    front.server.onRead(0, () => back.client.read(0));
    const answer = front.client.request(10, 0);
    await front.settle();
    await back.settle();
    await front.settle();
    expect(await answer).toMatchObject({ status: 99, data: null });
    await front.close();
    await back.close();
  });

  test('may be one of another copy of the package', async () => {
    vi.resetModules();
    const there = await import('../../src/index.js');
    const pair = await Pair.connected();
    pair.server.onRead(0, () => {
      throw new there.StatusError(99, { data: [1] });
    });
    pair.server.onRead(1, () => {
      throw Object.defineProperty(new there.StatusError(99), 'data', {
        get: () => {
          throw new Error('read');
        },
      });
    });
    const answers = Promise.all([pair.client.request(10, 0), pair.client.request(10, 1)]);
    await pair.settle();
    expect(await answers).toMatchObject([
      { status: 99, data: [1] },
      { status: 2, data: null },
    ]);
    await pair.close();
  });
});

describe('a contract', () => {
  test('of another copy of the package works on a session of this one', async () => {
    vi.resetModules();
    const there = await import('../../src/index.js');
    const foreign = there.contract({
      led: there.write(1, number, number),
      calibrate: there.request(100, 101, 0, number),
    });
    const pair = await Pair.connected();
    foreign.handle(pair.server, { led: (value) => value + 1, calibrate: () => 'done' });
    foreign.handle(pair.server, { led: (value) => value + 1, calibrate: () => 'done' });
    const client = foreign.client(pair.client);
    foreign.client(pair.client);
    const answers = Promise.all([client.led(1), client.calibrate(1)]);
    const refused = watch(client.led('x' as never));
    const status = watch(pair.client.write(1, 'x'));
    await pair.settle();
    expect(await answers).toEqual([2, 'done']);
    expect(refused.error).toMatchObject({ code: 'ERR_VALIDATION', entry: 'led' });
    expect(status.error).toMatchObject({
      status: 2,
      message: 'led (write data request, data_id 1) of memory: callback error (2)',
    });
    await pair.close();
  });

  test('asks through anything that has the `request` of a session', async () => {
    const asked: unknown[] = [];
    const peer = {
      request: async (...args: readonly unknown[]) => {
        asked.push(args);
        return { status: args[1] === 1 ? 6 : 0, data: 3 } as never;
      },
    };
    const client = thermostat.client(peer);
    expect(await client.time({ timeout: 5 })).toBe(3);
    expect(asked).toEqual([[10, 0, null, { timeout: 5 }]]);
    await expect(client.led(1)).rejects.toMatchObject({
      status: 6,
      message: 'led (write data request, data_id 1) of the peer: operation not permitted (6)',
    });
    await expect(client.led('x' as never)).rejects.toMatchObject({ code: 'ERR_VALIDATION' });
  });

  test('sends null for what is left out, and refuses to write nothing', async () => {
    const nullable = schemaOf<number | null>((value) => (value === undefined ? {} : { value }));
    const made = contract({ a: execute(1, nullable), b: write(2, nullable), c: write(3) });
    const pair = await Pair.connected();
    made.handle(pair.server, { a: (value) => [value], b: (value) => [value], c: (value) => [value] });
    const client = made.client(pair.client);
    const answers = Promise.all([client.a(), client.b(), client.c(null)]);
    const refused = watch(client.c(undefined));
    await pair.settle();
    expect(await answers).toEqual([[null], [null], [null]]);
    expect(refused.error).toMatchObject({ name: 'TypeError', message: 'c needs data; null stands for none' });
    await pair.close();
  });

  test('rejects as a session does: time-outs, the end, options', async () => {
    const pair = await Pair.connected();
    const client = thermostat.client(pair.client);
    const wrong = watch(client.led(1, { timeOut: 1 } as never));
    await pair.close();
    const closed = watch(client.led(1));
    await pair.settle();
    expect(wrong.error).toMatchObject({ code: 'ERR_OPTION', option: 'timeOut' });
    expect(closed.error).toMatchObject({ code: 'ERR_SESSION_CLOSED', dataId: 1 });
  });

  test('leads from an error to the line that asked', async () => {
    const pair = await Pair.connected();
    const client = thermostat.client(pair.client);
    const askInvalid = (): Promise<unknown> => client.led('x' as never);
    const askUnknown = async (): Promise<unknown> => await client.led(1);
    const errors = Promise.all(
      [askInvalid(), askUnknown()].map((each) => each.catch((error: Error) => String(error.stack))),
    );
    await pair.settle();
    const [invalid, unknown] = await errors;
    expect(invalid).toContain('askInvalid');
    expect(unknown).toContain('askUnknown');
    await pair.close();
  });
});

test('a session that was closed, and one that is no session, register all the same', async () => {
  const { client } = createMemoryPair();
  const session = new Session(client);
  await session.close();
  expect(() => thermostat.register(session)).not.toThrow();
  expect(() => thermostat.register(connect)).not.toThrow();
});
