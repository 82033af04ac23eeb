/** What a session knows of its own requests and connections, and what it cannot know. */

import { describe, expect, test } from 'vitest';
import { Message } from '../../../src/index.js';
import { encodeStp, pureJson } from '../../../src/wire/index.js';
import { watch } from '../../support/pair.js';
import { watchedClient, watchedPair } from '../../support/watched-pair.js';

const SECRET = 'correct horse battery staple';
const frameOf = (serviceId: number, dataId: number, data: unknown): Buffer =>
  encodeStp(pureJson.encode(new Message({ serviceId, dataId, data })));

describe('a connection of a session', () => {
  test('that is reset again after more than a minute is lost twice, and not again and again', async () => {
    const { debugged, clientComm } = await watchedPair();
    for (let times = 0; times < 2; times++) {
      await debugged.passes(61_000);
      clientComm.disconnect('connection-reset');
    }
    await debugged.passes(2_000);
    expect(debugged.told('client')).toMatchObject([{ code: 'link-lost', count: 2 }]);
  });

  test('that the peer closes may be closed twice in a minute, and not three times', async () => {
    const { debugged, client, server, serverComm } = await watchedPair();
    server.onRead(0, () => 'now');
    for (let times = 1; times <= 3; times++) {
      watch(client.read(0));
      await debugged.passes(1_000);
      serverComm.disconnect('session-closed');
      await debugged.passes(1_000);
      expect(debugged.codes('client')).toEqual(times < 3 ? [] : ['hangs-up-again']);
    }
  });

  test('that ends in the middle of an authentication is trouble for the client, and none for the server', async () => {
    const { debugged, serverComm } = await watchedClient({ secret: SECRET });
    serverComm.sendRaw(frameOf(1, 0, '90cf6910345f75ebbae9402623207f18'));
    await debugged.passes(100);
    serverComm.disconnect('session-closed');
    await debugged.passes(50);
    expect(debugged.told('client')).toMatchObject([
      { code: 'link-lost', about: { reason: 'peer-closed', isMute: false, wasAuthenticating: true } },
    ]);
    const pair = await watchedPair({ both: { secret: SECRET }, client: { autoAuth: false } });
    pair.clientComm.sendRaw(frameOf(0, 0, null));
    await pair.debugged.passes(100);
    pair.clientComm.disconnect('session-closed');
    await pair.debugged.passes(50);
    expect(pair.debugged.told('server')).toEqual([]);
  });

  test('that is lost in the middle of a frame says how much of it had come', async () => {
    const { debugged, serverComm } = await watchedPair();
    await debugged.passes(100);
    serverComm.sendRaw(Buffer.from(':<{"half'));
    await debugged.passes(100);
    serverComm.disconnect('session-closed');
    await debugged.passes(50);
    expect(debugged.told('client')).toMatchObject([
      { code: 'link-lost', about: { reason: 'peer-closed', unfinishedBytes: 6, requestsWaiting: 0 } },
    ]);
  });

  test('that is lost says which requests were not sent yet', async () => {
    const { debugged, client, serverComm } = await watchedClient({ secret: SECRET });
    for (let count = 0; count < 2; count++) watch(client.read(count));
    await debugged.passes(100);
    serverComm.cut();
    await debugged.passes(50);
    expect(debugged.told('client')).toMatchObject([
      { code: 'link-lost', about: { reason: 'network-error', requestsQueued: 2 } },
    ]);
  });
});

describe('a client that takes too long to authenticate', () => {
  const options = {
    both: { secret: SECRET },
    client: { autoAuth: false },
  };

  test('has not begun, as far as the server can tell, and that explains the end', async () => {
    const { debugged, serverComm } = await watchedPair(options);
    await debugged.passes(1_000);
    // as a server does when handshakeTimeout is over
    serverComm.disconnect('handshake-timeout');
    await debugged.passes(1_000);
    expect(debugged.told('server')).toMatchObject([
      { code: 'client-without-secret', about: { own: 'server', what: 'it hung up after handshakeTimeout' } },
    ]);
  });

  test('has not finished, where it has a seed', async () => {
    const { debugged, clientComm, serverComm } = await watchedPair(options);
    clientComm.sendRaw(frameOf(0, 0, null));
    await debugged.passes(1_000);
    serverComm.disconnect('handshake-timeout');
    await debugged.passes(1_000);
    expect(debugged.told('server')).toMatchObject([
      { code: 'authentication-failed', about: { reason: 'handshake-timeout' } },
    ]);
  });
});

describe('a request of a session', () => {
  test('that is late again keeps count of the answers that came too late, and by how much', async () => {
    const { debugged, client, server, clock } = await watchedPair();
    let answers = 0;
    server.onRead(7, () =>
      answers++ < 2
        ? new Promise((resolve) => clock.setTimeout(() => resolve('late'), 1_500))
        : new Promise(() => {}),
    );
    for (let times = 1; times <= 3; times++) {
      watch(client.read(7, { timeout: 1_000 }));
      await debugged.passes(2_500);
      expect(debugged.told('client')).toMatchObject([
        {
          code: 'request-timed-out',
          count: times,
          about: { lateAnswers: Math.min(times, 2), lateByMs: 500, isWritten: true },
        },
      ]);
    }
  });

  test('of a peer that never said anything is explained by that when it times out', async () => {
    const { debugged, client } = await watchedClient();
    watch(client.read(0, { timeout: 7_000 }));
    await debugged.passes(8_000);
    expect(debugged.codes('client')).toEqual(['never-answered']);
    expect(debugged.all('client').find(({ code }) => code === 'request-timed-out')).toMatchObject({
      coveredBy: debugged.told('client')[0]?.incident,
    });
  });
});

describe('a codec that probably does not fit', () => {
  test('is told with what shows it first, and how much came that cannot be read', async () => {
    const { debugged, client, serverComm } = await watchedClient();
    watch(client.read(0));
    serverComm.sendRaw(Buffer.from([0x00, 0xff, 0x13, 0x80]));
    await debugged.passes(6_000);
    expect(debugged.told('client')).toContainEqual(
      expect.objectContaining({
        text: 'nothing from the server can be read as pure_json (4 bytes): it probably uses another codec',
      }),
    );
    const frames = await watchedClient();
    watch(frames.client.read(0));
    frames.serverComm.sendRaw(
      encodeStp(Buffer.from('{"id": "a single frame of other fields, longer than it may be by chance"}')),
    );
    await frames.debugged.passes(6_000);
    expect(frames.debugged.told('client')).toMatchObject([
      {
        code: 'codec-mismatch',
        count: 1,
        text: 'nothing from the server can be read as pure_json (one frame): it probably uses another codec',
        about: { evidence: 'no-frame-in-bytes', bytes: 73 },
      },
    ]);
  });
});
