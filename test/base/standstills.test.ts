/** When the process stood still: who waits for a peer does not count that time. */

import { expect, test } from 'vitest';
import { StandstillRecord, systemStandstills } from '../../src/base/standstills.js';

/** The program does nothing else for so long. */
function stall(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('nobody has stood still of whom nothing is known', () => {
  expect(new StandstillRecord().longestSinceMs(0)).toBe(0);
});

test('the longest standstill counts, and of one only what came after the moment', () => {
  const record = new StandstillRecord();
  record.add({ fromMs: 100, untilMs: 150 });
  record.add({ fromMs: 200, untilMs: 500 });
  record.add({ fromMs: 600, untilMs: 700 });
  record.add({ fromMs: 800, untilMs: 850 });
  const longest = [0, 200, 300, 450, 600, 650, 700, 830, 850, 900].map((ms) => record.longestSinceMs(ms));
  expect(longest).toEqual([300, 300, 200, 100, 100, 50, 50, 20, 0, 0]);
});

test('any number of standstills is remembered in bounded room', () => {
  const record = new StandstillRecord();
  for (let n = 0; n < 10_000; n++) record.add({ fromMs: 100_000 * n, untilMs: 100_000 * n + 90_000 - n });
  expect(record.longestSinceMs(0)).toBeLessThan(90_000 - 9_900);
  expect(record.longestSinceMs(100_000 * 9_999)).toBe(90_000 - 9_999);
});

test('the process notices that it stood still while somebody waits, and for how long', async () => {
  const beganMs = performance.now();
  systemStandstills.heed(beganMs + 1);
  const stalledMs = performance.now();
  stall(300);
  await pause(10);
  expect(systemStandstills.longestSinceMs(stalledMs)).toBeGreaterThanOrEqual(299);
  // it may have stood still since it last looked
  expect(systemStandstills.longestSinceMs(beganMs)).toBeLessThan(performance.now() - beganMs + 1);
});

test('nobody looks any more when nobody has waited for a while', async () => {
  systemStandstills.heed(performance.now());
  await pause(1_600);
  const stalledMs = performance.now();
  stall(200);
  await pause(10);
  expect(systemStandstills.longestSinceMs(stalledMs)).toBe(0);
});
