/** `authenticate()` of a client that has no connection yet: it waits for one, within its time-out. */

import { describe, expect, test } from 'vitest';
import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  deriveKey,
  type ReconnectPolicy,
  type SessionOptions,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
} from '../../../src/index.js';
import { watch } from '../../support/pair.js';
import { Bench } from '../../trust/models/bench.js';

const SECRET = 'correct horse battery staple';
const SEED = '5'.repeat(64);
const LONG_PAUSE_MS = 60_000;
const COMES_BACK: ReconnectPolicy = {
  delayMs: () => LONG_PAUSE_MS,
  maxAttempts: Number.POSITIVE_INFINITY,
  reopens: true,
  connectTimeoutMs: 10_000,
};
const ONE_ATTEMPT: ReconnectPolicy = { ...COMES_BACK, maxAttempts: 1, reopens: false };

function benchOf(session: SessionOptions = {}, policy: ReconnectPolicy | 'none' = COMES_BACK): Bench {
  return new Bench({ isClient: true, policy, session: { secret: SECRET, autoAuth: false, ...session } });
}

/** The moments at which something was seen. */
function momentsOf(bench: Bench, channel: string, text: RegExp): number[] {
  return bench
    .history()
    .filter((each) => each.channel === channel && text.test(each.text))
    .map(({ atMs }) => atMs);
}

const attemptsOf = (bench: Bench): number[] => momentsOf(bench, 'transport', /^open$/);
const seedRequestsOf = (bench: Bench): number[] =>
  momentsOf(bench, 'wire', new RegExp(`^\\[${SID_AUTH_REQUEST},${DID_AUTH_SEED},`));
const failuresOf = (bench: Bench): number[] => momentsOf(bench, 'announced', /^authenticationFailed/);

/** The peer sends a seed, gets the key for it, and says whether it is right. */
async function judge(bench: Bench, isRight = true): Promise<void> {
  await bench.say(SID_AUTH_RESPONSE, DID_AUTH_SEED, SEED);
  const key = deriveKey(SEED, Buffer.from(SECRET));
  expect(bench.heard().some(({ dataId, data }) => dataId === DID_AUTH_KEY && data === key)).toBe(true);
  await bench.say(SID_AUTH_RESPONSE, DID_AUTH_KEY, isRight);
}

/** How it ends: with no timer left. */
async function close(bench: Bench): Promise<void> {
  await bench.closeSession();
  expect(await bench.close()).toEqual([]);
}

