/**
 * The process that opens and closes authenticated sessions, both ends of each, and counts what is left of them.
 *
 * Every session reads once. A third is closed by its client, a third by the server, a third breaks.
 */

import { getEventListeners, setMaxListeners } from 'node:events';
import { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { connect, type Server, Session } from '../../../src/index.js';
import { listen } from '../../../src/server/listen.js';
import { LightActor } from '../../../src/session/light/actor.js';
import { Wiring } from '../../../src/session/wiring.js';
import { FramedSocket } from '../../../src/transport/framed-socket.js';
import { StpDecoder } from '../../../src/wire/index.js';
import { answerQuestions } from './child-process.js';
import type { ChurnQuestions, Holdings } from './churn-questions.js';
import { manyTimes, PATIENT, SECRET } from './clients.js';
import { measureMemory } from './memory.js';

const ENDS = 3;
/** The server's ends go a little after their clients; those that stay are counted. */
const ENDING_TIMEOUT_MS = 10_000;
const CLASSES = { Session, Wiring, LightActor, FramedSocket, StpDecoder, Socket };

const uncaught: string[] = [];
process.on('uncaughtException', (error) => uncaught.push(error.stack ?? error.message));
process.on('unhandledRejection', (error) => uncaught.push(String(error)));

/** One signal for all clients, as a program has one for its end: nobody may keep listening to it. */
const ending = new AbortController();
// clients that connect at the same time listen at the same time
setMaxListeners(0, ending.signal);
let server: Server | null = null;

function listening(): Server {
  if (server === null) throw new Error('expected a server that listens');
  return server;
}

async function live(index: number): Promise<void> {
  const { port } = listening();
  const { signal } = ending;
  const session = await connect({ port, secret: SECRET, reconnect: false, signal, ...PATIENT });
  const isGone = new Promise((resolve) => session.once('disconnected', resolve));
  const end = index % ENDS;
  await session.read(end);
  if (end !== 0) await isGone;
  await session.close();
}

function welcome(session: Session): void {
  session.onRead(0, () => 'the client closes');
  session.onRead(1, () => {
    // the answer first
    setImmediate(() => void session.close());
    return 'the server closes';
  });
  session.onRead(2, () => {
    setImmediate(() => session.reconnect());
    return 'the link breaks';
  });
}

async function holdings(): Promise<Holdings> {
  const endMs = performance.now() + ENDING_TIMEOUT_MS;
  while (listening().sessions.size > 0 && performance.now() < endMs) await pause(1);
  await measureMemory();
  const handles: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  const objects: Record<string, number> = {};
  for (const [name, each] of Object.entries(CLASSES)) {
    objects[name] = queryObjects(each, { format: 'count' });
  }
  const names = process.eventNames();
  const ofProcess = names.reduce((sum, name) => sum + process.listenerCount(name), 0);
  return {
    sessions: listening().sessions.size,
    objects,
    handles,
    listeners: ofProcess + getEventListeners(ending.signal, 'abort').length,
    heapBytes: process.memoryUsage().heapUsed,
    uncaught,
  };
}

answerQuestions<ChurnQuestions>({
  listen: async () => {
    server = await listen({ port: 0, secret: SECRET }, welcome);
    return null;
  },
  churn: async ({ sessions }) => {
    await manyTimes(sessions, live);
    return null;
  },
  holdings,
});
