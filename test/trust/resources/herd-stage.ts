/** D8: a thousand clients that connect in one moment, and come back in one moment, are all let in. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Reached, Stage } from '../stage.js';
import { MeasuredProcess } from './child-process.js';
import type { ClientQuestions, HerdSeen } from './client-questions.js';
import { SECRET } from './clients.js';
import type { ServerQuestions } from './server-questions.js';

const HERD = 1_000;
const MAX_MS = 20_000;
const LOOK_EVERY_MS = 50;

/** The herd, with default options on both sides. */
export const herdStage: Stage = {
  name: 'herd',
  figures: ['D8'],
  isExclusive: true,
  run: async () => {
    await using server = new MeasuredProcess<ServerQuestions>('./server-main.js');
    await using clients = new MeasuredProcess<ClientQuestions>('./client-main.js');
    const port = await server.ask('listen', { options: { secret: SECRET } });
    const first = await clients.ask('connect', { count: HERD, options: { port, secret: SECRET } });
    const startMs = performance.now();
    // all have lost their connection, and come back by themselves
    await server.ask('listen', { options: { secret: SECRET }, port });
    const back = await untilAllAreBack(server);
    return [figure(first, back, performance.now() - startMs)];
  },
};

async function untilAllAreBack(server: MeasuredProcess<ServerQuestions>): Promise<number> {
  const endMs = performance.now() + MAX_MS;
  for (;;) {
    const { trusted } = await server.ask('state', null);
    if (trusted === HERD || performance.now() > endMs) return trusted;
    await pause(LOOK_EVERY_MS);
  }
}

function figure({ trusted, failures, ms }: HerdSeen, back: number, backMs: number): Reached {
  return {
    id: 'D8',
    what: 'herd: clients that connect, and come back, in one moment, with default options',
    goal: `${HERD} of ${HERD} trusted, none rejected, each time within ${MAX_MS / 1_000} s`,
    reached:
      `${trusted} of ${HERD} in ${(ms / 1_000).toFixed(1)} s; ` +
      `${back} of ${HERD} back in ${(backMs / 1_000).toFixed(1)} s`,
    isReached: trusted === HERD && back === HERD && ms <= MAX_MS,
    failures,
  };
}
