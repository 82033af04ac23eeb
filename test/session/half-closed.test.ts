/** A peer that ends its stream, and still reads: it gets the answers that it waits for, and then the link is closed. */

import { describe, expect, test } from 'vitest';
import {
  ConnectionLostError,
  createMemoryPair,
  DID_AUTH_SEED,
  type SessionOptions,
  SID_AUTH_REQUEST,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
} from '../../src/index.js';
import { tupleOf } from '../support/bytes.js';
import { watch } from '../support/pair.js';
import { MemoryPuppet, memoryLink, Puppet } from '../support/puppet.js';
import { VirtualClock } from '../support/virtual-clock.js';

const ENDED_AT_MS = 1_000;

interface Ending {
  readonly puppet: MemoryPuppet;
  /** What the session has announced, and when. */
  readonly seen: string[];
  /** Answers the oldest read that waits. */
  answer(): void;
}

/** A session with a link; its reads of even ids are answered at once, the others when the test wants it. */
async function linked(role: 'client' | 'server', session: SessionOptions = {}): Promise<Ending> {
  const puppet = new MemoryPuppet(role, { session });
  const seen: string[] = [];
  const answers: (() => void)[] = [];
  puppet.session.on('disconnected', (reason) => seen.push(`${reason} at ${puppet.clock.now()}`));
  puppet.session.onRead(null, (_, { dataId }) =>
    dataId % 2 === 0 ? dataId : new Promise((resolve) => answers.push(() => resolve(dataId))),
  );
  if (role === 'server') puppet.comm.reconnect();
  await puppet.clock.advanceAsync(ENDED_AT_MS);
  puppet.takeHeard();
  return { puppet, seen, answer: () => answers.shift()?.() };
}

describe.each(['client', 'server'] as const)('a %s whose peer half-closes', (role) => {
  test('closes at once where it owes no answer', async () => {
    const { puppet, seen } = await linked(role);
    puppet.say(SID_READ_REQUEST, 2);
    puppet.comm.endStream();
    await puppet.settle();
    expect(puppet.takeHeard().map(tupleOf)).toEqual([[SID_READ_RESPONSE, 2, 0, 2]]);
    expect(seen).toEqual([`peer-closed at ${ENDED_AT_MS}`]);
    expect(await puppet.close()).toBe(0);
  });

  test('believes nothing that comes after the end of the stream', async () => {
    const { puppet } = await linked(role);
    puppet.say(SID_READ_REQUEST, 1);
    puppet.comm.endStream();
    await puppet.settle();
    puppet.say(SID_AUTH_REQUEST, DID_AUTH_SEED);
    puppet.say(SID_READ_REQUEST, 2);
    await puppet.settle();
    expect([puppet.takeHeard(), puppet.session.counters.dropped]).toEqual([[], { unexpected: 2 }]);
    await puppet.close();
  });

  test('answers what runs and what waits first (FC-34)', async () => {
    const { puppet, seen, answer } = await linked(role, { maxRunningCallbacks: 1 });
    for (const dataId of [1, 2, 3]) puppet.say(SID_READ_REQUEST, dataId);
    puppet.comm.endStream();
    await puppet.clock.advanceAsync(500);
    expect([seen, puppet.takeHeard(), puppet.session.isConnected()]).toEqual([[], [], true]);
    answer();
    await puppet.settle();
    expect(puppet.takeHeard().map(tupleOf)).toEqual([
      [SID_READ_RESPONSE, 1, 0, 1],
      [SID_READ_RESPONSE, 2, 0, 2],
    ]);
    expect(seen).toEqual([]);
    answer();
    await puppet.settle();
    expect(puppet.takeHeard().map(tupleOf)).toEqual([[SID_READ_RESPONSE, 3, 0, 3]]);
    expect(seen).toEqual([`peer-closed at ${ENDED_AT_MS + 500}`]);
    expect(await puppet.close()).toBe(0);
  });

  test('closes when the time of a callback is over', async () => {
    const { puppet, seen } = await linked(role, { callbackTimeout: 2_000 });
    puppet.say(SID_READ_REQUEST, 1);
    await puppet.settle();
    puppet.comm.endStream();
    await puppet.clock.advanceAsync(2_000);
    expect(puppet.takeHeard().map(tupleOf)).toEqual([[SID_READ_RESPONSE, 1, 2, null]]);
    expect(seen).toEqual([`peer-closed at ${ENDED_AT_MS + 2_000}`]);
    expect(await puppet.close()).toBe(0);
  });

  test('has no answer to wait for: its requests on the link fail at once, later ones wait for the next', async () => {
    const { puppet, seen, answer } = await linked(role);
    const before = watch(puppet.session.read(0));
    puppet.say(SID_READ_REQUEST, 1);
    await puppet.settle();
    puppet.comm.endStream();
    await puppet.settle();
    const after = watch(puppet.session.read(7, { timeout: 5_000 }));
    await puppet.settle();
    expect(before.error).toBeInstanceOf(ConnectionLostError);
    expect(before.error).toMatchObject({ written: true, reason: 'peer-closed' });
    expect(after.state).toBe('pending');
    puppet.takeHeard();
    answer();
    await puppet.settle();
    expect([seen, after.state]).toEqual([[`peer-closed at ${ENDED_AT_MS}`], 'pending']);
    // a client has another at once, for the sake of somebody who waits
    if (role === 'server') puppet.connect();
    await puppet.settle();
    await puppet.says(SID_READ_RESPONSE, 7, 'on the next');
    expect(after.value).toBe('on the next');
    expect(await puppet.close()).toBe(0);
  });

  test('takes the next link as if nothing had been', async () => {
    const { puppet, answer } = await linked(role);
    puppet.say(SID_READ_REQUEST, 1);
    puppet.comm.endStream();
    await puppet.settle();
    answer();
    await puppet.settle();
    puppet.connect();
    await puppet.settle();
    const read = watch(puppet.session.read(0));
    expect(await puppet.says(SID_READ_REQUEST, 2)).toContainEqual([SID_READ_RESPONSE, 2, 0, 2]);
    await puppet.says(SID_READ_RESPONSE, 0, 'yes');
    expect(read.value).toBe('yes');
    expect(await puppet.close()).toBe(0);
  });

  test('may lose the link before all is answered, or be closed', async () => {
    for (const end of ['cut', 'close', 'drain'] as const) {
      const { puppet, seen, answer } = await linked(role);
      puppet.say(SID_READ_REQUEST, 1);
      await puppet.settle();
      puppet.comm.endStream();
      await puppet.settle();
      if (end === 'cut') puppet.comm.cut();
      const closed = watch(puppet.session.close({ drain: end === 'drain' }));
      await puppet.settle();
      if (end === 'drain') answer();
      await puppet.settle();
      expect(puppet.takeHeard().length).toBe(end === 'drain' ? 1 : 0);
      expect(closed.value?.cutCallbacks).toBe(end === 'close' ? 1 : 0);
      const reason = end === 'cut' ? 'network-error' : 'session-closed';
      expect(seen).toEqual([`${reason} at ${ENDED_AT_MS}`]);
      expect(await puppet.close()).toBe(0);
    }
  });

  test('reads on first, where it has paused reading', async () => {
    const { puppet, answer } = await linked(role, { maxRunningCallbacks: 1, maxWaitingCallbacks: 2 });
    for (const dataId of [1, 3, 5, 7, 9]) puppet.say(SID_READ_REQUEST, dataId);
    puppet.comm.endStream();
    await puppet.settle();
    for (let answered = 0; answered < 5; answered++) {
      answer();
      await puppet.settle();
    }
    expect(puppet.takeHeard().map(({ dataId }) => dataId)).toEqual([1, 3, 5, 7, 9]);
    expect(puppet.session.isConnected()).toBe(false);
    expect(await puppet.close()).toBe(0);
  });
});

