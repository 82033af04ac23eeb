import { describe, expect, test } from 'vitest';
import { Message, SID_WRITE_REQUEST } from '../../../src/index.js';
import { pureJson } from '../../../src/wire/index.js';
import { Pair, watch } from '../../support/pair.js';

const TEXT = 'x'.repeat(100);
/** How long the payload of a write of {@link TEXT} is. */
const PAYLOAD = pureJson.encode(new Message({ serviceId: SID_WRITE_REQUEST, dataId: 0, data: TEXT })).length;

/** What became of a promise: its value, the code of its error, or pending. */
function fateOf(watched: ReturnType<typeof watch<unknown>>): unknown {
  return watched.state === 'rejected' ? (watched.error as { reason: string }).reason : watched.state;
}

describe('requests that wait to be sent', () => {
  test('take so many bytes, and give them back when they are sent', async () => {
    const pair = new Pair({ client: { maxQueuedBytes: 3 * PAYLOAD } });
    pair.server.onWrite(0, () => null);
    for (let round = 0; round < 3; round++) {
      const writes = Array.from({ length: 4 }, () => watch(pair.client.write(0, TEXT)));
      await Promise.resolve();
      expect(writes.map(fateOf)).toEqual(['pending', 'pending', 'pending', 'too-many-queued-bytes']);
      await pair.settle();
      await pair.clock.advanceAsync(100);
      expect(writes.slice(0, 3).map(fateOf)).toEqual(['resolved', 'resolved', 'resolved']);
      pair.clientComm.cut();
    }
    await pair.close();
  });

  test.each([
    ['their time is over', async (pair: Pair) => pair.clock.advanceAsync(50)],
    ['they are taken back', async (_: Pair, controller: AbortController) => controller.abort()],
  ])('give their bytes and places back when %s', async (_, end) => {
    const pair = new Pair({ client: { maxQueuedBytes: PAYLOAD, maxPendingRequests: 1 } });
    pair.serverComm.refusesConnections = true;
    for (let round = 0; round < 3; round++) {
      const controller = new AbortController();
      const first = watch(pair.client.write(0, TEXT, { timeout: 50, signal: controller.signal }));
      const second = watch(pair.client.write(0, null));
      await Promise.resolve();
      expect([first.state, fateOf(second)]).toEqual(['pending', 'too-many-pending']);
      await end(pair, controller);
      await pair.settle();
      expect(first.state).toBe('rejected');
    }
    await pair.close();
  });

  test('may be as many as the limit says, those that wait for answers and ghosts among them', async () => {
    const pair = await Pair.connected({ client: { maxPendingRequests: 3, lateAnswerGrace: 200 } });
    const releases: (() => void)[] = [];
    pair.server.onWrite(null, () => new Promise<null>((resolve) => releases.push(() => resolve(null))));
    const ghost = watch(pair.client.write(1, null, { timeout: 10 }));
    await pair.clock.advanceAsync(10);
    const written = watch(pair.client.write(2, null));
    const waiting = watch(pair.client.receive(30, 0, 1_000));
    expect(fateOf(ghost)).toBe('no-answer');
    const refused = (): Promise<unknown> =>
      pair.client.write(3, null).catch(({ reason }) => reason as unknown);
    expect(await refused()).toBe('too-many-pending');
    expect(await pair.client.send(30, 0)).toBe(false);
    await expect(pair.client.receive(30, 1)).rejects.toMatchObject({ reason: 'too-many-pending' });

    // the late answer lets the ghost go
    releases.shift()?.();
    await pair.settle();
    const next = watch(pair.client.write(3, null));
    await pair.settle();
    expect([written.state, waiting.state, next.state]).toEqual(['pending', 'pending', 'pending']);
    expect(await refused()).toBe('too-many-pending');
    for (const release of releases) release();
    await pair.settle();
    expect([written.state, next.state]).toEqual(['resolved', 'resolved']);
    expect(pair.client.counters.dropped).toEqual({ 'late-answer': 1, 'too-many-pending': 1 });
    await pair.close();
  });

  test('count no bytes once they are written', async () => {
    const pair = await Pair.connected({ client: { maxQueuedBytes: PAYLOAD } });
    pair.server.onWrite(null, () => new Promise(() => {}));
    const writes = Array.from({ length: 5 }, () => watch(pair.client.write(0, TEXT)));
    await pair.settle();
    expect(writes.map(fateOf)).toEqual(Array.from({ length: 5 }, () => 'pending'));
    await pair.close();
  });

  test('are refused where one alone is more than all may be', async () => {
    const pair = await Pair.connected({ client: { maxQueuedBytes: PAYLOAD } });
    await expect(pair.client.write(0, `${TEXT}x`)).rejects.toMatchObject({ reason: 'too-many-queued-bytes' });
    expect(await pair.client.send(30, 0, TEXT.repeat(2))).toBe(false);
    expect(pair.client.counters.dropped).toEqual({ 'too-many-queued-bytes': 1 });
    await pair.close();
  });
});

describe('requests behind a ghost', () => {
  test('wait for its late answer, and are then sent before later ones, in their order', async () => {
    const pair = await Pair.connected();
    const seen: unknown[] = [];
    let release: () => void = () => {};
    pair.server.onWrite(null, (data) => {
      seen.push(data);
      if (data === 'ghost') return new Promise<null>((resolve) => (release = () => resolve(null)));
      return null;
    });
    watch(pair.client.write(0, 'ghost', { timeout: 10 }));
    await pair.clock.advanceAsync(10);
    const behind = ['a', 'b'].map((data) => watch(pair.client.write(0, data)));
    const other = watch(pair.client.write(1, 'other'));
    await pair.settle();
    expect(seen).toEqual(['ghost', 'other']);
    release();
    await pair.settle();
    expect(seen).toEqual(['ghost', 'other', 'a', 'b']);
    expect([...behind, other].map(({ state }) => state)).toEqual(['resolved', 'resolved', 'resolved']);
    await pair.close();
  });

  test('wait for the last of several ghosts', async () => {
    const pair = await Pair.connected();
    const seen: unknown[] = [];
    const releases: (() => void)[] = [];
    pair.server.onWrite(0, (data) => {
      seen.push(data);
      return new Promise<null>((resolve) => releases.push(() => resolve(null)));
    });
    for (const data of ['first', 'second']) watch(pair.client.write(0, data, { timeout: 10 }));
    await pair.clock.advanceAsync(10);
    watch(pair.client.write(0, 'third'));
    await pair.settle();
    releases[0]?.();
    await pair.settle();
    expect(seen).toEqual(['first', 'second']);
    releases[1]?.();
    await pair.settle();
    expect(seen).toEqual(['first', 'second', 'third']);
    expect(pair.client.counters.dropped).toEqual({ 'late-answer': 2 });
    await pair.close();
  });

  test('that are taken back are not sent when the ghost has gone', async () => {
    const pair = await Pair.connected();
    const seen: unknown[] = [];
    let release: () => void = () => {};
    pair.server.onWrite(0, (data) => {
      seen.push(data);
      return new Promise<null>((resolve) => (release = () => resolve(null)));
    });
    watch(pair.client.write(0, 'ghost', { timeout: 10 }));
    await pair.clock.advanceAsync(10);
    const controller = new AbortController();
    const behind = watch(pair.client.write(0, 'behind', { signal: controller.signal }));
    await pair.settle();
    controller.abort('not needed');
    await pair.settle();
    expect(behind.error).toBe('not needed');
    release();
    await pair.settle();
    expect(seen).toEqual(['ghost']);
    await pair.close();
  });
});
