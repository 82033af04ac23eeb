import { describe, expect, test, vi } from 'vitest';
import {
  ConnectionLostError,
  type Middleware,
  type RetryOptions,
  retry,
  type Session,
  SID_READ_REQUEST,
  StatusError,
} from '../../../src/index.js';
import { Pair, watch } from '../../support/pair.js';

const never = (): Promise<never> => new Promise(() => {});

/** A pair whose client asks again, and at which moments its peer was asked. */
async function retrying(
  options: RetryOptions,
  answer: (session: Session, times: number) => unknown,
): Promise<{ pair: Pair; askedMs: number[] }> {
  const pair = await Pair.connected({
    server: { logLevel: 'silent' },
    client: { random: () => 0.5 },
  });
  const askedMs: number[] = [];
  const handle = (): unknown => {
    askedMs.push(pair.clock.now());
    return answer(pair.server, askedMs.length);
  };
  for (const session of [pair.client, pair.server]) session.addService(100, 101);
  pair.server.onRead(0, handle);
  pair.server.onWrite(0, handle);
  pair.server.onExecute(0, handle);
  pair.server.onRequest(100, 0, handle);
  pair.client.use(retry(options));
  return { pair, askedMs };
}

/** The connection breaks instead of an answer, some times. */
const losing =
  (count: number) =>
  (session: Session, times: number): unknown => {
    if (times > count) return 'at last';
    session.reconnect();
    return never();
  };

describe('retry', () => {
  test('asks a READ again when the connection was lost, after pauses that double', async () => {
    const { pair, askedMs } = await retrying({ reads: 3 }, losing(3));
    const read = watch(pair.client.read(0, { timeout: 60_000 }));
    await pair.clock.advanceAsync(30_000);
    expect(read).toMatchObject({ state: 'resolved', value: 'at last' });
    expect(askedMs.length).toBe(4);
    const pauses = askedMs.slice(1).map((ms, index) => ms - (askedMs[index] ?? 0));
    for (const [index, least] of [100, 200, 400].entries())
      expect(pauses[index]).toBeGreaterThanOrEqual(least);
    expect(await pair.close()).toBe(0);
  });

  test.each([
    [0, [50, 100, 150, 150]],
    [0.5, [100, 200, 300, 300]],
    [1, [150, 300, 450, 450]],
  ])('pauses for twice as long each time, give or take half of it (chance %d)', async (chance, expected) => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(chance);
    const pauses: number[] = [];
    const request = {
      direction: 'out',
      serviceId: SID_READ_REQUEST,
      timeLeft: 60_000,
      pause: async (ms: number) => void pauses.push(ms),
    } as unknown as Parameters<Middleware>[0];
    const lost = new ConnectionLostError('read 0', true, 'connection-reset');
    const middleware = retry({ reads: 4, minDelay: 100, maxDelay: 300 });
    await expect(middleware(request, () => Promise.reject(lost))).rejects.toBe(lost);
    random.mockRestore();
    expect(pauses).toEqual(expected);
  });

  test('gives up after the last attempt that it may make, with its error', async () => {
    const { pair, askedMs } = await retrying({ reads: 2 }, losing(9));
    const read = watch(pair.client.read(0, { timeout: 60_000 }));
    await pair.clock.advanceAsync(60_000);
    expect(read.error).toMatchObject({ code: 'ERR_CONNECTION_LOST', written: true });
    expect(askedMs.length).toBe(3);
    expect(await pair.close()).toBe(0);
  });

  test('gives up at once where the pause would outlast the time of the request', async () => {
    const { pair, askedMs } = await retrying({ reads: 9, minDelay: 1_000 }, losing(9));
    const read = watch(pair.client.read(0, { timeout: 900 }));
    await pair.settle();
    expect(read.error).toMatchObject({ code: 'ERR_CONNECTION_LOST' });
    expect(askedMs.length).toBe(1);
    await pair.close();
  });

  test('leaves WRITE, EXECUTE and services of your own alone, unless these are named', async () => {
    const { pair, askedMs } = await retrying({ reads: 3 }, losing(9));
    for (const ask of [
      () => pair.client.write(0, 1),
      () => pair.client.execute(0),
      () => pair.client.request(100, 0),
    ]) {
      askedMs.length = 0;
      const asked = watch<unknown>(ask());
      await pair.clock.advanceAsync(5_000);
      expect(asked.error).toMatchObject({ code: 'ERR_CONNECTION_LOST' });
      expect(askedMs.length).toBe(1);
    }
    await pair.close();
    const named = await retrying({ reads: 3, services: [100] }, losing(1));
    const request = watch(named.pair.client.request(100, 0));
    await named.pair.clock.advanceAsync(5_000);
    expect(request.value).toMatchObject({ data: 'at last' });
    await named.pair.close();
  });

  test('takes a status for an answer', async () => {
    const { pair, askedMs } = await retrying({ reads: 3 }, () => {
      throw new StatusError(1_000);
    });
    const read = watch(pair.client.read(0));
    await pair.clock.advanceAsync(5_000);
    expect(read.error).toMatchObject({ status: 1_000 });
    expect(askedMs.length).toBe(1);
    await pair.close();
  });

  test('asks again when an attempt has had its own time, and the late answer frees the line', async () => {
    const { pair, askedMs } = await retrying({ reads: 3, timeout: 100 }, (_, times) =>
      times === 1 ? new Promise((resolve) => pair.clock.setTimeout(() => resolve('late'), 210)) : 'in time',
    );
    const read = watch(pair.client.read(0, { timeout: 1_000 }));
    await pair.clock.advanceAsync(1_000);
    expect(read.value).toBe('in time');
    expect(askedMs.length).toBe(2);
    await pair.close();
  });

  test('ends when the request is cancelled, also in a pause', async () => {
    const { pair, askedMs } = await retrying({ reads: 3, minDelay: 500 }, losing(9));
    const controller = new AbortController();
    const read = watch(pair.client.read(0, { timeout: 60_000, signal: controller.signal }));
    await pair.clock.advanceAsync(10);
    controller.abort('enough');
    await pair.clock.advanceAsync(10_000);
    expect([read.error, askedMs.length]).toEqual(['enough', 1]);
    expect(await pair.close()).toBe(0);
  });

  test('lets the requests of the peer pass', async () => {
    const pair = await Pair.connected();
    let asked = 0;
    // of a request to somebody else, which this side would repeat if it were its own
    const lost = new ConnectionLostError('another request', true, 'connection-reset');
    const failures: unknown[] = [];
    pair.server.on('callbackError', (error) => failures.push(error));
    pair.server.use(retry({ reads: 3 }));
    pair.server.onRead(0, () => {
      asked++;
      throw lost;
    });
    const read = watch(pair.client.read(0));
    await pair.clock.advanceAsync(5_000);
    expect(read.error).toMatchObject({ reason: 'callback-error' });
    expect([asked, failures]).toEqual([1, [lost]]);
    await pair.close();
  });

  test.each([
    [{ reads: 0 }, 'reads'],
    [{ reads: 3, services: [20] }, 'services'],
    [{ reads: 3, services: [30] }, 'services'],
    [{ reads: 3, services: 100 }, 'services'],
    [{ reads: 3, minDelay: 100, maxDelay: 50 }, 'maxDelay'],
    [{ reads: 3, writes: 3 }, 'writes'],
    [5, 'options'],
  ])('refuses %j', (options, option) => {
    expect(() => retry(options as never)).toThrow(expect.objectContaining({ code: 'ERR_OPTION', option }));
  });
});
