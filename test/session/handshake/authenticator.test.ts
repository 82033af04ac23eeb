import { describe, expect, test } from 'vitest';
import { deriveKey } from '../../../src/index.js';
import { Authenticator } from '../../../src/session/handshake/authenticator.js';
import { TrustVerdicts } from '../../../src/session/handshake/trust-verdicts.js';
import { watch } from '../../support/pair.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const SECRET = Buffer.from('correct horse battery staple');
const SEED = '5eed'.repeat(16);

describe('an authenticator of a server', () => {
  test('accepts one key for a seed, and no second', () => {
    const authenticator = new Authenticator({ secret: SECRET });
    const seed = authenticator.makeSeed();
    expect(seed).toMatch(/^[0-9a-f]{64}$/);
    const key = deriveKey(seed, SECRET);
    expect([authenticator.accepts(key), authenticator.accepts(key)]).toEqual([true, false]);
  });

  test('accepts no second key after a wrong one', () => {
    const authenticator = new Authenticator({ secret: SECRET });
    const key = deriveKey(authenticator.makeSeed(), SECRET);
    expect([authenticator.accepts('wrong'), authenticator.accepts(key)]).toEqual([false, false]);
  });

  test('accepts a key for its last seed alone, and none when it has forgotten it', () => {
    const authenticator = new Authenticator({ secret: SECRET });
    const older = deriveKey(authenticator.makeSeed(), SECRET);
    authenticator.makeSeed();
    expect(authenticator.accepts(older)).toBe(false);
    const key = deriveKey(authenticator.makeSeed(), SECRET);
    authenticator.forgetSeed();
    expect(authenticator.accepts(key)).toBe(false);
  });

  test('accepts nothing but the very text', () => {
    const authenticator = new Authenticator({ secret: SECRET });
    const tried = (change: (key: string) => unknown): boolean =>
      authenticator.accepts(change(deriveKey(authenticator.makeSeed(), SECRET)));
    expect(tried((key) => key)).toBe(true);
    const changes: ((key: string) => unknown)[] = [
      (key) => key.toUpperCase(),
      (key) => key.slice(1),
      (key) => `${key}0`,
      (key) => key + key,
      (key) => `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`,
      (key) => [key],
      (key) => Buffer.from(key),
      () => '',
      () => null,
      () => true,
    ];
    expect(changes.map(tried).filter(Boolean)).toEqual([]);
  });

  test('never makes the same seed twice, or one that overlaps another', () => {
    const seeds = Array.from({ length: 1_000 }, () => new Authenticator({ secret: SECRET }).makeSeed());
    const quarters = seeds.flatMap((seed) => seed.match(/.{16}/g) ?? []);
    expect([new Set(quarters).size, seeds.every((seed) => /^[0-9a-f]{64}$/.test(seed))]).toEqual([
      4_000,
      true,
    ]);
  });

  test('does not accept the key of no seed, where somebody can guess the random bytes', () => {
    const authenticator = new Authenticator({
      secret: SECRET,
      randomBytes: (length) => Buffer.alloc(length),
    });
    expect(authenticator.accepts('00'.repeat(64))).toBe(false);
  });
});

describe('an authenticator of a client', () => {
  test.each([
    ['x'.repeat(15), false],
    ['x'.repeat(16), true],
    ['x'.repeat(1_024), true],
    ['x'.repeat(1_025), false],
    ['', false],
    [null, false],
    [Array.from({ length: 64 }, () => '0'), false],
  ])('takes a seed of a length that makes sense: %#', (seed, isTaken) => {
    expect(new Authenticator({ secret: SECRET }).takeSeed(seed)).toBe(isTaken);
  });

  test('answers a seed once, and never again', () => {
    const authenticator = new Authenticator({ secret: SECRET });
    expect(authenticator.takeSeed(SEED)).toBe(true);
    expect(authenticator.makeKey()).toBe(deriveKey(SEED, SECRET));
    expect(() => authenticator.makeKey()).toThrow('expected a seed');
    expect(authenticator.takeSeed(SEED)).toBe(false);
  });

  test('may take a seed again that it has not answered', () => {
    const authenticator = new Authenticator({ secret: SECRET });
    expect([authenticator.takeSeed(SEED), authenticator.takeSeed(SEED)]).toEqual([true, true]);
    expect(authenticator.takeSeed('no')).toBe(false);
    expect(() => authenticator.makeKey()).toThrow('expected a seed');
  });

  test('remembers the last 256 seeds that it answered', () => {
    const authenticator = new Authenticator({ secret: SECRET });
    const seeds = Array.from({ length: 257 }, (_, n) => String(n).padStart(16, '0'));
    for (const seed of seeds.slice(0, 256)) {
      authenticator.takeSeed(seed);
      authenticator.makeKey();
    }
    expect(authenticator.takeSeed(seeds[0])).toBe(false);
    authenticator.takeSeed(seeds[256]);
    authenticator.makeKey();
    expect(seeds.slice(1).filter((seed) => authenticator.takeSeed(seed))).toEqual([]);
    expect(authenticator.takeSeed(seeds[0])).toBe(true);
  });

  test('makes the key as it is told to', () => {
    const authenticator = new Authenticator({
      secret: SECRET,
      deriveKey: (seed, secret) => `${seed} ${secret}`,
    });
    authenticator.takeSeed(SEED);
    expect(authenticator.makeKey()).toBe(`${SEED} ${SECRET}`);
  });
});

describe('those who wait for a verdict', () => {
  test('hear the next one, all of them, and leave no timer', async () => {
    const clock = new VirtualClock();
    const verdicts = new TrustVerdicts(clock);
    const waiting = [verdicts.next(100), verdicts.next(null), verdicts.next(100)].map(watch);
    expect(clock.pending).toBe(2);
    verdicts.settle(true);
    await clock.advanceAsync(0);
    expect(waiting.map(({ value }) => value)).toEqual([true, true, true]);
    expect(clock.pending).toBe(0);
  });

  test('hear no when their time is over, each in its own', async () => {
    const clock = new VirtualClock();
    const verdicts = new TrustVerdicts(clock);
    const [short, long] = [verdicts.next(100), verdicts.next(200)].map(watch);
    await clock.advanceAsync(99);
    expect(short?.state).toBe('pending');
    await clock.advanceAsync(1);
    expect([short?.value, long?.state]).toEqual([false, 'pending']);
    verdicts.settle(true);
    await clock.advanceAsync(0);
    expect([short?.value, long?.value]).toEqual([false, true]);
  });

  test('hear nothing of a verdict before they asked', async () => {
    const clock = new VirtualClock();
    const verdicts = new TrustVerdicts(clock);
    verdicts.settle(true);
    const late = watch(verdicts.next(null));
    await clock.advanceAsync(1_000);
    expect(late.state).toBe('pending');
  });
});
