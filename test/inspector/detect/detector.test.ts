/** What the debugger finds wrong, in sessions that know what they observe and in the eyes of somebody who only reads along. */

import { describe, expect, test } from 'vitest';
import { Message } from '../../../src/index.js';
import { encodeStp, pureJson, structJson } from '../../../src/wire/index.js';
import { watch } from '../../support/pair.js';
import { type WatchedPair, watchedClient, watchedPair } from '../../support/watched-pair.js';

const SECRET = 'correct horse battery staple';

/** Reads so often, one after the other; an answer in memory needs a moment that takes no time. */
async function reads({ client, clock }: WatchedPair, dataId: number, times = 1): Promise<void> {
  for (let count = 0; count < times; count++) {
    const asked = watch(client.read(dataId));
    await clock.advanceAsync(0);
    expect(asked.state).toBe('resolved');
  }
}

describe('a request that times out', () => {
  test('is told with what was asked, how long it waited, its number and that it was written', async () => {
    const pair = await watchedPair();
    const { debugged, client, server } = pair;
    server.onRead(1, () => 'now');
    server.onRead(7, () => new Promise(() => {}));
    await reads(pair, 1, 50);
    const asked = watch(client.read(7, { timeout: 2_000 }));
    for (let second = 0; second < 3; second++) {
      await reads(pair, 1, 50);
      await debugged.passes(1_000);
    }
    expect(asked.state).toBe('rejected');
    expect(debugged.told('client')).toMatchObject([
      {
        code: 'request-timed-out',
        count: 1,
        exchange: 52,
        about: {
          serviceId: 10,
          dataId: 7,
          waitedMs: 2_000,
          timeoutMs: 2_000,
          isWritten: true,
          reason: 'no-answer',
          requestNumber: 52,
          silentMs: null,
        },
      },
    ]);
    const request = debugged.hub.history.find(
      (entry) => entry.kind === 'message' && entry.group === 'client' && entry.exchange === 52,
    );
    expect(request).toMatchObject({ role: 'request', dataId: 7 });
    expect(debugged.told('server')).toEqual([]);
  });

  test('is told with by how much its answer was too late', async () => {
    const { debugged, client, server, clock } = await watchedPair();
    server.onRead(7, () => new Promise((resolve) => clock.setTimeout(() => resolve('late'), 3_200)));
    watch(client.read(7, { timeout: 2_000 }));
    await debugged.passes(4_500);
    expect(debugged.told('client')).toMatchObject([
      { code: 'request-timed-out', count: 1, about: { lateAnswers: 1, lateByMs: 1_200 } },
    ]);
  });

  test('is told apart from another of the same ids that was asked with more time', async () => {
    const { debugged, client, server } = await watchedPair();
    server.onRead(7, () => new Promise(() => {}));
    watch(client.read(7, { timeout: 30_000 }));
    watch(client.read(7, { timeout: 1_000 }));
    await debugged.passes(1_500);
    expect(debugged.told('client')).toMatchObject([{ exchange: 3, about: { requestNumber: 3 } }]);
  });

  test('is told as not written where it only waited for a connection, and the reason for that explains it', async () => {
    const { debugged, client, serverComm } = await watchedPair();
    serverComm.refusesConnections = true;
    client.reconnect();
    watch(client.read(7, { timeout: 1_000 }));
    await debugged.passes(2_000);
    const all = debugged.all('client');
    expect(debugged.codes('client')).toEqual(['connect-failed']);
    expect(all.find(({ code }) => code === 'request-timed-out')).toMatchObject({
      about: { isWritten: false, reason: 'not-connected', requestNumber: null },
      coveredBy: debugged.told('client')[0]?.incident,
    });
  });

  test('explains the bad status of the answer that comes too late', async () => {
    const { debugged, client, server } = await watchedPair({ server: { callbackTimeout: 3_000 } });
    server.on('callbackError', () => {});
    server.onRead(7, () => new Promise(() => {}));
    watch(client.read(7, { timeout: 2_000 }));
    await debugged.passes(4_500);
    expect(debugged.told('client')).toMatchObject([
      { code: 'request-timed-out', about: { lateByMs: 1_000 } },
    ]);
    expect(debugged.all('client').map(({ code }) => code)).toContain('bad-status');
  });

  test('is one trouble with a count, however many there are', async () => {
    const { debugged, client, server } = await watchedPair();
    server.onRead(7, () => new Promise(() => {}));
    for (let count = 0; count < 1_000; count++) watch(client.read(7, { timeout: 1_000 }));
    await debugged.passes(3_000);
    expect(debugged.told('client')).toMatchObject([{ code: 'request-timed-out', count: 1_000 }]);
    const entries = debugged.hub.history.filter(({ kind }) => kind === 'trouble');
    expect(entries.length).toBeLessThan(30);
  });
});

