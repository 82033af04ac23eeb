/** The process with servers that end in the middle of their work. */

import { setTimeout as pause } from 'node:timers/promises';
import { listen, type ServerCloseReport, type Session } from '../../../src/index.js';
import { answerQuestions } from './child-process.js';
import type { EndingPlan, EndingQuestions, EndingResult } from './ending-questions.js';

const uncaught: unknown[] = [];
process.on('uncaughtException', (error) => uncaught.push(error));
process.on('unhandledRejection', (error) => uncaught.push(error));

/** Longer than any callback: nothing may have to be cut. */
const DRAIN_MS = 60_000;

let ending: Promise<EndingResult>[] = [];

async function open(plan: EndingPlan): Promise<number> {
  const begun: number[] = [];
  let end: (report: Promise<ServerCloseReport>) => void = () => {};
  const ended = new Promise<ServerCloseReport>((resolve) => {
    end = resolve;
  });
  const close = plan.drains ? { drain: true, timeout: DRAIN_MS } : {};
  const server = await listen({ port: 0 }, (session) => welcome(session, plan, begin));
  function begin(number: number): void {
    begun.push(number);
    // the callback that was the last straw has returned by then
    if (begun.length === plan.endsAfter) setImmediate(() => end(server.close(close)));
  }
  ending.push(ended.then((report) => ({ begun, report })));
  return server.port;
}

function welcome(session: Session, plan: EndingPlan, begin: (number: number) => void): void {
  const padding = 'x'.repeat(plan.answerLength);
  if (plan.drains)
    session.onExecute(1, async (data) => {
      const number = numberOf(data);
      begin(number);
      // different ones, so that they finish in another order than they began
      await pause((number * 7) % (plan.callbackMs + 1));
      return [number, padding];
    });
  else
    session.onExecute(1, (data) => {
      const number = numberOf(data);
      begin(number);
      return [number, padding];
    });
}

/** Which request it is. */
function numberOf(data: unknown): number {
  return Array.isArray(data) ? Number(data[0]) : Number.NaN;
}

answerQuestions<EndingQuestions>({
  open: (plans) => {
    ending = [];
    return Promise.all(plans.map(open));
  },
  results: async () => {
    const results = await Promise.all(ending);
    if (uncaught.length > 0) throw uncaught[0];
    return results;
  },
});
