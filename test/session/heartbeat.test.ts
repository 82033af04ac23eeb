/** A client finds out that its peer is gone though nobody closed the link (protocol.md section 4). */

import { describe, expect, test } from 'vitest';
import {
  type CommInstance,
  createMemoryPair,
  type Observation,
  Session,
  type SessionOptions,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
} from '../../src/index.js';
import { frameOf, payloadOf } from '../support/bytes.js';
import { Pair } from '../support/pair.js';
import { SECRET, SocketPuppet } from '../support/socket-puppet.js';
import { VirtualClock } from '../support/virtual-clock.js';

const [INTERVAL_MS, TIMEOUT_MS] = [20_000, 10_000];
/** In the middle: no jitter. */
const random = (): number => 0.5;

async function client(options: SessionOptions = {}): Promise<SocketPuppet> {
  const puppet = new SocketPuppet('client', { random, channelName: 'ours', ...options });
  await puppet.settle();
  await puppet.sends(frameOf(SID_CHANNEL_NAME_RESPONSE, 0));
  return puppet;
}

/** When the session asked for a sign of life. */
function questions({ heard }: SocketPuppet): number[] {
  return heard
    .filter(({ serviceId, data }) => serviceId === SID_CHANNEL_NAME_REQUEST && data === null)
    .map(({ atMs }) => atMs);
}

const ANSWER = frameOf(SID_CHANNEL_NAME_RESPONSE, 0, 'theirs');