describe('a codec that does not fit', () => {
  test.each([
    ['pure_json', 'struct_json', {}, { codec: structJson }],
    ['struct_json', 'pure_json', { codec: structJson }, {}],
  ])('of a %s client and a %s server is named by the server, whose client cannot know', async (ours, theirs, client, server) => {
    const pair = await watchedPair({ client, server });
    const { debugged } = pair;
    pair.server.onRead(0, () => 'now');
    watch(pair.client.read(0));
    await debugged.passes(6_000);
    expect(debugged.told('server')).toMatchObject([
      {
        code: 'codec-mismatch',
        about: { from: 'client', evidence: 'frames-of-other-codec', ours: theirs, likely: ours },
      },
    ]);
    expect(debugged.told('client')).toMatchObject([
      { code: 'never-answered', about: { silent: 'server', isOwn: true, codec: ours, bytes: 0 } },
    ]);
  });

  test.each([
    ['pure_json', {}, { codec: structJson }],
    ['struct_json', { codec: structJson }, {}],
  ])('is found with a secret as well (client: %s)', async (_, client, server) => {
    const { debugged } = await watchedPair({ both: { secret: SECRET }, client, server });
    await debugged.passes(12_000);
    expect(debugged.codes('server')).toEqual(['codec-mismatch']);
    expect(debugged.codes('client')).toEqual(['never-answered']);
  });

  test('is not suspected of a peer that has answered on an earlier connection, and hangs now', async () => {
    const { debugged, client, serverComm } = await watchedClient();
    serverComm.sendRaw(encodeStp(pureJson.encode(new Message({ serviceId: 9, dataId: 0 }))));
    await debugged.passes(500);
    serverComm.disconnect('session-closed');
    await debugged.passes(500);
    watch(client.read(0, { timeout: 20_000 }));
    await debugged.passes(8_000);
    expect(debugged.told('client')).toMatchObject([
      { code: 'never-answered', about: { silent: 'server', hasAnsweredBefore: true } },
    ]);
  });

  test('is the likely cause where frames come that nobody can read', async () => {
    const { debugged, client, serverComm } = await watchedClient();
    watch(client.read(0));
    for (let count = 0; count < 5; count++) serverComm.sendRaw(encodeStp(Buffer.from(`{"id": ${count}}`)));
    await debugged.passes(1_000);
    expect(debugged.told('client')).toMatchObject([
      { code: 'codec-mismatch', about: { evidence: 'no-frame-in-bytes', likely: null, from: 'server' } },
    ]);
    await debugged.passes(6_000);
    expect(debugged.codes('client')).toEqual(['codec-mismatch']);
  });

  test('is the likely cause where a request gets no answer while bytes come in', async () => {
    const { debugged, client, serverComm } = await watchedClient();
    watch(client.read(0));
    serverComm.sendRaw(Buffer.from([0x00, 0xff, 0x13, 0x80]));
    await debugged.passes(6_000);
    expect(debugged.codes('client')).toContain('codec-mismatch');
    expect(debugged.told('client')).toContainEqual(
      expect.objectContaining({ about: expect.objectContaining({ evidence: 'no-answer-while-bytes-come' }) }),
    );
  });

  test('is not suspected for one frame that was damaged on its way', async () => {
    const pair = await watchedPair();
    const { debugged, server, serverComm } = pair;
    server.onRead(0, () => 'now');
    await reads(pair, 0);
    const damaged = '{"data_id":0,"service_id":11,"status":0,"data":"nox"}abcd';
    serverComm.sendRaw(encodeStp(Buffer.from(damaged)));
    await reads(pair, 0);
    await debugged.passes(1_000);
    expect(debugged.told('client')).toMatchObject([
      { code: 'bad-frames', count: 1, about: { reason: 'checksum', from: 'server' } },
    ]);
  });
});

