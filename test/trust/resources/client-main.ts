/** The process with clients: connects on request, asks, and reports how that went. */

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type Session, TimeoutError } from '../../../src/index.js';
import { answerQuestions } from './child-process.js';
import type { Asked, ClientQuestions, Death, HerdSeen } from './client-questions.js';
import { percentile } from './percentile.js';
import { ANSWERED } from './server-questions.js';

/** How long a question takes is measured, and not judged here. */
const PATIENT_READ = { timeout: 60_000 };

const sessions: Session[] = [];
const asking = new Set<Promise<void>>();
const timers = new Set<NodeJS.Timeout>();
let asked = { answered: 0, timedOut: 0, failed: 0 };

async function connectHerd({ count, options }: ClientQuestions['connect']['told']): Promise<HerdSeen> {
  const startMs = performance.now();
  const outcomes = await Promise.allSettled(Array.from({ length: count }, () => connect(options)));
  const failures = new Set<string>();
  let trusted = 0;
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') failures.add(String(outcome.reason));
    else if (sessions.push(outcome.value) && outcome.value.isTrusted) trusted++;
  }
  return { trusted, failures: [...failures], ms: performance.now() - startMs };
}

function ask(session: Session, timeout: number): void {
  const settled = session.read(ANSWERED, { timeout }).then(
    () => void asked.answered++,
    (error: unknown) => void asked[error instanceof TimeoutError ? 'timedOut' : 'failed']++,
  );
  asking.add(settled);
  void settled.then(() => asking.delete(settled));
}

function repeat(everyMs: number, act: (session: Session) => void): null {
  timers.add(
    setInterval(() => {
      for (const session of sessions) act(session);
    }, everyMs),
  );
  return null;
}

async function stopAsking(): Promise<Asked> {
  for (const timer of timers) clearInterval(timer);
  timers.clear();
  await Promise.all(asking);
  const result = asked;
  asked = { answered: 0, timedOut: 0, failed: 0 };
  return result;
}

async function medianOfReads({
  everyMs,
  forMs,
}: ClientQuestions['median of reads']['told']): Promise<number> {
  const [session] = sessions;
  if (session === undefined) throw new Error('expected a client, got none');
  const reads: Promise<number>[] = [];
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs) {
    const startMs = performance.now();
    reads.push(session.read(ANSWERED, PATIENT_READ).then(() => performance.now() - startMs));
    await pause(everyMs);
  }
  return percentile(await Promise.all(reads), 0.5);
}

async function deathOf(session: Session): Promise<Death> {
  const startMs = performance.now();
  const [reason] = (await once(session, 'disconnected')) as [string];
  return { ms: performance.now() - startMs, reason, counters: session.counters };
}

answerQuestions<ClientQuestions>({
  connect: connectHerd,
  'how many are trusted': () => sessions.filter(({ isTrusted }) => isTrusted).length,
  'keep asking': ({ everyMs, timeoutMs }) => repeat(everyMs, (session) => ask(session, timeoutMs)),
  'stop asking': stopAsking,
  'keep sending': ({ everyMs }) => repeat(everyMs, (session) => void session.send(20, 0, null)),
  'median of reads': medianOfReads,
  'wait for deaths': () => Promise.all(sessions.map(deathOf)),
});
