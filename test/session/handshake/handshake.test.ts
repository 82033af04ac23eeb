import { describe, expect, test } from 'vitest';
import {
  AUTH_STATE_SEED_TRANSFERRED,
  AUTH_STATE_TRUSTED_CONNECTION,
  AUTH_STATE_UNTRUSTED_CONNECTION,
  deriveKey,
  Message,
  type Role,
  type SessionOptions,
  STATUS_AUTH_REQUIRED,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../../../src/index.js';
import { pureJson } from '../../../src/wire/index.js';
import { type Tuple, tupleOf } from '../../support/bytes.js';
import { Pair, watch } from '../../support/pair.js';
import { MemoryPuppet } from '../../support/puppet.js';

const SECRET = 'correct horse battery staple';

/** A session with a secret on an open link, and the test at the other end. */
async function linked(role: Role, options: SessionOptions = {}): Promise<MemoryPuppet> {
  const puppet = new MemoryPuppet(role, { session: { secret: SECRET, autoAuth: true, ...options } });
  if (role === 'server') puppet.comm.reconnect();
  await puppet.settle();
  return puppet;
}

/** Everything that the session has said. */
function saidBy({ heard }: MemoryPuppet): Tuple[] {
  return heard.map(tupleOf);
}

describe('two sessions with the same secret', () => {
  test('authenticate resolves at its own time-out, even while a longer one is running', async () => {
    const puppet = await linked('client', { authenticationTimeout: 5_000 });
    const impatient = watch(puppet.session.authenticate(200));
    const patient = watch(puppet.session.authenticate(10_000));
    await puppet.clock.advanceAsync(199);
    expect(impatient.state).toBe('pending');
    await puppet.clock.advanceAsync(1);
    expect([impatient.value, patient.state]).toEqual([false, 'pending']);
    await puppet.clock.advanceAsync(4_800);
    expect(patient.value).toBe(false);
    expect(puppet.session.counters.failedAuthentications).toBe(1);
    await puppet.session.close();
    expect(puppet.clock.pending).toBe(0);
  });

  test('trust each other, announce it, and stop when the link breaks', async () => {
    const pair = new Pair({ both: { secret: SECRET } });
    const events: string[] = [];
    for (const [name, session] of [
      ['client', pair.client],
      ['server', pair.server],
    ] as const) {
      for (const event of ['connected', 'trusted', 'untrusted', 'disconnected'] as const) {
        session.on(event, () => events.push(`${name} ${event}`));
      }
    }
    await pair.settle();
    expect([pair.client.isTrusted, pair.server.isTrusted]).toEqual([true, true]);

    pair.clientComm.cut();
    expect([pair.client.isTrusted, pair.server.isTrusted]).toEqual([false, false]);
    expect(pair.client.authenticationState).toBe(AUTH_STATE_UNTRUSTED_CONNECTION);
    await pair.clock.advanceAsync(1_000);

    expect([pair.client.isTrusted, pair.server.isTrusted]).toEqual([true, true]);
    expect(events.filter((event) => event.startsWith('client'))).toEqual([
      'client connected',
      'client trusted',
      'client untrusted',
      'client disconnected',
      'client connected',
      'client trusted',
    ]);
    expect(await pair.close()).toBe(0);
  });

  test('take over the name of the other side', async () => {
    const named = await Pair.connected({ client: { channelName: 'boiler' } });
    expect([named.server.channelName, named.serverComm.channelName]).toEqual(['boiler', 'boiler']);
    const serverNamed = await Pair.connected({ server: { channelName: 'cellar' } });
    expect(serverNamed.client.channelName).toBe('cellar');
    const both = await Pair.connected({ client: { channelName: 'a' }, server: { channelName: 'b' } });
    expect([both.client.channelName, both.server.channelName]).toEqual(['a', 'a']);
  });
});

describe('two sessions with different secrets', () => {
  test('stay untrusted, and the client learns it after the penalty of the server', async () => {
    const pair = new Pair({ client: { secret: 'one secret', autoAuth: false }, server: { secret: SECRET } });
    await pair.settle();
    const first = watch(pair.client.authenticate());
    await pair.clock.advanceAsync(99);
    expect(first.state).toBe('pending');
    await pair.clock.advanceAsync(1);
    expect(first.value).toBe(false);
    const second = watch(pair.client.authenticate());
    await pair.clock.advanceAsync(399);
    expect(second.state).toBe('pending');
    await pair.clock.advanceAsync(1);
    expect(second.value).toBe(false);

    const third = watch(pair.client.authenticate());
    await pair.settle();
    expect(third.value).toBe(false);
    expect(pair.client.isConnected()).toBe(false);
  });
});

describe('a server', () => {
  test('trusts the right key once, for the seed of this connection', async () => {
    const puppet = await linked('server');
    expect(await puppet.says(0, 0)).toEqual([[1, 0, 0, expect.stringMatching(/^[0-9a-f]{64}$/)]]);
    expect(puppet.state).toBe(AUTH_STATE_SEED_TRANSFERRED);
    const key = puppet.keyFor(puppet.seeds.at(-1) ?? '');
    expect(await puppet.says(0, 1, key)).toEqual([[1, 1, 0, true]]);
    expect(puppet.state).toBe(AUTH_STATE_TRUSTED_CONNECTION);

    await puppet.says(0, 1, key);
    await puppet.clock.advanceAsync(100);
    expect(saidBy(puppet).at(-1)).toEqual([1, 1, 0, false]);
    expect(puppet.state).toBe(AUTH_STATE_TRUSTED_CONNECTION);

    await puppet.says(0, 0);
    expect(puppet.session.isTrusted).toBe(false);
  });

  test('answers false to a key without a seed, and changes nothing else', async () => {
    const puppet = await linked('server');
    await puppet.says(0, 1, deriveKey('', Buffer.from(SECRET)));
    await puppet.clock.advanceAsync(100);
    expect(saidBy(puppet)).toEqual([[1, 1, 0, false]]);
    expect(puppet.state).toBe(AUTH_STATE_UNTRUSTED_CONNECTION);
  });

  test('rejects a key for a seed that is older than ten seconds', async () => {
    const puppet = await linked('server');
    await puppet.says(0, 0);
    await puppet.clock.advanceAsync(10_000);
    await puppet.says(0, 1, puppet.keyFor(puppet.seeds.at(-1) ?? ''));
    expect(puppet.state).toBe(AUTH_STATE_UNTRUSTED_CONNECTION);
  });

  test.each([
    [1, 0, 'a'.repeat(64)],
    [1, 1, true],
    [9, 0, 'name'],
  ])('never moves on a response: %i/%i', async (serviceId, dataId, data) => {
    const puppet = await linked('server');
    expect(await puppet.says(serviceId, dataId, data)).toEqual([]);
    expect(puppet.state).toBe(AUTH_STATE_UNTRUSTED_CONNECTION);
    expect(puppet.session.counters.dropped.unexpected).toBe(1);
  });

  test('without a secret answers that it knows no such service', async () => {
    const puppet = await linked('server', { secret: null });
    expect(await puppet.says(0, 0)).toEqual([[1, 0, STATUS_SERVICE_OR_DATA_UNKNOWN, null]]);
    expect(await puppet.says(0, 1, 'key')).toEqual([[1, 1, STATUS_SERVICE_OR_DATA_UNKNOWN, null]]);
  });

  test('runs only whitelisted callbacks before trust', async () => {
    const puppet = await linked('server');
    let runs = 0;
    puppet.session.registerCallback(null, null, () => {
      runs++;
      return [0, 'ran'];
    });
    expect(await puppet.says(10, 0)).toEqual([[11, 0, STATUS_AUTH_REQUIRED, null]]);
    expect(await puppet.says(50, 0)).toEqual([]);
    expect(runs).toBe(0);
    puppet.session.addMsgToAuthWhitelist(10, 0);
    expect(await puppet.says(10, 0)).toEqual([[11, 0, 0, 'ran']]);
    expect(await puppet.says(10, 1)).toEqual([[11, 1, STATUS_AUTH_REQUIRED, null]]);
  });

  test('closes the connection of a stranger whose frame is longer than 4 KiB', async () => {
    const puppet = await linked('server');
    const reasons: string[] = [];
    puppet.session.on('disconnected', (reason) => reasons.push(reason));
    const { length } = pureJson.encode(new Message({ serviceId: 50, dataId: 0, data: '' }));
    const longest = 'k'.repeat(4_096 - length);
    await puppet.says(50, 0, longest);
    expect(reasons).toEqual([]);
    await puppet.says(50, 0, `${longest}k`);
    expect(reasons).toEqual(['frame-too-long']);
    expect(puppet.session.counters.dropped['too-long']).toBe(1);
  });

  test('takes over the first name only, and answers both', async () => {
    const puppet = await linked('server');
    expect(await puppet.says(8, 0, 'first\nINFO forged')).toEqual([[9, 0, 0, null]]);
    expect(puppet.session.channelName).toBe('firstINFO forged');
    expect(await puppet.says(8, 0, 'second')).toEqual([[9, 0, 0, null]]);
    expect(puppet.session.channelName).toBe('firstINFO forged');
    expect(await puppet.says(8, 0, null)).toEqual([[9, 0, 0, 'firstINFO forged']]);
    const other = await linked('server');
    await other.says(8, 0, 'x'.repeat(300));
    expect(other.session.channelName).toBe('x'.repeat(128));
  });
});

describe('a client', () => {
  test('sends its name first, and then asks for a seed if it has a secret', async () => {
    const puppet = await linked('client', { channelName: 'me' });
    expect(saidBy(puppet)).toEqual([
      [8, 0, 0, 'me'],
      [0, 0, 0, null],
    ]);
  });

  test('never answers an authentication request, and ignores a verdict that it does not wait for', async () => {
    const puppet = await linked('client', { autoAuth: false });
    expect(await puppet.says(0, 0)).toEqual([]);
    expect(await puppet.says(0, 1, 'key')).toEqual([]);
    expect(await puppet.says(1, 1, true)).toEqual([]);
    expect(await puppet.says(1, 0, 'a'.repeat(64))).toEqual([]);
    expect(await puppet.says(8, 0, null)).toEqual([]);
    expect(puppet.session.isTrusted).toBe(false);
    expect(puppet.session.counters.dropped.unexpected).toBe(5);
  });

  test.each(['', 'short', 'x'.repeat(1_025), 7, null])('sends no key for the seed %j', async (seed) => {
    const puppet = await linked('client');
    expect(await puppet.says(1, 0, seed)).toEqual([]);
    expect(puppet.state).toBe(AUTH_STATE_UNTRUSTED_CONNECTION);
  });

  test('gives up after five seconds without an answer, and announces it', async () => {
    const puppet = await linked('client');
    const reasons: string[] = [];
    puppet.session.on('authenticationFailed', (reason) => reasons.push(reason));
    await puppet.clock.advanceAsync(4_999);
    expect(reasons).toEqual([]);
    await puppet.clock.advanceAsync(1);
    expect(reasons).toEqual(['no-answer']);
  });

  test('sends only whitelisted messages while untrusted, and returns false for others', async () => {
    const puppet = await linked('client', { autoAuth: false });
    const before = puppet.heard.length;
    expect(await puppet.session.send(50, 0, 'x')).toBe(false);
    await puppet.clock.advanceAsync(0);
    expect(puppet.heard).toHaveLength(before);
  });

  test('rejects the pending request that the peer refuses for want of trust', async () => {
    const puppet = await linked('client', { secret: null });
    const read = watch(puppet.session.read(0));
    await puppet.says(11, 0, null, STATUS_AUTH_REQUIRED);
    expect(read.error).toMatchObject({ status: STATUS_AUTH_REQUIRED });
  });
});

describe('nothing secret', () => {
  test('reaches a log, an inspector, an event or an error', async () => {
    const lines: string[] = [];
    const write = (text: string): void => void lines.push(text);
    const logger = { debug: write, info: write, warn: write, error: write };
    const inspected: unknown[] = [];
    const pair = new Pair({
      both: { secret: SECRET, logger, inspect: (event) => void inspected.push(event) },
    });
    for (const session of [pair.client, pair.server])
      session.on('message', (message) => lines.push(JSON.stringify(message)));
    const wire: string[] = [];
    const send = pair.serverComm.send.bind(pair.serverComm);
    pair.serverComm.send = (payload) => {
      wire.push(payload.toString());
      return send(payload);
    };
    await pair.settle();
    expect(pair.client.isTrusted).toBe(true);
    const seed = /"([0-9a-f]{64})"/.exec(wire.join())?.[1] ?? 'none';
    const everything = lines.join('\n') + deepText(inspected);

    for (const secret of [SECRET, seed, deriveKey(seed, Buffer.from(SECRET))]) {
      expect(everything).not.toContain(secret);
      expect(everything.replaceAll(' ', '')).not.toContain(Buffer.from(secret).toString('hex'));
    }
  });
});

/** All text that can be reached from some values, through private classes' public faces, maps and sets. */
function deepText(root: unknown): string {
  const seen = new Set<unknown>();
  const texts: string[] = [];
  const stack: unknown[] = [root];
  while (stack.length > 0) {
    const value = stack.pop();
    if (typeof value === 'string') texts.push(value);
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof Uint8Array) texts.push(Buffer.from(value).toString('latin1'));
    else if (value instanceof Map) stack.push(...value.keys(), ...value.values());
    else if (value instanceof Set) stack.push(...value);
    else for (const key of Reflect.ownKeys(value)) stack.push((value as Record<PropertyKey, unknown>)[key]);
  }
  return texts.join('\n');
}
