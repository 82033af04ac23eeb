/**
 * The test of these tests: in each case a machine with a bug takes the place of the right one, for the session and for
 * the walks alike, as if somebody had written it into the machine's file. The named test must fail, by what can be seen.
 */

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { PLANTED_BUGS, type PlantedBug, withBug } from './planted-bugs.js';

/** What the named test finds in a session whose machine has the bug. */
async function differencesWith(bug: PlantedBug): Promise<string[]> {
  const file = `../../machines/${bug.file}.js`;
  vi.doMock(file, async (original) => {
    const exports = (await original()) as Record<string, AnyStateMachine>;
    const right = exports[bug.machine];
    if (right === undefined) throw new Error(`expected ${bug.file} to export ${bug.machine}`);
    return { ...exports, [bug.machine]: withBug(right, bug) };
  });
  vi.resetModules();
  const { SUBJECTS } = await import('./subjects.js');
  const { walksOf } = await import('./walks.js');
  const { driveAll } = await import('./drive.js');
  vi.doUnmock(file);
  const subject = SUBJECTS.find(({ name }) => bug.caughtBy.startsWith(`${name}: `));
  const walks = subject === undefined ? undefined : (await walksOf(subject)).get(bug.caughtBy);
  if (walks === undefined) throw new Error(`expected a test ${bug.caughtBy}, got none`);
  return (await driveAll(walks)).flatMap(({ differences }) => differences);
}

beforeEach(() => {
  // a machine that forgets its requests leaves timers behind that XState has something to say about
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

test.each(PLANTED_BUGS.map((bug) => [bug.name, bug.caughtBy, bug] as const))(
  '%s: "%s" fails',
  { timeout: 30_000 },
  async (_, __, bug) => {
    expect((await differencesWith(bug)).join('\n')).toMatch(bug.shows);
  },
);
