import { afterEach, describe, expect, test } from 'vitest';
import { SID_WRITE_REQUEST } from '../../src/index.js';
import { InspectorHub } from '../../src/inspector/index.js';
import { watchOptions } from '../../src/inspector/watch.js';
import { rowsOf, shareOf, summaryOf } from '../../visualizations/debugger/share/share.js';
import { GroupHistory, isStep } from '../../visualizations/debugger/store/world.js';
import { ShareWorld } from './world.js';

let world: ShareWorld;

afterEach(async () => {
  expect(await world.close()).toBe(0);
});

describe('the debugger', () => {
  test('shows who waits for what, and both machines', async () => {
    const hub = new InspectorHub();
    const { inspect } = watchOptions(hub, () => 'share');
    world = await ShareWorld.open({ share: { inspect, rights: { '*': { write: [1, 2, 3], lease: true } } } });
    const [one, two] = [await world.join('one'), await world.join('two')];
    two.addService(65_000, 65_001);
    for (const did of [1, 2, 3, 4]) one.request(SID_WRITE_REQUEST, did, did).catch(() => {});
    await world.settle();
    const lease = two.request(65_000, 0, { ttl: 2_000, wait: 1_000 });
    await world.answer('done');
    expect((await lease).data).toEqual({ fence: 1, expiresIn: 2_000 });
    await world.pass(100);
    const history = new GroupHistory('share');
    for (const entry of hub.history) if (isStep(entry)) history.add(entry);
    const share = shareOf(history.at(null));
    if (share === null) throw new Error('the debugger shows no share');
    expect(summaryOf(share)).toBe(
      'device reserved · 2 wait · 0 under way · 1 asked · lease 1 of two, 1900 ms left',
    );
    expect(rowsOf(share)).toEqual([
      { cells: ['one', 'write 2', 2, 0, 1, 0, 1, 0, 0], hasLease: false, isTrouble: true },
      { cells: ['two', '', 0, 0, 0, 0, 0, 0, 0], hasLease: true, isTrouble: false },
    ]);
    const charts = new Set(hub.history.map((entry) => ('chart' in entry ? entry.chart : null)));
    expect([...charts].filter((chart) => chart !== null).sort()).toEqual(['lease', 'shared-device']);
    one.addService(65_000, 65_001);
    one.request(65_000, 0, { ttl: 2_000, wait: 1_000 }).catch(() => {});
    await world.settle();
    expect(world.share.stats().clients.map(({ next, waitsForLease }) => [next, waitsForLease])).toEqual([
      [{ serviceId: SID_WRITE_REQUEST, dataId: 2 }, true],
      [null, false],
    ]);
    await two.request(65_000, 2, { fence: 1 });
    await world.settle();
    for (const did of [2, 3]) await world.answer(did);
  });
});
