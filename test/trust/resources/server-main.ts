/** The process with the server: listens on request, and reports how it fares. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type Handler,
  type LinkReason,
  listen,
  type Server,
  type Session,
  SID_READ_REQUEST,
} from '../../../src/index.js';
import { answerQuestions } from './child-process.js';
import { measureMemory } from './memory.js';
import { OutputWatch } from './output-watch.js';
import { ANSWERED, type ServerQuestions, type ServerSetup, type ServerState } from './server-questions.js';

const uncaught: string[] = [];
process.on('uncaughtException', (error) => uncaught.push(error.stack ?? error.message));
process.on('unhandledRejection', (error) => uncaught.push(String(error)));

type Answering = Omit<ServerSetup, 'options' | 'port'>;

let server: Server | null = null;
let reasons: Partial<Record<LinkReason, number>> = {};
const loopDelay = monitorEventLoopDelay({ resolution: 1 });
const outputWatch = new OutputWatch();

async function open({ options, port = 0, ...answering }: ServerSetup): Promise<number> {
  await server?.close();
  reasons = {};
  server = await listen({ ...options, port }, (session) => welcome(session, answering));
  return server.port;
}

function welcome(session: Session, answering: Answering): void {
  const answer = 'x'.repeat(answering.answerLength ?? 1);
  session.onRead(ANSWERED, callbackFor(answer, answering));
  if (answering.isWhitelisted === true) session.addMsgToAuthWhitelist(SID_READ_REQUEST, ANSWERED);
  session.on('disconnected', (reason) => {
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  });
}

function callbackFor(answer: string, { answersAfterMs, answersLater }: Answering): Handler {
  if (answersAfterMs !== undefined) return () => pause(answersAfterMs, answer);
  return answersLater === true ? async () => answer : () => answer;
}

function listening(): Server {
  if (server === null) throw new Error('expected a server that listens');
  return server;
}

function currentState(): ServerState {
  const { sessions, counters } = listening();
  let trusted = 0;
  let drops = 0;
  for (const session of sessions) {
    if (session.isTrusted) trusted++;
    for (const count of Object.values(session.counters.dropped)) drops += count;
  }
  const { queuedBytes } = outputWatch;
  return {
    sessions: sessions.size,
    trusted,
    drops,
    queuedBytes,
    counters: { ...counters },
    reasons,
    uncaught,
  };
}

answerQuestions<ServerQuestions>({
  listen: open,
  memory: measureMemory,
  state: currentState,
  'watch the loop': () => {
    loopDelay.enable();
    loopDelay.reset();
    return null;
  },
  'loop delay': () => {
    loopDelay.disable();
    return { p99: loopDelay.percentile(99) / 1e6, max: loopDelay.max / 1e6 };
  },
  'watch output': ({ limitBytes }) => {
    outputWatch.start(limitBytes);
    return null;
  },
  'output seen': () => outputWatch.stop(),
});
