/** What explains what, and when something is no trouble yet, in the eyes of somebody who only reads along. */

import { describe, expect, test } from 'vitest';
import { withTroubles } from '../../../src/inspector/detect/recorded.js';
import { message } from '../messages/made.js';
import { atOnce } from '../page-support.js';
import { NAME, READ, SEED, Seen, spoken } from './seen.js';

const TEXT = Buffer.from('boot\n').toString('hex').replace(/../g, '$& ').trimEnd();

describe('a client that hangs up on a request', () => {
  test('has given up after a second, and changed its mind before', () => {
    const [gave, changed] = [spoken(), spoken()];
    gave.message('client', READ, 7);
    gave.ms += 1_000;
    gave.hungUp('client');
    changed.message('client', READ, 7);
    changed.ms += 999;
    changed.hungUp('client');
    expect([gave.codes, changed.codes]).toEqual([['unanswered'], []]);
  });

  test('is no trouble of the server, which hangs up then as well', () => {
    const seen = spoken();
    seen.message('client', READ, 7);
    seen.hungUp('client');
    seen.hungUp('server');
    expect(seen.told).toEqual([]);
  });

  test('does so because the link is half open, where it is', () => {
    const seen = spoken();
    seen.message('client', READ, 7);
    seen.message('client', NAME);
    seen.passes(9_000);
    seen.hungUp('client');
    expect(seen.codes).toEqual(['half-open']);
    expect(seen.all.find(({ code }) => code === 'unanswered')).toMatchObject({
      coveredBy: seen.told[0]?.incident,
      about: { hasHungUp: true },
    });
  });
});

describe('a connection that failed', () => {
  test('is told once, whatever it had cut', () => {
    const cut = spoken();
    cut.bytes('server', '3a 3c', 'unfinished');
    cut.failed('server', 'connection-reset');
    cut.hungUp('server');
    const mute = new Seen();
    mute.message('client', NAME);
    mute.failed('server', 'connection-reset');
    mute.hungUp('server');
    for (const seen of [cut, mute])
      expect(seen.told).toMatchObject([
        { code: 'link-lost', count: 1, about: { reason: 'connection-reset', wasAuthenticating: false } },
      ]);
  });

  test('was authenticating until the server has said that the key is right', () => {
    const [before, after] = [spoken(), spoken()];
    for (const seen of [before, after]) {
      seen.message('client', SEED);
      seen.message('server', SEED + 1, 0, '***');
      seen.message('client', SEED, 1, '***');
      if (seen === after) seen.message('server', SEED + 1, 1, true);
      seen.failed('server', 'connection-reset');
    }
    expect(before.told).toMatchObject([{ code: 'link-lost', about: { wasAuthenticating: true } }]);
    expect(after.told).toMatchObject([{ code: 'link-lost', about: { wasAuthenticating: false } }]);
  });

  test('in the middle of a frame is trouble, though nothing waited', () => {
    const seen = spoken();
    seen.bytes('server', '3a 3c 7b', 'unfinished', 5);
    seen.hungUp('server');
    expect(seen.told).toMatchObject([
      { code: 'link-lost', about: { unfinishedBytes: 8, requestsWaiting: 0 } },
    ]);
  });
});

describe('an authentication', () => {
  test('that is not finished makes what comes early trouble, and not a missing secret', () => {
    const seen = spoken();
    seen.message('client', SEED);
    seen.message('server', SEED + 1, 0, '***');
    seen.message('client', READ);
    seen.message('server', READ + 1, 0, null, 3);
    expect(seen.codes).toEqual(['too-early']);
  });

  test('that nobody answers is told as that where the two have spoken, and explains what was not sent', () => {
    const seen = spoken();
    seen.note('authentication-failed', 'no-answer');
    seen.note('message-not-sent', 'not-trusted');
    seen.note('message-not-sent', 'wrong-secret');
    expect(seen.told).toMatchObject([{ code: 'authentication-failed', about: { reason: 'no-answer' } }]);
    const [{ incident } = { incident: 0 }] = seen.told;
    expect(seen.all.slice(1).map(({ coveredBy }) => coveredBy)).toEqual([incident, incident]);
  });

  test('is told as failed also where nothing can be read of either side', () => {
    const seen = new Seen();
    seen.note('authentication-failed', 'no-answer');
    expect(seen.codes).toEqual(['authentication-failed']);
  });

  test('with a wrong key is one trouble for the answer and the note, and another for the next key', () => {
    const seen = new Seen();
    seen.note('authentication-failed', 'wrong-secret');
    expect(seen.told).toMatchObject([{ code: 'wrong-secret', count: 1, about: { wrongKeys: 1 } }]);
    seen.passes(2_000);
    seen.message('server', SEED + 1, 1, false);
    seen.passes(2_000);
    expect(seen.told).toMatchObject([{ count: 1 }]);
    seen.message('server', SEED + 1, 1, false);
    seen.passes(2_000);
    expect(seen.told).toMatchObject([{ count: 2, about: { wrongKeys: 2 } }]);
  });
});

