/** D13: time-outs of their own for each request, as of a program with a deadline: no timer is left when they are answered. */

import { connect, listen, type Session, systemClock } from '../../../src/index.js';
import { CountedClock } from '../simulation/counted-clock.js';
import type { Reached, Stage } from '../stage.js';
import { ANSWERED } from './server-questions.js';

const REQUESTS = 100_000;
const IN_FLIGHT = 64;
/** Far beyond the end of the run, each a millisecond longer than the one before. */
const SHORTEST_MS = 60_000;

/** Requests that have time-outs of their own. */
export const timersStage: Stage = {
  name: 'timers of requests',
  figures: ['D13'],
  run: async () => {
    const [near, far] = [new CountedClock(systemClock), new CountedClock(systemClock)];
    const server = await listen({ port: 0, clock: far }, (session) => {
      session.onRead(ANSWERED, () => 'x');
    });
    const session = await connect({ port: server.port, clock: near });
    const before = activeTimers();
    const answered = await askAll(session);
    const left = activeTimers() - before;
    await session.close();
    await server.close();
    return [figure(answered, left, [near.mostTimers, near.timers, far.timers])];
  },
};

/** Timers that keep this process alive. */
function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

async function askAll(session: Session): Promise<number> {
  let [asked, answered] = [0, 0];
  const worker = async (): Promise<void> => {
    while (asked < REQUESTS) {
      const answer = await session.read(ANSWERED, { timeout: SHORTEST_MS + asked++ });
      if (answer === 'x') answered++;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return answered;
}

function figure(
  answered: number,
  left: number,
  [most = 0, nearAfterClose = 0, farAfterClose = 0]: readonly number[],
): Reached {
  const failures: string[] = [];
  if (answered !== REQUESTS) failures.push(`${answered} of ${REQUESTS} requests were answered`);
  if (left > 0) failures.push(`${left} timers more than before keep the process alive`);
  if (most > IN_FLIGHT) failures.push(`${most} timers of the client at once`);
  if (nearAfterClose + farAfterClose > 0)
    failures.push(`${nearAfterClose} timers of the client and ${farAfterClose} of the server after close`);
  return {
    id: 'D13',
    what: 'requests with a time-out of its own each, answered: timers that are left',
    goal: `${REQUESTS} requests: 0 left, 0 after close`,
    reached: `${answered} answered: ${left} left, at most ${most} at once, ${nearAfterClose + farAfterClose} after close`,
    isReached: failures.length === 0,
    failures,
  };
}
