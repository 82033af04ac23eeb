/**
 * The test of these tests: in each case a machine with a bug takes the place of the right one, for the session and for
 * the walks alike, as if somebody had written it into the machine's file; or a class does. The named test must fail, by
 * what can be seen.
 */

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { PLANTED_BUGS, type PlantedBug, withBug } from './planted-bugs.js';
import { PLANTED_MISTAKES, type PlantedMistake, TRUST_VERDICTS } from './planted-mistakes.js';

/** What the named test finds in a session whose machine has the bug. */
function differencesWithBug(bug: PlantedBug): Promise<string[]> {
  const { caughtBy, machine } = bug;
  return differencesWith<AnyStateMachine>(`machines/${bug.file}`, machine, caughtBy, (right) =>
    withBug(right, bug),
  );
}

/** The same for a session in which a class has the mistake. */
function differencesWithMistake({ plant, caughtBy }: PlantedMistake): Promise<string[]> {
  return differencesWith(TRUST_VERDICTS, 'TrustVerdicts', caughtBy, plant);
}

async function differencesWith<T>(
  path: string,
  name: string,
  caughtBy: string,
  plant: (right: T) => T,
): Promise<string[]> {
  const file = `../../${path}.js`;
  vi.doMock(file, async (original) => {
    const exports = (await original()) as Record<string, T>;
    const right = exports[name];
    if (right === undefined) throw new Error(`expected ${path} to export ${name}`);
    return { ...exports, [name]: plant(right) };
  });
  vi.resetModules();
  const { SUBJECTS } = await import('./subjects.js');
  const { walksOf } = await import('./walks.js');
  const { driveAll } = await import('./drive.js');
  vi.doUnmock(file);
  const subject = SUBJECTS.find(({ name }) => caughtBy.startsWith(`${name}: `));
  const walks = subject === undefined ? undefined : (await walksOf(subject)).get(caughtBy);
  if (walks === undefined) throw new Error(`expected a test ${caughtBy}, got none`);
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
    expect((await differencesWithBug(bug)).join('\n')).toMatch(bug.shows);
  },
);

test.each(PLANTED_MISTAKES.map((mistake) => [mistake.name, mistake.caughtBy, mistake] as const))(
  '%s: "%s" fails',
  { timeout: 30_000 },
  async (_, __, mistake) => {
    expect((await differencesWithMistake(mistake)).join('\n')).toMatch(mistake.shows);
  },
);