describe('bytes that are no frames', () => {
  test('are one trouble with a count and their text, however often a device prints', async () => {
    const pair = await watchedPair();
    const { debugged, server, serverComm } = pair;
    server.onRead(0, () => 'now');
    for (let line = 0; line < 1_000; line++) {
      serverComm.sendRaw(Buffer.from(`boot v1.2 ok ${line}\n`));
      if (line % 100 === 0) await reads(pair, 0);
      await debugged.passes(100);
    }
    await debugged.passes(1_000);
    expect(debugged.told('client')).toMatchObject([
      {
        code: 'noise',
        count: 1_000,
        about: { from: 'server', text: 'boot v1.2 ok 999\\n', isText: true, totalBytes: 16_890 },
      },
    ]);
    const told = debugged.hub.history.filter(({ kind }) => kind === 'trouble');
    expect(told.length).toBeLessThan(120);
  });

  test('are shown with their bytes, without what may be a key', async () => {
    const { debugged, serverComm } = await watchedPair();
    serverComm.sendRaw(Buffer.from('key 90cf6910345f75ebbae9402623207f18\n'));
    await debugged.passes(100);
    expect(debugged.told('client')).toMatchObject([
      { about: { text: 'k*y ********************************\\n' } },
    ]);
    const drop = debugged.hub.history.find((entry) => entry.kind === 'drop' && entry.group === 'client');
    const detail = '37 bytes of the stream: "k*y ********************************\\n"';
    expect(drop).toMatchObject({ reason: 'noise', hiddenBytes: 0, detail });
    expect(JSON.stringify(debugged.hub.history)).not.toContain(Buffer.from('90cf').toString('hex'));
  });

  test('do not hide that the peer answers nothing', async () => {
    const { debugged, client, serverComm } = await watchedPair({ server: { codec: structJson } });
    serverComm.sendRaw(Buffer.from('boot v1.2 ok\n'));
    watch(client.read(0));
    await debugged.passes(6_000);
    expect(debugged.codes('client')).toEqual(['noise', 'never-answered']);
  });
});

describe('trust that does not come about', () => {
  test('is told once where the secrets differ, on either side', async () => {
    const { debugged, client } = await watchedPair({
      client: { secret: SECRET },
      server: { secret: 'another secret, long enough' },
    });
    watch(client.read(0, { timeout: 1_000 }));
    await debugged.passes(3_000);
    expect(debugged.told('client')).toMatchObject([{ code: 'wrong-secret', count: 1 }]);
    expect(debugged.told('server')).toMatchObject([{ code: 'wrong-secret', count: 1 }]);
  });

  test('is told as a server without a secret', async () => {
    const { debugged } = await watchedPair({ client: { secret: SECRET } });
    await debugged.passes(3_000);
    expect(debugged.told('client')).toMatchObject([{ code: 'server-without-secret', count: 1 }]);
    expect(debugged.codes('server')).toEqual(['server-without-secret']);
  });

  test('is told as a client without a secret', async () => {
    const { debugged, client } = await watchedPair({ server: { secret: SECRET } });
    const asked = watch(client.read(0));
    await debugged.passes(3_000);
    expect(asked.state).toBe('rejected');
    expect(debugged.told('client')).toMatchObject([{ code: 'client-without-secret', count: 1 }]);
    expect(debugged.told('server')).toMatchObject([{ code: 'client-without-secret', count: 1 }]);
  });
});

