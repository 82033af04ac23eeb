/** H7 and H8: secrets and keys that are found by trying. */

import { once } from 'node:events';
import { connect as openSocket, type Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  createMemoryPair,
  deriveKey,
  type ListenOptions,
  listen,
  OptionError,
  Session,
} from '../../src/index.js';
import { FREE_WRONG_KEYS } from '../../src/server/address-backoff.js';
import { frameOf } from '../support/bytes.js';
import { gone, opened, turns } from '../support/fake-socket.js';
import { watch } from '../support/pair.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { SECRET, TablePuppet } from '../trust/authentication/puppet.js';

const WRONG_KEY = frameOf(0, 1, '0'.repeat(128));

function sessionWith(secret: string | Uint8Array): Session {
  const clock = new VirtualClock();
  return new Session(createMemoryPair({ clock }).server, { clock, secret });
}

describe('H7: guessing the secret of a handshake that was overheard', () => {
  afterEach(() => vi.restoreAllMocks());

  test.each([[''], [Buffer.alloc(0)]])('H7: an empty secret is refused: %j', async (secret) => {
    expect(() => sessionWith(secret)).toThrow(OptionError);
    await expect(listen({ port: 0, secret }, () => {})).rejects.toThrow(OptionError);
  });

  test('H7: a secret of fewer than 16 bytes is warned of, once in a process', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    sessionWith('x'.repeat(16));
    sessionWith('é'.repeat(8));
    expect(warn).not.toHaveBeenCalled();
    sessionWith('x'.repeat(15));
    sessionWith('short');
    expect(warn.mock.calls).toEqual([
      [
        expect.stringContaining('the secret has 15 bytes'),
        { type: 'SocketProtocolWarning', code: 'SP_SHORT_SECRET' },
      ],
    ]);
  });
});

describe('H8: guessing keys on one connection', () => {
  test('H8: the first answer takes 100 ms, the second 400 ms, and the third wrong key ends it', () => {
    const puppet = new TablePuppet('server');
    puppet.connect();
    expect([...puppet.ask(0, 1, 'wrong'), ...puppet.pass(99)]).toEqual([]);
    expect(puppet.pass(1)).toEqual([[1, 1, 0, false]]);
    expect([...puppet.ask(0, 1, 'wrong'), ...puppet.pass(399)]).toEqual([]);
    expect(puppet.pass(1)).toEqual([[1, 1, 0, false]]);
    const reasons: string[] = [];
    puppet.session.on('disconnected', (reason) => reasons.push(reason));
    expect(puppet.ask(0, 1, 'wrong')).toEqual([]);
    expect(reasons).toEqual(['too-many-wrong-keys']);
  });

  test('H8: a peer that does not wait for the answers gets no extra tries', () => {
    const puppet = new TablePuppet('server');
    puppet.connect();
    for (let i = 0; i < 100; i++) puppet.say(0, 1, 'wrong');
    puppet.pass(0);
    expect(puppet.session.isConnected()).toBe(false);
    expect(puppet.session.counters.failedAuthentications).toBe(3);
    expect(puppet.pass(1_000)).toEqual([]);
  });

  test('H8: a client that fails hears so, and on the third wrong key loses the connection', async () => {
    const puppet = new TablePuppet('client');
    puppet.connect();
    for (const seed of ['a', 'b', 'c']) {
      const authentication = watch(puppet.session.authenticate());
      puppet.pass(0);
      expect(puppet.ask(1, 0, seed.repeat(64))).toHaveLength(1);
      if (seed === 'c') puppet.disconnect();
      else puppet.ask(1, 1, false);
      await puppet.clock.advanceAsync(0);
      expect(authentication).toEqual({ state: 'resolved', value: false });
    }
  });

  test('H8: an eleventh seed request ends the connection', () => {
    const puppet = new TablePuppet('server');
    puppet.connect();
    for (let i = 0; i < 10; i++) expect(puppet.ask(0, 0)).toHaveLength(1);
    expect(puppet.ask(0, 0)).toEqual([]);
    expect(puppet.session.isConnected()).toBe(false);
  });
});