describe('authenticate without a connection', () => {
  test('begins on the next one, and is true once the peer trusts it', async () => {
    const bench = benchOf();
    const isTrusted = watch(bench.authenticate(2_000));
    await bench.clock.advanceAsync(500);
    expect([isTrusted.state, seedRequestsOf(bench)]).toEqual(['pending', []]);
    await bench.link();
    await judge(bench);
    expect([isTrusted.value, seedRequestsOf(bench), bench.session.isTrusted]).toEqual([true, [500], true]);
    await close(bench);
  });

  test('takes no longer in all than its time-out', async () => {
    const bench = benchOf();
    const isTrusted = watch(bench.authenticate(2_000));
    await bench.clock.advanceAsync(1_500);
    await bench.link();
    await bench.clock.advanceAsync(499);
    expect(isTrusted.state).toBe('pending');
    await bench.clock.advanceAsync(1);
    expect([isTrusted.value, failuresOf(bench)]).toEqual([false, [2_000]]);
    await close(bench);
  });

  test('is false when none came in time, says so, and asks nobody for a seed later', async () => {
    const bench = benchOf();
    const isTrusted = watch(bench.authenticate(2_000));
    await bench.clock.advanceAsync(2_000);
    expect(isTrusted.value).toBe(false);
    expect(momentsOf(bench, 'logged', /no authentification: no connection within 2000 ms/)).toEqual([2_000]);
    await bench.link();
    expect(seedRequestsOf(bench)).toEqual([]);
    await close(bench);
  });

  test('asks for no seed where a connection comes when its time is just over', async () => {
    const bench = benchOf();
    const isTrusted = watch(bench.authenticate(2_000));
    // a clock that goes on while the program does something else: its timers are late
    const { now } = bench.clock;
    bench.clock.now = () => now.call(bench.clock) + 2_000;
    await bench.link();
    bench.clock.now = now;
    expect(seedRequestsOf(bench)).toEqual([]);
    await bench.clock.advanceAsync(2_000);
    expect(isTrusted.value).toBe(false);
    await close(bench);
  });

  test('makes attempts due: at once, a second later, and once more just before its time is over', async () => {
    const bench = benchOf();
    await bench.fail('connection-refused');
    await bench.clock.advanceAsync(5_000);
    expect(attemptsOf(bench)).toEqual([0]);
    const isTrusted = watch(bench.authenticate(2_000));
    for (const ms of [0, 1_000, 700]) {
      await bench.clock.advanceAsync(ms);
      if (bench.clock.now() < 6_700) await bench.fail('connection-refused');
    }
    expect(attemptsOf(bench)).toEqual([0, 5_000, 6_000, 6_700]);
    await bench.link();
    await judge(bench);
    expect(isTrusted.value).toBe(true);
    await close(bench);
  });

  test('waits with autoAuth for the verdict of the handshake that begins by itself', async () => {
    const bench = benchOf({ autoAuth: true });
    const isTrusted = watch(bench.authenticate(2_000));
    await bench.link();
    expect(seedRequestsOf(bench)).toEqual([0]);
    await bench.clock.advanceAsync(1_999);
    await judge(bench);
    expect([isTrusted.value, seedRequestsOf(bench)]).toEqual([true, [0]]);
    await close(bench);
  });

  test('ends with its time-out while a handshake that begins by itself goes on', async () => {
    const bench = benchOf({ autoAuth: true, authenticationTimeout: 5_000 });
    const isTrusted = watch(bench.authenticate(2_000));
    await bench.link();
    await bench.clock.advanceAsync(2_000);
    expect([isTrusted.value, failuresOf(bench)]).toEqual([false, []]);
    await judge(bench);
    expect(bench.session.isTrusted).toBe(true);
    await close(bench);
  });

  test('waits for a transport that opens its connections by itself', async () => {
    const bench = benchOf({}, 'none');
    const isTrusted = watch(bench.authenticate(2_000));
    await bench.clock.advanceAsync(1_000);
    await bench.link();
    await judge(bench);
    expect(isTrusted.value).toBe(true);
    await close(bench);
  });

  test('of several callers is one authentication, which has the time of the one who waits longest', async () => {
    const bench = benchOf();
    const [short, long, middle] = [1_000, 3_000, 2_000].map((ms) => watch(bench.authenticate(ms)));
    await bench.clock.advanceAsync(500);
    await bench.link();
    await bench.clock.advanceAsync(500);
    expect([short?.value, middle?.state, failuresOf(bench)]).toEqual([false, 'pending', []]);
    await bench.clock.advanceAsync(1_999);
    expect([middle?.value, long?.state]).toEqual([false, 'pending']);
    await judge(bench);
    expect([long?.value, seedRequestsOf(bench)]).toEqual([true, [500]]);
    await close(bench);
  });

  test('of several callers makes the attempts of the one whose time is over first', async () => {
    const bench = benchOf();
    await bench.fail('connection-refused');
    void bench.authenticate(LONG_PAUSE_MS);
    void bench.authenticate(900);
    await bench.clock.advanceAsync(900);
    expect(attemptsOf(bench)).toEqual([0, 600]);
    await close(bench);
  });

  test('is false when its connection is lost, for whose sake no attempt comes sooner then', async () => {
    const bench = benchOf();
    const isTrusted = watch(bench.authenticate(20_000));
    await bench.clock.advanceAsync(5_000);
    await bench.link();
    await bench.clock.advanceAsync(1_000);
    await bench.unlink();
    expect(isTrusted.value).toBe(false);
    await bench.clock.advanceAsync(LONG_PAUSE_MS - 1);
    expect(attemptsOf(bench)).toEqual([0]);
    await close(bench);
  });

  test('of a caller who joins a handshake makes no attempt due sooner either', async () => {
    const bench = benchOf({ autoAuth: true });
    await bench.link();
    const isTrusted = watch(bench.authenticate(2_000));
    await bench.clock.advanceAsync(1_000);
    await bench.unlink();
    expect(isTrusted.value).toBe(false);
    await bench.clock.advanceAsync(LONG_PAUSE_MS - 1);
    expect(attemptsOf(bench)).toEqual([0]);
    await close(bench);
  });

  test('is false when the last attempt has failed, and at once from then on', async () => {
    const bench = benchOf({}, ONE_ATTEMPT);
    const before = watch(bench.authenticate(2_000));
    await bench.fail('connection-refused');
    expect(before.value).toBe(false);
    const after = watch(bench.authenticate(2_000));
    await bench.settle();
    expect([after.value, bench.clock.pending]).toEqual([false, 0]);
    expect(momentsOf(bench, 'logged', /none is made before reconnect\(\) is called/)).toEqual([0]);
    await close(bench);
  });

  test('waits again once the user has asked for another connection', async () => {
    const bench = benchOf({}, ONE_ATTEMPT);
    await bench.fail('connection-refused');
    await bench.reconnect();
    const isTrusted = watch(bench.authenticate(2_000));
    await bench.link();
    await judge(bench);
    expect(isTrusted.value).toBe(true);
    await close(bench);
  });

  test('is false at once where the lost connection is not made again', async () => {
    const bench = benchOf({}, { ...ONE_ATTEMPT, maxAttempts: 3 });
    await bench.link();
    await bench.unlink();
    const isTrusted = watch(bench.authenticate(2_000));
    await bench.settle();
    expect([isTrusted.value, bench.clock.pending]).toEqual([false, 0]);
    await close(bench);
  });

  test('is false when the key is refused, and at once from then on', async () => {
    const bench = benchOf({ autoAuth: true });
    const before = watch(bench.authenticate(2_000));
    await bench.link();
    await judge(bench, false);
    const after = watch(bench.authenticate(2_000));
    await bench.settle();
    expect([before.value, after.value]).toEqual([false, false]);
    await close(bench);
  });

  test('with a time-out of 0 is false at once', async () => {
    const bench = benchOf();
    const isTrusted = watch(bench.authenticate(0));
    await bench.settle();
    expect(isTrusted.value).toBe(false);
    await bench.link();
    expect(seedRequestsOf(bench)).toEqual([]);
    await close(bench);
  });

  test('is false when the session closes, and leaves no timer behind', async () => {
    const bench = benchOf();
    const isTrusted = watch(bench.authenticate(2_000));
    await bench.closeSession();
    expect([isTrusted.value, bench.clock.pending]).toEqual([false, 0]);
    await close(bench);
  });

  test('of a session that drains is false at once; what waited before still has its time', async () => {
    const bench = benchOf();
    const before = watch(bench.authenticate(2_000));
    const request = watch(bench.read(7, 5_000));
    await bench.drainSession(5_000);
    const after = watch(bench.authenticate(2_000));
    await bench.settle();
    expect([before.state, after.value]).toEqual(['pending', false]);
    await bench.link();
    await judge(bench);
    expect([before.value, request.state]).toEqual([true, 'pending']);
    await close(bench);
    expect(request.state).toBe('rejected');
  });
});