describe('a connection', () => {
  test('that is lost is told with the requests that waited', async () => {
    const { debugged, client, server, clientComm } = await watchedPair();
    server.onRead(7, () => new Promise(() => {}));
    for (let count = 0; count < 3; count++) watch(client.read(7));
    await debugged.passes(1_000);
    clientComm.cut();
    await debugged.passes(1_000);
    expect(debugged.told('client')).toMatchObject([
      { code: 'link-lost', about: { reason: 'network-error', requestsWaiting: 3, wasClosedByUs: false } },
    ]);
  });

  test('that the peer closes is trouble only where something waited', async () => {
    const { debugged, client, server, serverComm } = await watchedPair();
    server.onRead(7, () => new Promise(() => {}));
    watch(client.read(7));
    await debugged.passes(100);
    serverComm.disconnect('session-closed');
    await debugged.passes(100);
    expect(debugged.told('client')).toMatchObject([
      { code: 'link-lost', about: { reason: 'peer-closed', requestsWaiting: 1 } },
    ]);
  });

  test('that is reset again and again is one trouble', async () => {
    const pair = await watchedPair();
    const { debugged, server, clientComm } = pair;
    server.onRead(0, () => 'now');
    for (let count = 0; count < 4; count++) {
      await reads(pair, 0);
      clientComm.disconnect('connection-reset');
      await debugged.passes(5_000);
    }
    expect(debugged.told('client')).toMatchObject([
      { code: 'reset-again', about: { times: 4, withinMs: 15_000 } },
    ]);
  });

  test('to a peer that hangs up again and again is one trouble', async () => {
    const pair = await watchedPair();
    const { debugged, server, serverComm } = pair;
    server.onRead(0, () => 'now');
    for (let count = 0; count < 4; count++) {
      await reads(pair, 0);
      serverComm.disconnect('session-closed');
      await debugged.passes(5_000);
    }
    expect(debugged.told('client')).toMatchObject([{ code: 'hangs-up-again', about: { times: 4 } }]);
  });

  test('to something that accepts and hangs up is told at once, and again as one trouble', async () => {
    const { debugged, serverComm } = await watchedClient();
    serverComm.disconnect('session-closed');
    await debugged.passes(100);
    expect(debugged.told('client')).toMatchObject([{ code: 'link-lost', about: { isMute: true } }]);
    await debugged.passes(3_000);
    serverComm.disconnect('session-closed');
    await debugged.passes(100);
    expect(debugged.told('client')).toMatchObject([{ code: 'hangs-up-again', about: { times: 2, mute: 2 } }]);
  });

  test('that is half open is told with how long the peer was silent, and explains what timed out', async () => {
    const pair = await watchedPair({}, true);
    const { debugged, client, server, serverComm, clientComm } = pair;
    server.onRead(0, () => 'now');
    await reads(pair, 0);
    serverComm.isStalled = true;
    clientComm.isStalled = true;
    watch(client.read(0, { timeout: 2_000 }));
    await debugged.passes(5_000);
    expect(debugged.told('client')).toMatchObject([
      { code: 'request-timed-out', about: { silentMs: 2_000 } },
    ]);
    await debugged.passes(30_000);
    expect(debugged.told('client')).toMatchObject([
      {
        code: 'half-open',
        about: { silentMs: 30_000, unansweredRequests: 1, unansweredHeartbeats: 1, hasEverAnswered: true },
      },
    ]);
    expect(debugged.all('client')).toContainEqual(
      expect.objectContaining({ code: 'request-timed-out', coveredBy: debugged.told('client')[0]?.incident }),
    );
  });

  test('that cannot be opened is one trouble with a count', async () => {
    const { debugged, client, serverComm } = await watchedPair();
    serverComm.refusesConnections = true;
    client.reconnect();
    await debugged.passes(30_000);
    const [trouble] = debugged.told('client');
    expect(debugged.codes('client')).toEqual(['connect-failed']);
    expect(trouble).toMatchObject({ about: { reason: 'connection-refused' } });
    expect(trouble?.count).toBeGreaterThan(3);
    expect(trouble?.about['inARow']).toBe(trouble?.count);
  });
});

describe('what a program does wrong', () => {
  test('is told: a callback that fails, an answer that says so, and two names for one channel', async () => {
    const { debugged, client, server } = await watchedPair({
      client: { channelName: 'pump' },
      server: { channelName: 'valve' },
    });
    server.on('callbackError', () => {});
    server.onRead(0, () => {
      throw new Error('no such sensor');
    });
    watch(client.read(0));
    watch(client.read(5));
    await debugged.passes(1_000);
    expect(debugged.codes('server')).toEqual(expect.arrayContaining(['callback-failed', 'name-overwritten']));
    expect(debugged.told('client')).toMatchObject([
      { code: 'bad-status', about: { status: 2, serviceId: 10, dataId: 0, from: 'server', isOwn: false } },
      { code: 'bad-status' },
    ]);
    expect(debugged.told('server')).toContainEqual(
      expect.objectContaining({
        code: 'bad-status',
        about: expect.objectContaining({ isOwn: true, serviceId: 10, dataId: 5 }),
      }),
    );
  });
});
