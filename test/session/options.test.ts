import { describe, expect, test } from 'vitest';
import {
  createMemoryPair,
  OptionError,
  Session,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  SID_WRITE_REQUEST,
} from '../../src/index.js';
import { Pair, watch } from '../support/pair.js';
import { MemoryPuppet } from '../support/puppet.js';

describe('the options of a session', () => {
  test.each([
    [{ inspect: { next: 5 } }, 'inspect'],
    [{ inspect: {} }, 'inspect'],
    [{ secrett: 'a' }, 'secrett'],
    [{ logger: { log: () => {} } }, 'logger'],
    [{ logger: { warn: 'x' } }, 'logger'],
    [{ logLevel: 'verbose' }, 'logLevel'],
    [{ codec: { encode: () => Buffer.alloc(0) } }, 'codec'],
  ])('are refused where they are none: %j', (options, name) => {
    const { client } = createMemoryPair();
    expect(() => new Session(client, options as object)).toThrow(OptionError);
    expect(() => new Session(client, options as object)).toThrow(name);
  });

  test('name the codecs that there are where a codec is given by its name', () => {
    const { client } = createMemoryPair();
    const given = () => new Session(client, { codec: 'struct_json' } as object);
    expect(given).toThrow(/structJson of socket-protocol\/wire\), got a string/);
  });

  test.each([
    { next: () => {} },
    () => {},
  ])('take an observer of actors, or its function alone: %#', async (inspect) => {
    const pair = await Pair.connected({ client: { inspect } });
    expect(pair.client.isConnected()).toBe(true);
    await pair.close();
  });
});

describe('the options of a request', () => {
  test.each([
    5,
    'text',
    null,
    [],
    { timeOut: 5 },
    { timeout: -1 },
    { signal: 'now' },
  ])('are refused where they are none: %j', async (options) => {
    const pair = await Pair.connected();
    await expect(pair.client.read(0, options as never)).rejects.toBeInstanceOf(OptionError);
    await pair.close();
  });
});

describe('a message that somebody waits for', () => {
  test('may be a request, which then is not kept for later', async () => {
    const pair = await Pair.connected();
    const received = watch(pair.server.receive(SID_WRITE_REQUEST, 7, 1_000));
    watch(pair.client.write(7, 'for you'));
    await pair.settle();
    expect(received.value).toMatchObject({ serviceId: SID_WRITE_REQUEST, data: 'for you' });
    const again = watch(pair.server.receive(SID_WRITE_REQUEST, 7, 10));
    await pair.clock.advanceAsync(10);
    expect([again.state, again.value]).toEqual(['resolved', null]);
    await pair.close();
  });

  test('is kept until somebody asks for it, once', async () => {
    const pair = await Pair.connected();
    watch(pair.client.read(7));
    await pair.settle();
    const [first, second] = [7, 7].map((dataId) => watch(pair.server.receive(SID_READ_REQUEST, dataId, 10)));
    await pair.clock.advanceAsync(10);
    expect([first?.value, second?.value]).toEqual([expect.objectContaining({ dataId: 7 }), null]);
    await pair.close();
  });

  test('that a callback handles is no message for a receive', async () => {
    const pair = await Pair.connected();
    const handled: unknown[] = [];
    pair.server.registerCallback(30, null, ({ data }) => void handled.push(data));
    const received = watch(pair.server.receive(30, 0, 10));
    await pair.client.send(30, 0, 'news');
    await pair.settle();
    expect([handled, received.state]).toEqual([['news'], 'pending']);
    await pair.clock.advanceAsync(10);
    expect(received.value).toBe(null);
    await pair.close();
  });

  test('is not believed before trust, also where its request might pass', async () => {
    const puppet = new MemoryPuppet('client', { session: { secret: 'correct horse battery staple' } });
    puppet.connect();
    puppet.session.addMsgToAuthWhitelist(SID_READ_REQUEST, 7);
    const received = watch(puppet.session.receive(SID_READ_RESPONSE, 7, 100));
    await puppet.says(SID_READ_RESPONSE, 7, 'a stranger');
    expect(received.state).toBe('pending');
    expect(puppet.session.counters.dropped).toEqual({ untrusted: 1 });
    await puppet.clock.advanceAsync(100);
    expect(received.value).toBe(null);
    await puppet.close();
  });
});
