import vm from 'node:vm';
import { describe, expect, test } from 'vitest';
import { createStructJson } from '../../src/wire/index.js';
import { Pair, watch } from '../support/pair.js';

const avatar = async (): Promise<string> => 'a picture';

/** A pair whose server keeps what goes wrong in its log. */
async function loggedPair(): Promise<{ pair: Pair; errors: string[] }> {
  const errors: string[] = [];
  const keep = (text: unknown): void => void errors.push(String(text));
  const logger = { debug: () => {}, info: () => {}, warn: keep, error: keep };
  return { pair: await Pair.connected({ server: { logger } }), errors };
}

describe('FC-23: what JSON would empty', () => {
  test.each([
    ['a promise', Promise.resolve(1), 'data to be JSON, got a Promise'],
    ['an error', new Error('x'), 'data to be JSON, got an Error'],
    ['an invalid date', new Date(Number.NaN), 'data to be JSON, got an invalid Date'],
    ['a forgotten await', { user: { avatar: avatar() } }, 'data.user.avatar to be JSON, got a Promise'],
    ['promises in an array', [avatar()], 'data[0] to be JSON, got a Promise'],
    ['a promise of another realm', vm.runInNewContext('({ a: Promise.resolve() })'), 'data.a to be JSON'],
    ['bytes', { image: Buffer.from('x') }, 'data.image to be JSON, got bytes in a Buffer'],
  ])('is never sent, and costs the session nothing: %s', async (_, data, text) => {
    const pair = await Pair.connected();
    const { messagesSent } = pair.client.counters;
    for (const ask of [
      () => pair.client.write(1, data),
      () => pair.client.execute(1, data),
      () => pair.client.request(10, 1, data),
      () => pair.client.send(50, 1, data),
    ]) {
      const asked = ask();
      await expect(asked).rejects.toBeInstanceOf(TypeError);
      await expect(asked).rejects.toThrow(text);
    }
    expect(pair.client.counters.messagesSent).toBe(messagesSent);
    pair.server.onWrite(1, (written) => written);
    const written = watch(pair.client.write(1, { fine: true }));
    await pair.settle();
    expect(written.value).toEqual({ fine: true });
    expect(await pair.close()).toBe(0);
  });

  test.each([
    ['at once', () => ({ user: { avatar: avatar() } })],
    ['later', async () => ({ user: { avatar: avatar() } })],
    ['as an error that it returns', () => ({ user: { avatar: new Error('no picture') } })],
  ])('is no answer of a handler: the peer hears of a failure, the log of the place: %s', async (_, handler) => {
    const { pair, errors } = await loggedPair();
    pair.server.onRead(7, handler);
    const read = watch(pair.client.read(7));
    await pair.settle();
    expect(read.error).toMatchObject({ name: 'StatusError', status: 2 });
    expect(errors.join('\n')).toContain('expected data.user.avatar to be JSON, got a');
    await pair.close();
  });

  test('is refused by the codec of old peers too', async () => {
    const pair = await Pair.connected({ both: { codec: createStructJson() } });
    await expect(pair.client.write(1, { at: new Date(Number.NaN) })).rejects.toThrow('data.at to be JSON');
    await pair.close();
  });
});

test('FC-23: instances of classes of a program, of any realm, arrive by their fields', async () => {
  class Reading {
    readonly at = new Date(0);
    readonly celsius: number;
    constructor(celsius: number) {
      this.celsius = celsius;
    }
    get fahrenheit(): number {
      return this.celsius * 1.8 + 32;
    }
  }
  const pair = await Pair.connected();
  pair.server.onWrite(1, (data) => data);
  const elsewhere: unknown = vm.runInNewContext('new (class { unit = "m"; #hidden = 1; })()');
  const written = watch(pair.client.write(1, { inside: new Reading(20), elsewhere }));
  await pair.settle();
  expect(written.value).toEqual({
    inside: { at: '1970-01-01T00:00:00.000Z', celsius: 20 },
    elsewhere: { unit: 'm' },
  });
  await pair.close();
});