test('a client that drains waits for no answer that cannot come', async () => {
  const { puppet } = await linked('client');
  const read = watch(puppet.session.read(0));
  await puppet.settle();
  const closed = watch(puppet.session.close({ drain: true }));
  puppet.comm.endStream();
  await puppet.settle();
  expect(read.error).toBeInstanceOf(ConnectionLostError);
  expect(closed.value).toEqual({ lostBytes: 0, cutRequests: 0, cutCallbacks: 0 });
  expect(await puppet.close()).toBe(0);
});

test('a client whose server half-closes in the middle of a handshake tries again', async () => {
  const { puppet, seen } = await linked('client', { secret: 'correct horse battery staple', autoAuth: true });
  const read = watch(puppet.session.read(0, { timeout: 20_000 }));
  puppet.comm.endStream();
  await puppet.clock.advanceAsync(200);
  expect([read.state, seen]).toEqual(['pending', [`peer-closed at ${ENDED_AT_MS}`]]);
  expect(
    puppet
      .takeHeard()
      .filter(({ serviceId, dataId }) => serviceId === SID_AUTH_REQUEST && dataId === DID_AUTH_SEED).length,
  ).toBe(1);
  expect(await puppet.close()).toBe(0);
});

test('a client that owes an answer in the middle of a handshake keeps what waits for trust', async () => {
  const { puppet, answer } = await linked('client', {
    secret: 'correct horse battery staple',
    autoAuth: true,
  });
  puppet.session.addMsgToAuthWhitelist(SID_READ_REQUEST, 1);
  const read = watch(puppet.session.read(0, { timeout: 20_000 }));
  puppet.say(SID_READ_REQUEST, 1);
  await puppet.settle();
  puppet.comm.endStream();
  await puppet.settle();
  answer();
  await puppet.clock.advanceAsync(200);
  expect(read.state).toBe('pending');
  expect(puppet.session.isConnected()).toBe(true);
  expect(await puppet.close()).toBe(0);
});

test('a session of one accepted connection is over when its peer has its answers', async () => {
  const clock = new VirtualClock();
  const { client, server } = createMemoryPair({ clock });
  const puppet = new Puppet(clock, memoryLink(server, client), { internals: { endsWithItsLink: true } });
  puppet.session.onRead(1, () => new Promise((resolve) => clock.setTimeout(() => resolve('late'), 100)));
  client.reconnect();
  await clock.advanceAsync(0);
  puppet.say(SID_READ_REQUEST, 1);
  client.endStream();
  await clock.advanceAsync(99);
  expect(puppet.session.isClosed).toBe(false);
  await clock.advanceAsync(1);
  expect(puppet.heard.map(tupleOf)).toContainEqual([SID_READ_RESPONSE, 1, 0, 'late']);
  expect([puppet.session.isClosed, clock.pending]).toEqual([true, 0]);
});