describe('a request', () => {
  test('of a peer that never said anything is never answered after five seconds, whatever it asks', () => {
    for (const service of [READ, SEED, NAME]) {
      const seen = new Seen();
      seen.message('client', service);
      seen.passes(4_000);
      expect(seen.told).toEqual([]);
      seen.passes(1_000);
      expect(seen.codes).toEqual(['never-answered']);
    }
  });

  test('for a name that the peer does not have is healthy', () => {
    const seen = spoken();
    seen.message('client', NAME);
    seen.message('server', NAME + 1, 0, null, 4);
    expect(seen.told).toEqual([]);
  });

  test('says for how long the peer was silent only where it was', () => {
    const silent = spoken();
    silent.ms = 2_000;
    silent.message('client', READ, 7);
    silent.passes(10_000);
    expect(silent.told).toMatchObject([
      { code: 'unanswered', about: { silentMs: 12_000, waitedMs: 10_000 } },
    ]);
  });

  test('that is never answered says how many bytes came instead', () => {
    const seen = new Seen();
    seen.ms = 3_000;
    seen.note('connected', null);
    seen.message('client', READ);
    seen.bytes('server', TEXT);
    seen.passes(5_000);
    expect(seen.told.find(({ code }) => code === 'never-answered')).toMatchObject({
      about: { bytes: 5, silentMs: 5_000, requests: 1 },
    });
  });

  test('in a recording is unanswered as soon as what follows it is late enough', () => {
    const entries = [
      message({ number: 1, ms: 0, exchange: 1, group: 'connection 1' }),
      message({ number: 2, ms: 100, exchange: 2, group: 'connection 1', dataId: 1 }),
      message({
        number: 3,
        ms: 110,
        exchange: 2,
        from: 'server',
        role: 'answer',
        serviceId: 11,
        dataId: 1,
        group: 'connection 1',
      }),
      message({ number: 4, ms: 10_200, exchange: 3, group: 'connection 1', dataId: 2 }),
    ];
    const found = atOnce(withTroubles(entries));
    expect(found.map(({ kind, number }) => `${kind} ${number}`)).toEqual([
      'message 1',
      'message 2',
      'message 3',
      'message 4',
      'trouble 5',
    ]);
    expect(found[4]).toMatchObject({ code: 'unanswered', exchange: 1, ms: 10_200 });
  });
});

describe('a half-open connection', () => {
  test('counts heartbeats apart from requests', () => {
    const seen = spoken();
    for (const dataId of [1, 2]) seen.message('client', READ, dataId);
    seen.message('client', NAME);
    seen.passes(9_000);
    expect(seen.told).toMatchObject([
      { code: 'half-open', about: { unansweredHeartbeats: 1, unansweredRequests: 2 } },
    ]);
  });

  test('is none where the peer never said anything, or nobody can read what it says', () => {
    const never = new Seen();
    never.message('client', NAME);
    never.passes(20_000);
    const other = spoken();
    other.message('client', NAME);
    other.refused('server', 'struct_json');
    other.message('client', NAME);
    other.passes(20_000);
    expect([never.codes, other.codes]).toEqual([['never-answered'], ['codec-mismatch']]);
  });
});

describe('bytes that are no frames', () => {
  test('are summed up, also where nobody kept them', () => {
    const seen = spoken();
    seen.bytes('server', TEXT);
    seen.passes(1_000);
    seen.bytes('server', null, 'noise', 7);
    seen.passes(1_000);
    expect(seen.told).toMatchObject([
      {
        code: 'noise',
        count: 2,
        text: 'the server sends bytes that are no frame: 7 bytes',
        about: { bytes: 7, totalBytes: 12 },
      },
    ]);
  });

  test('are the rest of a frame that was broken off right before them', () => {
    const [rest, later] = [spoken(), spoken()];
    for (const seen of [rest, later]) {
      seen.bytes('server', '3a 3c', 'restarted');
      seen.ms += seen === rest ? 100 : 101;
      seen.bytes('server', TEXT);
    }
    expect(rest.codes).toEqual(['bad-frames']);
    expect(later.codes).toEqual(['bad-frames', 'noise']);
  });

  test('explain that there was too much of them', () => {
    const seen = spoken();
    seen.bytes('server', TEXT);
    seen.note('disconnected', 'too-much-noise');
    expect(seen.codes).toEqual(['noise']);
    expect(seen.all).toMatchObject([{}, { code: 'limit-exceeded', coveredBy: seen.told[0]?.incident }]);
  });
});
