/** What somebody finds who only reads along: a proxy, and recordings of one, with messages, drops and notes alone. */

import { describe, expect, test } from 'vitest';
import { NAME, READ, SEED, Seen, spoken } from './seen.js';

describe('who reads along finds', () => {
  test('a request that nobody answers, while others are', () => {
    const seen = spoken();
    seen.message('client', READ, 7);
    for (let n = 0; n < 12; n++) {
      seen.message('client', READ, 1);
      seen.message('server', READ + 1, 1);
      seen.passes(1_000);
    }
    expect(seen.told).toMatchObject([
      { code: 'unanswered', exchange: 2, about: { dataId: 7, from: 'client', silentMs: null } },
    ]);
  });

  test('that it was answered after all', () => {
    const seen = spoken();
    seen.message('client', READ, 7);
    seen.passes(12_000);
    seen.message('server', READ + 1, 7);
    seen.passes(1_000);
    expect(seen.told).toMatchObject([{ code: 'unanswered', about: { answeredAfterMs: 12_000 } }]);
  });

  test('a client that gave up and hung up', () => {
    const seen = spoken();
    seen.message('client', READ, 7);
    seen.passes(3_000);
    seen.hungUp('client');
    expect(seen.told).toMatchObject([{ code: 'unanswered', about: { hasHungUp: true, waitedMs: 3_000 } }]);
  });

  test('no trouble in a client that hangs up right after a request, or with all its answers', () => {
    const hasty = spoken();
    hasty.message('client', READ, 7);
    hasty.hungUp('client');
    const content = spoken();
    content.message('client', READ, 7);
    content.message('server', READ + 1, 7);
    content.hungUp('server');
    expect([hasty.told, content.told]).toEqual([[], []]);
  });

  test('a server that hangs up with requests unanswered, and one that never says anything', () => {
    const rude = spoken();
    rude.message('client', READ, 7);
    rude.hungUp('server');
    expect(rude.told).toMatchObject([{ code: 'link-lost', about: { requestsWaiting: 1, isMute: false } }]);
    const mute = new Seen();
    mute.message('client', NAME);
    mute.hungUp('server');
    expect(mute.told).toMatchObject([{ code: 'link-lost', about: { isMute: true } }]);
  });

  test('a connection that fails once, though it is gone then', () => {
    const seen = spoken();
    seen.failed('server', 'connection-reset');
    seen.hungUp('server');
    expect(seen.told).toMatchObject([{ code: 'link-lost', about: { reason: 'connection-reset' } }]);
    const refused = new Seen();
    refused.failed('server', 'connection-refused');
    expect(refused.told).toMatchObject([{ code: 'connect-failed', about: { reason: 'connection-refused' } }]);
  });

  test('a peer that never answers, by what any peer answers', () => {
    const seen = new Seen();
    seen.message('client', SEED);
    seen.passes(6_000);
    expect(seen.told).toMatchObject([{ code: 'never-answered', about: { silent: 'server', isOwn: false } }]);
  });

  test('a half-open connection, by a heartbeat that nothing follows', () => {
    const seen = spoken();
    seen.passes(20_000);
    seen.message('client', READ, 7);
    seen.message('client', NAME);
    seen.passes(9_000);
    expect(seen.told).toMatchObject([
      { code: 'half-open', about: { peer: 'server', unansweredHeartbeats: 1 } },
    ]);
    seen.passes(5_000);
    expect(seen.told.map(({ code }) => code)).toEqual(['half-open']);
  });

  test('that it was told the wrong codec, or that the two sides have different ones', () => {
    const both = new Seen();
    both.refused('client', 'struct_json');
    both.refused('server', 'struct_json');
    both.passes(2_000);
    expect(both.told).toMatchObject([
      { code: 'codec-mismatch', about: { isBetween: true, others: 'same', likely: 'struct_json' } },
    ]);
    const one = new Seen();
    one.message('client', NAME);
    one.refused('server', 'struct_json');
    one.passes(10_000);
    expect(one.told).toMatchObject([
      { code: 'codec-mismatch', about: { from: 'server', others: 'reads-ours', likely: 'struct_json' } },
    ]);
  });

  test('why two sides do not trust each other', () => {
    const wrong = new Seen();
    wrong.message('client', SEED);
    wrong.message('server', SEED + 1, 0, '***');
    wrong.message('client', SEED, 1, '***');
    wrong.message('server', SEED + 1, 1, false);
    expect(wrong.told).toMatchObject([{ code: 'wrong-secret' }]);
    const missing = new Seen();
    missing.message('client', SEED);
    missing.message('server', SEED + 1, 0, null, 4);
    expect(missing.told).toMatchObject([{ code: 'server-without-secret' }]);
    const unasked = spoken();
    unasked.message('client', READ);
    unasked.message('server', READ + 1, 0, null, 3);
    expect(unasked.told).toMatchObject([{ code: 'client-without-secret' }]);
  });
});

describe('who reads along and is stopped for a minute, or whose machine sleeps,', () => {
  test('misses nobody whose answers come when it goes on', () => {
    const seen = spoken();
    seen.message('client', NAME);
    seen.message('client', READ, 7);
    seen.message('client', READ, 8);
    seen.passes(1_000);
    seen.ms += 60_000;
    // what comes first after it may be an entry, or the sweep
    seen.message('server', READ + 1, 7);
    seen.message('server', NAME + 1);
    seen.message('server', READ + 1, 8);
    seen.passes(20_000);
    expect(seen.told).toEqual([]);
    seen.message('client', NAME);
    seen.ms += 60_000;
    seen.passes(1);
    seen.message('server', NAME + 1);
    seen.passes(20_000);
    expect(seen.told).toEqual([]);
  });

  test('finds who is still silent then', () => {
    const seen = spoken();
    seen.message('client', NAME);
    seen.ms += 60_000;
    seen.passes(2_000);
    expect(seen.told).toMatchObject([{ code: 'half-open' }]);
  });
});
