import vm from 'node:vm';
import { describe, expect, test } from 'vitest';
import { secretOption } from '../../src/base/options.js';
import { connect, createMemoryPair, listen, OptionError, Session } from '../../src/index.js';
import { Pair } from '../support/pair.js';

const TEXT = 'correct horse battery staple';
const BYTES = Buffer.from(TEXT);

/** The bytes of the secret as a program of another realm has them: its `Uint8Array` is not ours. */
function elsewhere(expression: string): unknown {
  return vm.runInNewContext(`const bytes = Uint8Array.from(numbers); ${expression}`, { numbers: [...BYTES] });
}

function shared(): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(BYTES.length));
  bytes.set(BYTES);
  return bytes;
}

const [padded] = [Buffer.concat([Buffer.from('..'), BYTES, Buffer.from('..')])];

const SECRETS: readonly (readonly [what: string, secret: unknown])[] = [
  ['a text', TEXT],
  ['a Buffer', BYTES],
  ['a Uint8Array', new Uint8Array(BYTES)],
  ['a part of a Uint8Array', new Uint8Array(padded).subarray(2, -2)],
  ['an ArrayBuffer', Uint8Array.from(BYTES).buffer],
  ['a DataView of a part', new DataView(Uint8Array.from(padded).buffer, 2, BYTES.length)],
  ['shared memory', shared()],
  ['a SharedArrayBuffer', shared().buffer],
  ['a text of another realm', vm.runInNewContext('text + ""', { text: TEXT })],
  ['a Uint8Array of another realm', elsewhere('bytes')],
  ['a subclass of it', elsewhere('new (class Bytes extends Uint8Array {})(bytes)')],
  ['a part of one', elsewhere('Uint8Array.from([0, ...numbers, 0]).subarray(1, -1)')],
  ['an ArrayBuffer of another realm', elsewhere('bytes.buffer')],
  ['a DataView of another realm', elsewhere('new DataView(bytes.buffer)')],
];

describe('FC-22: a secret', () => {
  test.each(SECRETS)('may be %s', (_, secret) => {
    const bytes = secretOption('secret', secret);
    expect([bytes?.toString(), Buffer.isBuffer(bytes)]).toEqual([TEXT, true]);
  });

  test.each(SECRETS)('that is %s is the same on both sides', async (_, secret) => {
    const pair = await Pair.connected({ client: { secret: secret as string }, server: { secret: TEXT } });
    expect(pair.client.isTrusted).toBe(true);
    await pair.close();
  });

  test('is copied: a program may wipe its own bytes', async () => {
    for (const bytes of [Buffer.from(BYTES), new Uint8Array(BYTES), shared()]) {
      const secret = secretOption('secret', bytes);
      bytes.fill(0);
      expect(secret?.toString()).toBe(TEXT);
    }
  });

  test.each([
    [new Uint16Array(8), 'a text or a Uint8Array, got one of type Uint16Array'],
    [elsewhere('new Float64Array(8)'), 'a text or a Uint8Array, got one of type Float64Array'],
    [new Int8Array(8), 'a text or a Uint8Array, got one of type Int8Array'],
    [[1, 2, 3], 'a text or a Uint8Array, got an array'],
    [{ type: 'Buffer', data: [1, 2] }, 'a text or a Uint8Array, got an object'],
    [Promise.resolve(TEXT), 'a text or a Uint8Array, got a promise (is an await missing?)'],
    [new String(TEXT), 'a text or a Uint8Array, got an object'],
    [7, 'a text or a Uint8Array, got a number'],
    [() => TEXT, 'a text or a Uint8Array, got a function'],
    ['', 'at least one byte, got none'],
    [new Uint8Array(0), 'at least one byte, got none'],
    [new ArrayBuffer(0), 'at least one byte, got none'],
    [elsewhere('new Uint8Array(0)'), 'at least one byte, got none'],
    [`${TEXT}\ud800`, 'text that UTF-8 can write, got half of a surrogate pair'],
  ])('is refused where it is none, and never shown: %#', (secret, text) => {
    const { client } = createMemoryPair();
    const make = (): Session => new Session(client, { secret: secret as string });
    expect(make).toThrow(OptionError);
    expect(make).toThrow(`Option secret: expected ${text}`);
    expect(make).not.toThrow(/horse/);
  });
});

describe('options', () => {
  test.each([
    ['of another realm', () => vm.runInNewContext('({ channelName: "lamp", requestTimeout: 7 })') as object],
    ['without a prototype', () => Object.assign(Object.create(null) as object, { channelName: 'lamp' })],
    [
      'of a realm in which every object has more',
      () => vm.runInNewContext('Object.prototype.extra = 1; ({ channelName: "lamp" })') as object,
    ],
    [
      'behind getters of a class',
      () =>
        new (class {
          get channelName(): string {
            return 'lamp';
          }
        })(),
    ],
  ])('may be %s', (_, make) => {
    const { client } = createMemoryPair();
    expect(new Session(client, make()).channelName).toBe('lamp');
  });

  test('that are still a promise are refused through every door', async () => {
    const promise = Promise.resolve({ timeout: 5 }) as never;
    const message = /^Option options: expected an object, as in .+, got a promise \(is an await missing\?\)$/;
    const { client } = createMemoryPair();
    const session = new Session(client);
    await expect(session.read(0, promise)).rejects.toThrow(message);
    await expect(connect(promise)).rejects.toThrow(message);
    await expect(listen(promise, () => {})).rejects.toThrow(message);
    expect(() => new Session(createMemoryPair().client, promise)).toThrow(message);
    const reconnect = vm.runInNewContext('Promise.resolve({})') as never;
    await expect(connect({ port: 1, reconnect })).rejects.toThrow('got a promise');
    await session.close();
  });

  test('of another realm are checked for names that do not exist', () => {
    const { client } = createMemoryPair();
    const options = vm.runInNewContext('({ chanelName: "lamp" })') as object;
    expect(() => new Session(client, options)).toThrow('did you mean channelName?');
  });
});
