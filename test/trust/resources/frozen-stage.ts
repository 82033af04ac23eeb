/**
 * D9: a process that is stopped and goes on, with requests under way, takes nothing for late that was in time: its clock
 * stood still, and what its sockets hold is read before anything is judged.
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { Budget, Reached, Stage } from '../stage.js';
import { MeasuredProcess } from './child-process.js';
import type { Asked, ClientQuestions } from './client-questions.js';
import { SECRET } from './clients.js';
import type { ServerQuestions, ServerState } from './server-questions.js';

const CLIENTS = 20;
const ROUNDS: Readonly<Record<Budget, number>> = { ci: 5, deep: 50, release: 50 };
const ANSWER_AFTER_MS = 50;
const ASK_EVERY_MS = 20;
/** Of the side that is frozen; far longer than the answer takes. */
const TIMEOUT_MS = 400;
const FROZEN_MS = 1_200;
/** Of the side that is not frozen. */
const PATIENT_MS = 60_000;
const BETWEEN_MS = 300;

type Frozen = 'client' | 'server';

interface Seen {
  readonly asked: Asked;
  readonly state: ServerState;
}

/** Processes that freeze. */
export const frozenStage: Stage = {
  name: 'frozen peers',
  figures: ['D9'],
  isExclusive: true,
  run: async ({ budget }) => {
    const rounds = ROUNDS[budget];
    return [figure(rounds, await freeze('client', rounds), await freeze('server', rounds))];
  },
};

async function freeze(which: Frozen, rounds: number): Promise<Seen> {
  await using server = new MeasuredProcess<ServerQuestions>('./server-main.js');
  await using client = new MeasuredProcess<ClientQuestions>('./client-main.js');
  const short = which === 'server' ? { frameTimeout: TIMEOUT_MS, callbackTimeout: TIMEOUT_MS } : {};
  const port = await server.ask('listen', {
    options: { secret: SECRET, ...short },
    answersAfterMs: ANSWER_AFTER_MS,
  });
  await client.ask('connect', { count: CLIENTS, options: { port, secret: SECRET } });
  const timeoutMs = which === 'client' ? TIMEOUT_MS : PATIENT_MS;
  await client.ask('keep asking', { everyMs: ASK_EVERY_MS, timeoutMs });
  const stopped = which === 'client' ? client : server;
  for (let round = 0; round < rounds; round++) {
    await pause(BETWEEN_MS);
    stopped.signal('SIGSTOP');
    await pause(FROZEN_MS);
    stopped.signal('SIGCONT');
  }
  await pause(BETWEEN_MS);
  const asked = await client.ask('stop asking', null);
  return { asked, state: await server.ask('state', null) };
}

function figure(rounds: number, client: Seen, server: Seen): Reached {
  const failures = [...failuresOf('client', client), ...failuresOf('server', server)];
  const { asked: a } = client;
  const { asked: b } = server;
  return {
    id: 'D9',
    what: 'frozen peers: requests under way when a process is stopped and goes on',
    goal:
      `${rounds} times each side for ${FROZEN_MS} ms, three times any time-out: ` +
      '0 false time-outs, no link lost',
    reached: `client frozen: ${textOf(a)}; server frozen: ${textOf(b)}`,
    isReached: failures.length === 0,
    failures,
  };
}

const textOf = ({ answered, timedOut, failed }: Asked): string =>
  `${answered} answered, ${timedOut} timed out, ${failed} failed`;

function failuresOf(frozen: Frozen, { asked, state }: Seen): string[] {
  const failures = [...state.uncaught];
  if (asked.timedOut > 0 || asked.failed > 0) failures.push(textOf(asked));
  if (asked.answered < CLIENTS) failures.push(`${asked.answered} requests prove nothing`);
  if (state.trusted !== CLIENTS || Object.keys(state.reasons).length > 0)
    failures.push(`links were lost: ${JSON.stringify(state.reasons)}`);
  return failures.map((failure) => `${frozen} frozen: ${failure}`);
}
