import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  type ContractHandlers,
  isSocketProtocolError,
  type SessionOptions,
  SID_EXECUTE_REQUEST,
  SID_WRITE_REQUEST,
  StatusError,
  ValidationError,
} from '../../src/index.js';
import { Pair, watch } from '../support/pair.js';
import { CODES, LIBRARIES, type Thermostat } from './libraries.js';

const handlers: ContractHandlers<Thermostat['entries']> = {
  time: () => 'noon',
  led: () => null,
  reboot: ({ steps }) => steps.length > 0,
  calibrate: (offset) => offset * 2,
  slow: async (value) => `slow ${value}`,
};

async function answeredBy(
  thermostat: Thermostat,
  changed: Partial<ContractHandlers<Thermostat['entries']>> = {},
  both: SessionOptions = {},
) {
  const pair = await Pair.connected({ both });
  thermostat.handle(pair.server, { ...handlers, ...changed });
  return { pair, client: thermostat.client(pair.client) };
}

/** The error of a promise, after everything that needs no time. */
async function errorOf(pair: Pair, promise: Promise<unknown>): Promise<unknown> {
  const watched = watch(promise);
  await pair.settle();
  expect(watched.state).toBe('rejected');
  return watched.error;
}

describe.each(Object.entries(LIBRARIES))('with the schemas of %s', (library, thermostat) => {
  test('a client asks by name and gets what the handlers answer', async () => {
    const { pair, client } = await answeredBy(thermostat);
    const answers = Promise.all([
      client.time(),
      client.led({ brightness: 0.5 }),
      client.reboot({ steps: [{ delay: 3 }] }),
      client.slow(7),
    ]);
    await pair.settle();
    expect(await answers).toEqual(['noon', null, true, 'slow 7']);
    expect(pair.server.counters).toMatchObject({ callbackErrors: 0, validationErrors: 0, dropped: {} });
    expect(await pair.close()).toBe(0);
  });

  test('what was given travels, and each receiver gets what its schema makes of it', async () => {
    const got: unknown[] = [];
    const { pair, client } = await answeredBy(thermostat, {
      calibrate: (offset, message) => {
        got.push(offset, message.data);
        return offset * 2;
      },
    });
    const wire: unknown[] = [];
    pair.client.on('message', ({ data }) => wire.push(data));
    const answer = client.calibrate('21');
    await pair.settle();
    expect(got).toEqual([21, '21']);
    expect(wire).toEqual([42]);
    expect(await answer).toBe('42');
    await pair.close();
  });

  test('a request that does not fit is refused before it is sent, with the path', async () => {
    const { pair, client } = await answeredBy(thermostat);
    const sent = pair.client.counters.messagesSent;
    const error = await errorOf(pair, client.reboot({ steps: [{ delay: 1 }, { delay: 'x' as never }] }));
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({
      code: 'ERR_VALIDATION',
      reason: 'invalid-input',
      entry: 'reboot',
      side: 'input',
      issues: [{ path: 'steps[1].delay', code: CODES[library]?.type }],
      serviceId: SID_EXECUTE_REQUEST,
      dataId: 2,
      peerAddress: 'memory',
    });
    expect(String(error)).toBe(
      `ValidationError: Invalid input of reboot (execute request, data_id 2) of memory: steps[1].delay (${CODES[library]?.type})`,
    );
    expect(pair.client.counters).toMatchObject({ messagesSent: sent, validationErrors: 1 });
    expect(await pair.close()).toBe(0);
  });

  test('a request that does not fit, of a peer without the contract, is answered with "callback error"', async () => {
    const called: unknown[] = [];
    const { pair } = await answeredBy(thermostat, {
      led: (value) => {
        called.push(value);
        return null;
      },
    });
    const failed: unknown[] = [];
    pair.server.on('callbackError', (error, { dataId }) => failed.push(error, dataId));
    const answer = pair.client.request(SID_WRITE_REQUEST, 1, { brightness: 7 });
    await pair.settle();
    expect(await answer).toMatchObject({ status: 2, data: null });
    expect(called).toEqual([]);
    expect(failed).toEqual([expect.any(ValidationError), 1]);
    expect(failed[0]).toMatchObject({
      reason: 'invalid-input',
      side: 'input',
      entry: 'led',
      issues: [{ path: 'brightness', code: CODES[library]?.limit }],
      message: `Invalid input of led (write data request, data_id 1) from memory: brightness (${CODES[library]?.limit})`,
    });
    expect(pair.server.counters).toMatchObject({ callbackErrors: 1, validationErrors: 1 });
    expect(await pair.close()).toBe(0);
  });

  test('an answer that does not fit leaves nobody: its handler has failed', async () => {
    const { pair, client } = await answeredBy(thermostat, { time: () => 'x' });
    const failed: Error[] = [];
    pair.server.on('callbackError', (error) => failed.push(error));
    const error = await errorOf(pair, client.time());
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ status: 2, dataId: 0, answer: { data: null } });
    expect(failed).toMatchObject([{ reason: 'invalid-output', side: 'output', entry: 'time' }]);
    await pair.close();
  });

  test('an answer that does not fit, of a peer without the contract, is a ValidationError', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => 17);
    const error = await errorOf(pair, thermostat.client(pair.client).time());
    expect(error).toMatchObject({ reason: 'invalid-output', side: 'output', entry: 'time', dataId: 0 });
    expect(pair.client.counters.validationErrors).toBe(1);
    expect(isSocketProtocolError(error)).toBe(true);
    expect(await pair.close()).toBe(0);
  });

  test('no value that does not fit gets into logs, events, errors, counters or answers', async () => {
    const CANARY = 'canary-4711';
    const printed: string[] = [];
    const print = (text: string): void => void printed.push(text);
    // a line of the level info shows each message as it travels
    const logger = { warn: print, error: print };
    const { pair, client } = await answeredBy(
      thermostat,
      { time: () => [CANARY] as never, slow: () => ({ [`k`]: CANARY }) as never },
      { logger },
    );
    const observed: unknown[] = [];
    for (const session of [pair.client, pair.server]) {
      session.on('callbackError', (error) => observed.push(error));
      session.on('dropped', (drop) => observed.push(drop));
    }
    const answers: unknown[] = [];
    pair.client.on('message', (message) => answers.push(message));
    const asked = [
      client.led({ brightness: CANARY as never }),
      client.led(CANARY as never),
      client.reboot({ steps: [{ delay: CANARY as never }] }),
      client.calibrate({ [CANARY]: CANARY } as never),
      client.slow(CANARY as never),
      client.slow(1),
      client.time(),
      pair.client.write(1, { brightness: CANARY }),
      pair.client.write(1, [CANARY]),
      pair.client.execute(2, { steps: [{ delay: CANARY }, CANARY] }),
      pair.client.execute(3, CANARY),
    ];
    const errors = Promise.all(
      asked.map((each) =>
        each.then(
          () => 'answered',
          (error: unknown) => error,
        ),
      ),
    );
    await pair.settle();
    for (const error of await errors) {
      expect(error).toBeInstanceOf(Error);
      observed.push(error);
      if (error instanceof ValidationError) {
        // whoever wants to know can
        expect(error.unmasked()).toBeInstanceOf(Array);
        observed.push(structuredClone(error), { ...error }, String(error.stack));
      }
    }
    const texts = [...printed, ...answers, ...observed, pair.client, pair.server].map(
      (each) => `${inspect(each, { depth: 10, showHidden: true })} ${JSON.stringify(each)}`,
    );
    expect(texts.length).toBeGreaterThan(30);
    expect(texts.filter((text) => text.includes(CANARY))).toEqual([]);
    expect(printed.filter((line) => line.includes('data: "***"'))).toHaveLength(6);
    expect(await pair.close()).toBe(0);
  });
});