describe('a client', () => {
  test('asks 20 s after the last byte, whenever that came, and not before', async () => {
    const puppet = await client();
    await puppet.passes(15_000);
    await puppet.sends(Buffer.from(':<not even a frame'));
    await puppet.passes(INTERVAL_MS - 1);
    expect(questions(puppet)).toEqual([]);
    await puppet.passes(1);
    expect(questions(puppet)).toEqual([35_000]);
    await puppet.close();
  });

  test('breaks the link when nothing comes for 10 s after that, and says what may be lost', async () => {
    const notes: Observation[] = [];
    const observe = (each: Observation): void => void notes.push(each);
    const puppet = await client({ observe });
    await puppet.passes(5_000);
    await puppet.session.send(11, 0, 'never heard of again');
    await puppet.passes(INTERVAL_MS + TIMEOUT_MS - 5_000 - 1);
    expect(puppet.closedBecause).toBeNull();
    await puppet.passes(2);
    expect(puppet.closedBecause).toBe('peer-silent');
    // the message, and the question
    expect(puppet.session.counters.messagesUnconfirmed).toBe(2);
    expect(notes).toContainEqual(
      expect.objectContaining({
        code: 'disconnected',
        reason: 'peer-silent',
        text: expect.stringMatching(/sent after the last byte from the peer: 2 \(\d+ bytes\)/),
      }),
    );
    expect(await puppet.close()).toBe(0);
  });

  test('that only sends finds out that nobody gets it (FC-09)', async () => {
    const puppet = await client();
    const accepted: boolean[] = [];
    while (puppet.closedBecause === null && puppet.clock.now() < 60_000) {
      accepted.push(await puppet.session.send(11, 0, 'are you there', 0, 0));
      await puppet.passes(500);
    }
    expect(puppet.closedBecause).toBe('peer-silent');
    expect(puppet.clock.now()).toBeLessThanOrEqual(INTERVAL_MS + TIMEOUT_MS + 500);
    expect(puppet.session.counters.messagesUnconfirmed).toBe(accepted.length + 1);
    const late = puppet.session.send(11, 0, null, 0, 1);
    await puppet.passes(1);
    expect(await late).toBe(false);
    await puppet.close();
  });

  test('takes any byte for a sign of life, the first half of a frame as well', async () => {
    const puppet = await client();
    await puppet.passes(INTERVAL_MS);
    await puppet.sends(ANSWER.subarray(0, 5));
    await puppet.passes(TIMEOUT_MS);
    expect(puppet.closedBecause).toBeNull();
    await puppet.passes(INTERVAL_MS - TIMEOUT_MS);
    expect(questions(puppet)).toEqual([INTERVAL_MS, 2 * INTERVAL_MS]);
    await puppet.close();
  });

  test('stays for as long as its peer answers, and drops and renames nothing', async () => {
    const puppet = await client();
    for (let beat = 0; beat < 50; beat++) {
      await puppet.passes(INTERVAL_MS);
      await puppet.sends(ANSWER);
      // the answer is seen when the time for it is over
      await puppet.passes(TIMEOUT_MS);
      await puppet.sends(frameOf(200, 0));
      await puppet.session.receive(200, 0);
    }
    expect(questions(puppet)).toHaveLength(50);
    expect([puppet.closedBecause, puppet.dropped, puppet.session.channelName]).toEqual([null, {}, 'ours']);
    expect(puppet.session.counters.messagesUnconfirmed).toBe(0);
    await puppet.close();
  });

  test('takes the answer to its first request for that, however late it comes', async () => {
    const puppet = new SocketPuppet('client', { random });
    await puppet.passes(INTERVAL_MS);
    await puppet.sends(frameOf(SID_CHANNEL_NAME_RESPONSE, 0, 'first'));
    await puppet.sends(frameOf(SID_CHANNEL_NAME_RESPONSE, 0, 'second'));
    expect([puppet.session.channelName, puppet.dropped]).toEqual(['first', {}]);
    await puppet.sends(frameOf(SID_CHANNEL_NAME_RESPONSE, 0, 'third'));
    expect([puppet.session.channelName, puppet.dropped]).toEqual(['first', { unexpected: 1 }]);
    await puppet.close();
  });

  test('asks before trust as well', async () => {
    const puppet = await client({ secret: SECRET });
    await puppet.passes(INTERVAL_MS);
    expect([questions(puppet), puppet.session.isTrusted]).toEqual([[INTERVAL_MS], false]);
    await puppet.sends(ANSWER);
    expect([puppet.closedBecause, puppet.dropped]).toEqual([null, {}]);
    await puppet.close();
  });

  test('waits up to a tenth shorter or longer, never twice the same', async () => {
    const numbers = [0, 1, 0.25];
    const puppet = await client({ random: () => numbers.shift() ?? 0.5 });
    await puppet.passes(18_000);
    await puppet.sends(ANSWER);
    await puppet.passes(TIMEOUT_MS);
    await puppet.passes(12_000);
    expect(questions(puppet)).toEqual([18_000, 40_000]);
    await puppet.close();
  });

  test.each([
    0, 0.5, 1,
  ])('finds out 30 s after the last byte, whenever it asked (FC-09): %d', async (number) => {
    const puppet = await client({ random: () => number });
    await puppet.passes(INTERVAL_MS + TIMEOUT_MS - 1);
    expect([questions(puppet).length, puppet.closedBecause]).toEqual([1, null]);
    await puppet.passes(2);
    expect(puppet.closedBecause).toBe('peer-silent');
    await puppet.close();
  });

  test('leaves its peer the whole time to answer where the rest of the silence is too short for that', async () => {
    const puppet = await client({ random: () => 1, heartbeat: { interval: 20_000, timeout: 2_000 } });
    await puppet.passes(22_000 + 1_999);
    expect(puppet.closedBecause).toBeNull();
    await puppet.passes(2);
    expect(puppet.closedBecause).toBe('peer-silent');
    await puppet.close();
  });

  test('asks as often as its option says, or never', async () => {
    const puppet = await client({ heartbeat: { interval: 500, timeout: 50 } });
    await puppet.passes(500);
    await puppet.passes(51);
    expect([questions(puppet), puppet.closedBecause]).toEqual([[500], 'peer-silent']);
    const sleeper = await client({ heartbeat: false });
    await sleeper.passes(3_600_000);
    expect([questions(sleeper), sleeper.closedBecause, sleeper.clock.pending]).toEqual([[], null, 0]);
    await Promise.all([puppet.close(), sleeper.close()]);
  });

  test('gives what is on its way the time that a slow link takes', async () => {
    const puppet = await client();
    const file = 'x'.repeat(10 * 1024 * 1024);
    await puppet.session.send(11, 0, file);
    await puppet.passes(INTERVAL_MS + TIMEOUT_MS + 300_000);
    expect(puppet.closedBecause).toBeNull();
    await puppet.passes(30_000);
    expect(puppet.closedBecause).toBe('peer-silent');
    await puppet.close();
  });

  test('takes a peer that takes its bytes for alive, though it says nothing', async () => {
    const puppet = await client({ maxOutputBytes: 64 * 1024 * 1024 });
    puppet.socket.stopReading();
    await puppet.session.send(11, 0, 'x'.repeat(4 * 1024 * 1024));
    for (let slice = 0; slice < 14; slice++) {
      await puppet.passes(15_000);
      puppet.socket.readSome(256 * 1024);
      await puppet.passes(0);
    }
    expect(questions(puppet)).toEqual([]);
    await puppet.close();
  });

  test('does not blame a peer that it does not read', async () => {
    const clock = new VirtualClock();
    const { client: near } = createMemoryPair({ clock });
    near.canDieSilently = true;
    const session = new Session(near, { clock, random });
    await clock.advanceAsync(0);
    near.pause();
    await clock.advanceAsync(3_600_000);
    expect(session.isConnected()).toBe(true);
    near.resume();
    await clock.advanceAsync(INTERVAL_MS + TIMEOUT_MS - 1);
    expect(session.isConnected()).toBe(true);
    await clock.advanceAsync(1);
    expect(session.isConnected()).toBe(false);
    await session.close();
  });

  test('listens on each link anew', async () => {
    const clock = new VirtualClock();
    const { client: near, server: far } = createMemoryPair({ clock });
    near.canDieSilently = true;
    const session = new Session(near, { clock, random });
    await clock.advanceAsync(15_000);
    session.reconnect();
    await clock.advanceAsync(0);
    await clock.advanceAsync(INTERVAL_MS + TIMEOUT_MS - 1);
    expect(session.isConnected()).toBe(true);
    await clock.advanceAsync(1);
    expect([session.isConnected(), session.counters.connections]).toEqual([false, 2]);
    far.close();
    await session.close();
    expect(clock.pending).toBe(0);
  });

  test('counts payloads where its transport does not say when it heard something', async () => {
    const clock = new VirtualClock();
    const { client: near, server: far } = createMemoryPair({ clock });
    const session = new Session(bare(near), { clock, random });
    far.reconnect();
    near.reconnect();
    await clock.advanceAsync(15_000);
    far.send(payloadOf(200, 0, null, 0));
    await clock.advanceAsync(INTERVAL_MS + TIMEOUT_MS - 1);
    expect(session.isConnected()).toBe(true);
    await clock.advanceAsync(1);
    expect(session.isConnected()).toBe(false);
    await session.close();
  });
});

