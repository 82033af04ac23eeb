import { expect, test, vi } from 'vitest';
import { Session } from '../../../src/index.js';
import { Pair } from '../../support/pair.js';

test('a closed session leaves its transport alone when its callbacks end, because another may run on it', async () => {
  const pair = await Pair.connected({ server: { maxRunningCallbacks: 2, maxUntrustedRunningCallbacks: 1 } });
  const ends: (() => void)[] = [];
  pair.server.onRead(null, () => new Promise((resolve) => ends.push(() => resolve(null))));
  for (const dataId of [1, 2]) pair.client.read(dataId).catch(() => {});
  await pair.settle();
  expect(ends.length).toBe(2);
  await pair.server.close();
  const pause = vi.spyOn(pair.serverComm, 'pause');
  const next = new Session(pair.serverComm, { clock: pair.clock });
  next.onRead(null, () => 'from the next');
  await pair.clock.advanceAsync(100);
  ends[0]?.();
  await pair.settle();
  expect(pause).not.toHaveBeenCalled();
  const answer = pair.client.read(1);
  await pair.settle();
  expect(await answer).toBe('from the next');
  await next.close();
  expect(await pair.close()).toBe(0);
});
