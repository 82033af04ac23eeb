/**
 * D1 and D14: what an authenticated connection costs a server that does nothing but hold it, and what ten thousand of them
 * make of its process.
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
const MAX_RSS_BYTES_IN_ALL = 200 * 2 ** 20;
const CONNECTIONS = 10_000;

const HELD_MS: Readonly<Record<StageContext['budget'], number>> = {
  ci: 5_000,
  deep: 600_000,
  release: 600_000,
};
const FIRST_CROWDS = 20;
const FIRST_CROWD = 50;

/** Idle connections, and the memory of each. */
export const idleStage: Stage = {
  name: 'idle connections',
  figures: ['D1', 'D14'],
  isExclusive: true,
  run: async ({ budget, say }) => {
    const heldMs = HELD_MS[budget];
    await using server = new MeasuredProcess<ServerQuestions>('./server-main.js');
    const port = await server.ask('listen', {
      options: { secret: SECRET, maxConnections: CONNECTIONS + FIRST_CROWD },
    });
    for (let crowd = 0; crowd < FIRST_CROWDS; crowd++) await closeAll(await openSessions(port, FIRST_CROWD));
    const before = await server.ask('memory', null);
    const sessions = await openSessions(port, CONNECTIONS);
    await pause(heldMs);
    const after = await server.ask('memory', null);
    const { trusted, uncaught } = await server.ask('state', null);
    const answered = await answeredBy(sessions);
    await closeAll(sessions);
    say(`D1: ${CONNECTIONS} connections took the server from ${mib(before.rss)} to ${mib(after.rss)}`);
    const measured = { heldMs, before, after, trusted, answered, uncaught };
    return [figureOfEach(measured), figureOfAll(measured)];
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

interface Measured {
  readonly heldMs: number;
  readonly before: Memory;
  readonly after: Memory;
  readonly trusted: number;
  readonly answered: number;
  readonly uncaught: readonly string[];
}

function figureOfEach({ heldMs, before, after, trusted, answered, uncaught }: Measured): Reached {
  const rssEach = (after.rss - before.rss) / CONNECTIONS;
  const liveEach = (after.live - before.live) / CONNECTIONS;
  const failures = [...uncaught];
  // pages that the process gave back meanwhile may hide what it holds
  if (Math.max(rssEach, liveEach) > MAX_RSS_BYTES_EACH)
    failures.push(`RSS: ${kib(rssEach)} each, of which ${kib(liveEach)} are live objects and buffers`);
  if (trusted !== CONNECTIONS) failures.push(`${trusted} of ${CONNECTIONS} connections were held`);
  if (answered !== CONNECTIONS)
    failures.push(`${answered} of ${CONNECTIONS} connections answered at the end`);
  return {
    id: 'D1',
    what: 'idle authenticated connections, RSS of the server for each',
    goal: `${CONNECTIONS} for ${heldMs / 1000} s, ≤ ${kib(MAX_RSS_BYTES_EACH)} each`,
    reached: `${trusted} held, ${kib(rssEach)} each (${kib(liveEach)} live)`,
    isReached: failures.length === 0,
    failures,
  };
}

function figureOfAll({ before, after, trusted }: Measured): Reached {
  const isReached = after.rss <= MAX_RSS_BYTES_IN_ALL && trusted === CONNECTIONS;
  const reached = `${mib(after.rss)} with ${trusted} of them, ${mib(before.rss)} with none`;
  return {
    id: 'D14',
    what: 'ten thousand idle authenticated connections: RSS of the whole process of the server',
    goal: `≤ ${mib(MAX_RSS_BYTES_IN_ALL)}`,
    reached,
    isReached,
    failures: isReached ? [] : [`RSS: ${reached}`],
  };
}
