/**
 * D1: what an authenticated connection costs a server that does nothing but hold it.
 *
 * The server runs in a process of its own. What it grows by is measured after garbage collection, at the end of the
 * time in which all connections were held, and after as many have come and gone, few at once: what the process needs
 * once, for its code and its allocators, is no cost of a connection, and what the first ones leave free is little.
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { Session } from '../../../src/index.js';
import type { Reached, Stage, StageContext } from '../stage.js';
import { MeasuredProcess } from './child-process.js';
import { closeAll, manyTimes, openSessions, SECRET } from './clients.js';
import { kib, type Memory, mib } from './memory.js';
import { ANSWERED, type ServerQuestions } from './server-questions.js';

const MAX_RSS_BYTES_EACH = 16 * 1024;
const MAX_RSS_BYTES_OF_10_000 = 250 * 2 ** 20;

interface Size {
  readonly connections: number;
  readonly heldMs: number;
}

const SIZES: Readonly<Record<StageContext['budget'], Size>> = {
  ci: { connections: 1_000, heldMs: 5_000 },
  deep: { connections: 10_000, heldMs: 600_000 },
  release: { connections: 10_000, heldMs: 600_000 },
};
const FIRST_CROWDS = 20;
const FIRST_CROWD = 50;

/** Idle connections, and the memory of each. */
export const idleStage: Stage = {
  name: 'idle connections',
  figures: ['D1'],
  isExclusive: true,
  run: async ({ budget, say }) => {
    const { connections, heldMs } = SIZES[budget];
    await using server = new MeasuredProcess<ServerQuestions>('./server-main.js');
    const port = await server.ask('listen', {
      options: { secret: SECRET, maxConnections: connections + FIRST_CROWD },
    });
    for (let crowd = 0; crowd < FIRST_CROWDS; crowd++) await closeAll(await openSessions(port, FIRST_CROWD));
    const before = await server.ask('memory', null);
    const sessions = await openSessions(port, connections);
    await pause(heldMs);
    const after = await server.ask('memory', null);
    const { trusted, uncaught } = await server.ask('state', null);
    const answered = await answeredBy(sessions);
    await closeAll(sessions);
    say(`D1: ${connections} connections took the server from ${mib(before.rss)} to ${mib(after.rss)}`);
    return [figure({ connections, heldMs, before, after, trusted, answered, uncaught })];
  },
};

/** How many of the held connections still do what they are for. */
async function answeredBy(sessions: readonly Session[]): Promise<number> {
  const answers = await manyTimes(sessions.length, async (index) => {
    const answer = await sessions[index]?.read(ANSWERED).catch(() => null);
    return answer === 'x';
  });
  return answers.filter(Boolean).length;
}

interface Measured extends Size {
  readonly before: Memory;
  readonly after: Memory;
  readonly trusted: number;
  readonly answered: number;
  readonly uncaught: readonly string[];
}

function figure({ connections, heldMs, before, after, trusted, answered, uncaught }: Measured): Reached {
  const rssEach = (after.rss - before.rss) / connections;
  const liveEach = (after.live - before.live) / connections;
  const failures = [...uncaught];
  // pages that the process gave back meanwhile may hide what it holds
  if (Math.max(rssEach, liveEach) > MAX_RSS_BYTES_EACH)
    failures.push(`RSS: ${kib(rssEach)} each, of which ${kib(liveEach)} are live objects and buffers`);
  if (connections >= 10_000 && after.rss > MAX_RSS_BYTES_OF_10_000)
    failures.push(`RSS: ${mib(after.rss)} in all, expected at most ${mib(MAX_RSS_BYTES_OF_10_000)}`);
  if (trusted !== connections) failures.push(`${trusted} of ${connections} connections were held`);
  if (answered !== connections)
    failures.push(`${answered} of ${connections} connections answered at the end`);
  return {
    id: 'D1',
    what: 'idle authenticated connections, RSS of the server for each',
    goal: `${connections} for ${heldMs / 1000} s, ≤ ${kib(MAX_RSS_BYTES_EACH)} each`,
    reached: `${trusted} held, ${kib(rssEach)} each (${kib(liveEach)} live), ${mib(after.rss)} in all`,
    isReached: failures.length === 0,
    failures,
  };
}