/** A transport with the members of the original's interface, and no other. */
function bare(comm: CommInstance): CommInstance {
  return {
    isClient: comm.isClient,
    isConnected: () => comm.isConnected(),
    initChannelName: (name) => comm.initChannelName(name),
    reconnect: () => comm.disconnect?.('reconnect-requested'),
    send: (payload) => comm.send(payload),
    registerCallback: (callback) => comm.registerCallback(callback),
    registerConnectCallback: (callback) => comm.registerConnectCallback(callback),
    registerDisconnectCallback: (callback) => comm.registerDisconnectCallback(callback),
  };
}

test('a server asks nobody; the system asks for it, 20 s after the last byte', async () => {
  const puppet = new SocketPuppet('server');
  expect(puppet.socket.keepAlive).toEqual([[true, 20_000]]);
  await puppet.sends(frameOf(SID_CHANNEL_NAME_REQUEST, 0, 'theirs'));
  const before = puppet.heard.length;
  await puppet.passes(3_600_000);
  expect([puppet.heard.length, puppet.closedBecause, puppet.clock.pending]).toEqual([before, null, 0]);
  await puppet.close();
});

test('a server of this library answers each question, counts nothing as a second name, and closes nobody', async () => {
  const puppet = new SocketPuppet('server', { channelName: 'ours', secret: SECRET });
  for (let beat = 0; beat < 100; beat++)
    expect(await puppet.says(SID_CHANNEL_NAME_REQUEST, 0, null)).toEqual([[9, 0, 0, 'ours']]);
  expect([puppet.dropped, puppet.closedBecause]).toEqual([{}, null]);
  await puppet.close();
});

test('a memory pair has no heartbeat: nothing in it dies without a word', async () => {
  const pair = await Pair.connected();
  await pair.clock.advanceAsync(3_600_000);
  expect([pair.client.isConnected(), pair.clock.pending]).toEqual([true, 0]);
  await pair.close();
});