describe('H8: guessing keys on many connections', () => {
  /** Sends wrong keys over a socket, as one who waits for nothing; resolves when the server has closed it. */
  async function guess(port: number): Promise<void> {
    const socket = openSocket(port, '127.0.0.1');
    // the server may be faster than what is written to it
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    socket.resume().write(Buffer.concat([WRONG_KEY, WRONG_KEY, WRONG_KEY]));
    await closed;
  }

  /** A server whose address has used up its wrong keys. */
  async function guessed(options: Partial<ListenOptions> = {}) {
    const clock = new VirtualClock();
    const server = await listen({ port: 0, secret: SECRET, clock, ...options }, (session) =>
      session.onRead(0, () => 'fine'),
    );
    for (let keys = 0; keys <= FREE_WRONG_KEYS + 6; keys += 3) await guess(server.port);
    return { clock, server };
  }

  /** Asks for a seed; `seeds` is filled when it comes. */
  async function askForSeed(port: number): Promise<{ socket: Socket; seeds: string[] }> {
    const socket = await opened(port);
    const seeds: string[] = [];
    socket.on('data', (bytes: Buffer) =>
      seeds.push(...(/[0-9a-f]{64}/.exec(bytes.toString('latin1')) ?? [])),
    );
    socket.write(frameOf(0, 0));
    // its answer leaves after the seed's, unless that waits
    socket.write(frameOf(8, 0));
    await once(socket, 'data');
    return { socket, seeds };
  }

  test('H8: an address that sends wrong keys in numbers has to wait for its seeds', async () => {
    const { clock, server } = await guessed({ sharedAddresses: [] });
    const { socket, seeds } = await askForSeed(server.port);
    expect([seeds.length, server.counters.delayedByBackoff]).toEqual([0, 1]);
    clock.advance(999);
    await turns();
    expect(seeds).toHaveLength(0);
    clock.advance(1);
    await once(socket, 'data');
    expect(seeds).toHaveLength(1);
    expect(server.counters).toMatchObject({
      wrongKeys: FREE_WRONG_KEYS + 7,
      refusedByBackoff: 0,
      evicted: 0,
    });

    // who has waited and holds the secret gets in at once, and opens no door for a guesser behind the same address
    socket.write(frameOf(0, 1, deriveKey(seeds[0] ?? '', Buffer.from(SECRET))));
    await once(socket, 'data');
    expect([...server.sessions].filter(({ isTrusted }) => isTrusted)).toHaveLength(1);
    const next = await askForSeed(server.port);
    expect(next.seeds).toHaveLength(0);
    for (const each of [socket, next.socket]) each.destroy();
    await server.close();
    expect(clock.pending).toBe(0);
  });

  test('H8: no seed waits for longer than half of its life', async () => {
    const { clock, server } = await guessed({ sharedAddresses: [], seedLifetime: 400 });
    const { socket, seeds } = await askForSeed(server.port);
    clock.advance(199);
    await turns();
    expect(seeds).toHaveLength(0);
    clock.advance(1);
    await once(socket, 'data');
    expect(seeds).toHaveLength(1);
    socket.destroy();
    await server.close();
  });

  test.each<[string, Partial<ListenOptions>]>([
    ['of loopback, which many clients may share', {}],
    ['where it is switched off', { backoff: false, sharedAddresses: [] }],
    ['where there is no delay', { backoff: { minDelay: 0, maxDelay: 0 }, sharedAddresses: [] }],
  ])('H8: the seeds %s come at once', async (_, options) => {
    const { server } = await guessed(options);
    const { socket, seeds } = await askForSeed(server.port);
    expect(seeds).toHaveLength(1);
    socket.destroy();
    await server.close();
  });

  test('H8: more peers than may wait are disconnected and counted', async () => {
    const backoff = { minDelay: 0, maxDelay: 10 };
    const { clock, server } = await guessed({ backoff });
    const some = await Promise.all(Array.from({ length: 6 }, () => askForSeed(server.port)));
    const socket = await opened(server.port);
    socket.write(frameOf(0, 0));
    await gone(socket);
    expect(server.counters).toMatchObject({ refusedByBackoff: 1, delayedByBackoff: 5 });
    clock.advance(10);
    await Promise.all(some.slice(1).map(({ socket: each }) => once(each, 'data')));
    for (const { socket: each } of some) each.destroy();
    await server.close();
  });
});
