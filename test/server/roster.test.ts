import { describe, expect, test } from 'vitest';
import { Roster, RosterEntry } from '../../src/server/roster.js';
import type { Session } from '../../src/session/session.js';

/** Something to be written down; a roster asks nothing of it. */
function session(): Session {
  return {} as Session;
}

function written(roster: Roster, one = session()): { one: Session; entry: RosterEntry } {
  const entry = new RosterEntry(roster);
  roster.add(one, entry);
  return { one, entry };
}

describe('the roster of a server', () => {
  test('has the sessions in the order in which they came', () => {
    const roster = new Roster();
    const all = [written(roster), written(roster), written(roster)].map(({ one }) => one);
    expect([[...roster.sessions], roster.size]).toEqual([all, 3]);
  });

  test('follows what comes and goes, also where the program has looked before', () => {
    const roster = new Roster();
    const before = written(roster);
    const { sessions } = roster;
    const after = written(roster);
    expect([sessions.has(before.one), sessions.has(after.one), sessions.size]).toEqual([true, true, 2]);
    before.entry.announced({ type: 'closed' });
    expect([[...sessions], roster.size, roster.sessions === sessions]).toEqual([[after.one], 1, true]);
  });

  test('strikes off who is closed, and nobody before', () => {
    const roster = new Roster();
    const { entry } = written(roster);
    entry.announced({ type: 'connected' });
    entry.announced({ type: 'closing' });
    expect(roster.size).toBe(1);
    entry.announced({ type: 'closed' });
    entry.announced({ type: 'closed' });
    expect([roster.size, roster.sessions.size]).toEqual([0, 0]);
  });

  test('is not told twice by one that was over before it was written down', () => {
    const roster = new Roster();
    new RosterEntry(roster).announced({ type: 'closed' });
    expect(roster.size).toBe(0);
  });
});
