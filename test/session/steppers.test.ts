import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aWorkload, play, type Workload } from '../support/workload.js';

/** What must have happened in some story, by what shows it. */
const REACHED = {
  'a time-out of a written request': /request \d+ rejects: .*\(no-answer, true\)/,
  'a time-out without a connection': /request \d+ rejects: .*\(not-connected, false\)/,
  'a time-out without trust': /request \d+ rejects: .*\(not-trusted, false\)/,
  'a time-out without room': /request \d+ rejects: .*\(peer-does-not-read, false\)/,
  'a time-out behind a ghost': /request \d+ rejects: .*\(behind-unanswered-request, false\)/,
  'a ghost that takes its answer': /client dropped late-answer/,
  'an overdue ghost': /client disconnected: answer-overdue/,
  'a cancelled request': /request \d+ rejects: cancelled/,
  'a request that was written on a lost connection': /request \d+ rejects: Connection lost after .*, true\)/,
  'a request that was not written on a lost connection':
    /request \d+ rejects: Connection lost before .*, false\)/,
  'a request of a closed session': /request \d+ rejects: .*session-closed/,
  'a request of a client whose key was refused': /request \d+ rejects: .*\(wrong-secret, undefined\)/,
  'a handshake that was missed': /client disconnected: handshake-missed/,
  'too many requests': /request \d+ rejects: .*too-many-pending/,
  'an answer': /request \d+ resolves: \[/,
  'a message that was sent': /message \d+ resolves: true/,
  'a message that was not sent': /message \d+ resolves: false/,
  'a message that came': /receive \d+ resolves: \{/,
  'a message that did not come': /receive \d+ resolves: null/,
  'a failed authentication': /client not authenticated: /,
  'trust that ended': /server untrusted/,
  'a failed attempt': /client could not connect: /,
} as const;

const ask = { kind: 'request', dataId: 0, answerMs: 0 } as const;

/** A ghost is overdue while a message waits: what is said of it, and what of the link, have one order. */
const AN_OVERDUE_GHOST: Workload = {
  hasSecret: false,
  autoAuth: false,
  isRefusedAtFirst: false,
  maxPendingRequests: 4,
  deeds: [
    { type: 'ask', requests: [{ ...ask, answerMs: 7_700 }, ask] },
    { type: 'server says', dataId: 0 },
    { type: 'stall' },
    { type: 'ask', requests: [ask] },
    { type: 'ask', requests: [ask] },
    { type: 'ask', requests: [{ ...ask, kind: 'receive' }, { ...ask, kind: 'message' }, ask] },
    { type: 'ask', requests: [ask] },
    { type: 'ask', requests: [ask] },
  ],
};

describe('the two ways to run machines and to step pending requests', () => {
  test('lead to the same history of whole sessions, whatever happens', { timeout: 60_000 }, async () => {
    const isMissing = new Set(Object.keys(REACHED));
    let actors = 0;
    await fc.assert(
      fc.asyncProperty(aWorkload, async (workload) => {
        const byTable = await play(workload, undefined);
        const byActor = await play(workload, ({ type }) => void (actors += type === '@xstate.actor' ? 1 : 0));
        expect(byActor).toEqual(byTable);
        expect(byTable.timersLeft).toBe(0);
        for (const [what, shows] of Object.entries(REACHED))
          if (byTable.lines.some((line) => shows.test(line))) isMissing.delete(what);
      }),
      { numRuns: 250, examples: [[AN_OVERDUE_GHOST]] },
    );
    expect([...isMissing]).toEqual([]);
    expect(actors).toBeGreaterThan(250 * 10);
  });
});
