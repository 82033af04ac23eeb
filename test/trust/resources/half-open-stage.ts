/** D10: a road that carries nothing any more, and tells nobody, is found, whatever the client does meanwhile. */

import type { Reached, Stage } from '../stage.js';
import { MeasuredProcess } from './child-process.js';
import type { ClientQuestions, Death } from './client-questions.js';
import { SECRET } from './clients.js';
import { DeadEnd } from './dead-end.js';
import type { ServerQuestions } from './server-questions.js';

/** 20 s without a byte, 10 s for an answer; a tenth of jitter more, and a busy machine. */
const GOAL_MS = 30_000;
const TOLERANCE_MS = 0.1 * GOAL_MS + 1_500;
const EVERY_MS = 500;

type Work = 'idle' | 'sends' | 'asks';

/** Half-open links, with default options. */
export const halfOpenStage: Stage = {
  name: 'half-open links',
  figures: ['D10'],
  run: async () => {
    await using server = new MeasuredProcess<ServerQuestions>('./server-main.js');
    const port = await server.ask('listen', { options: { secret: SECRET } });
    const works: readonly Work[] = ['idle', 'sends', 'asks'];
    const deaths = await Promise.all(works.map((work) => deathOf(port, work)));
    return [figure(works, deaths)];
  },
};

async function deathOf(serverPort: number, work: Work): Promise<Death> {
  await using road = await DeadEnd.open(serverPort);
  await using client = new MeasuredProcess<ClientQuestions>('./client-main.js');
  await client.ask('connect', { count: 1, options: { port: road.port, secret: SECRET } });
  if (work === 'sends') await client.ask('keep sending', { everyMs: EVERY_MS });
  if (work === 'asks') await client.ask('keep asking', { everyMs: EVERY_MS, timeoutMs: 5_000 });
  const death = client.ask('wait for deaths', null);
  road.die();
  const [first] = await death;
  if (first === undefined) throw new Error('expected a link that died, got none');
  return first;
}

function figure(works: readonly Work[], deaths: readonly Death[]): Reached {
  const failures = deaths
    .map(({ ms }, i) => ({ ms, work: works[i] }))
    .filter(({ ms }) => ms > GOAL_MS + TOLERANCE_MS)
    .map(({ ms, work }) => `a client that ${work}: found after ${(ms / 1_000).toFixed(1)} s`);
  const text = deaths.map(({ ms, reason }, i) => `${works[i]}: ${(ms / 1_000).toFixed(1)} s (${reason})`);
  return {
    id: 'D10',
    what: 'half-open links: until a client with default options knows',
    goal: `idle, sending, asking: each ≤ ${GOAL_MS / 1_000} s + 10 % jitter`,
    reached: text.join(', '),
    isReached: failures.length === 0,
    failures,
  };
}
