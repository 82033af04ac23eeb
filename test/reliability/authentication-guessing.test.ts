/** H7 and H8: secrets and keys that are found by trying. */

import { once } from 'node:events';
import { connect as openSocket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createMemoryPair, deriveKey, listen, OptionError, Session } from '../../src/index.js';
import { AddressBackoff } from '../../src/server/address-backoff.js';
import { frameOf } from '../support/bytes.js';
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
      [expect.stringContaining('the secret has 15 bytes'), 'SocketProtocolWarning'],
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
  async function guess(port: number, keys: number): Promise<void> {
    const socket = openSocket(port, '127.0.0.1');
    // the server may be faster than what is written to it
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    socket.resume().write(Buffer.concat(Array.from({ length: keys }, () => WRONG_KEY)));
    await closed;
  }

  test('H8: three wrong keys turn the address away for a second, and each further one for twice as long', async () => {
    const clock = new VirtualClock();
    await using server = await listen({ port: 0, secret: SECRET, clock }, () => {});
    const isAccepted = async (): Promise<boolean> => {
      const { accepted, refusedByBackoff } = server.counters;
      await guess(server.port, 3);
      const change = [
        server.counters.accepted - accepted,
        server.counters.refusedByBackoff - refusedByBackoff,
      ];
      expect(change.toSorted()).toEqual([0, 1]);
      return change[0] === 1;
    };
    expect([await isAccepted(), await isAccepted()]).toEqual([true, false]);
    clock.advance(999);
    expect(await isAccepted()).toBe(false);
    clock.advance(1);
    expect(await isAccepted()).toBe(true);
    // six wrong keys by now: 1, 2, 4, 8 seconds
    clock.advance(7_999);
    expect(await isAccepted()).toBe(false);
    clock.advance(1);
    expect(await isAccepted()).toBe(true);
  });

  test('H8: a right key makes the address welcome again', async () => {
    const clock = new VirtualClock();
    await using server = await listen({ port: 0, secret: SECRET, clock }, () => {});
    await guess(server.port, 3);
    clock.advance(1_000);
    const socket = openSocket(server.port, '127.0.0.1');
    socket.write(frameOf(0, 0));
    const [bytes] = await once(socket, 'data');
    const seed = /[0-9a-f]{64}/.exec(String(bytes))?.[0] ?? '';
    const key = deriveKey(seed, Buffer.from(SECRET));
    socket.write(frameOf(0, 1, key));
    await once(socket, 'data');
    socket.destroy();
    // the next three count as the first three: the address is turned away for a second, and not for eight
    await guess(server.port, 3);
    clock.advance(1_000);
    await guess(server.port, 3);
    expect(server.counters).toMatchObject({ accepted: 4, refusedByBackoff: 0 });
  });
});

describe('H8: the memory of addresses', () => {
  const delays = { minDelayMs: 1_000, maxDelayMs: 60_000 };

  function failing(address: string, times: number): { clock: VirtualClock; backoff: AddressBackoff } {
    const clock = new VirtualClock();
    const backoff = new AddressBackoff(clock, delays);
    for (let i = 0; i < times; i++) backoff.failed(address);
    return { clock, backoff };
  }

  test.each([
    [1, 0],
    [2, 0],
    [3, 1_000],
    [4, 2_000],
    [5, 4_000],
    [8, 32_000],
    [9, 60_000],
    [100, 60_000],
  ])('H8: %i wrong keys in a row turn an address away for %i ms', (times, delayMs) => {
    const { clock, backoff } = failing('192.0.2.1', times);
    expect(backoff.isBlocked('192.0.2.1')).toBe(delayMs > 0);
    expect(backoff.isBlocked('192.0.2.2')).toBe(false);
    clock.advance(Math.max(0, delayMs - 1));
    expect(backoff.isBlocked('192.0.2.1')).toBe(delayMs > 0);
    clock.advance(1);
    expect(backoff.isBlocked('192.0.2.1')).toBe(false);
  });

  test('H8: a right key, or ten quiet minutes, and the address begins anew', () => {
    const { clock, backoff } = failing('192.0.2.1', 9);
    backoff.succeeded('192.0.2.1');
    expect(backoff.isBlocked('192.0.2.1')).toBe(false);
    for (let i = 0; i < 9; i++) backoff.failed('192.0.2.1');
    clock.advance(10 * 60_000);
    backoff.failed('192.0.2.1');
    backoff.failed('192.0.2.1');
    expect(backoff.isBlocked('192.0.2.1')).toBe(false);
    backoff.failed('192.0.2.1');
    expect(backoff.isBlocked('192.0.2.1')).toBe(true);
  });

  test.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['fe80::1%eth0', 'fe80::2%eth1', true],
    ['::ffff:192.0.2.1', '192.0.2.1', true],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
  ])('H8: wrong keys of %s are those of %s: %s', (first, second, isSame) => {
    expect(failing(first, 3).backoff.isBlocked(second)).toBe(isSame);
  });

  test('H8: it remembers 4,096 addresses, and of more the latest', () => {
    const { backoff } = failing('192.0.2.1', 3);
    for (let i = 0; i < 4_095; i++) backoff.failed(`10.0.${i >> 8}.${i & 0xff}`);
    expect(backoff.isBlocked('192.0.2.1')).toBe(true);
    backoff.failed('10.1.0.0');
    expect(backoff.isBlocked('192.0.2.1')).toBe(false);
  });
});
