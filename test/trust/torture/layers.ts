/** Stories of what lies on top of sessions: middlewares, a contract, and who subscribes to the tracing channels. */

import {
  contract,
  execute,
  type Middleware,
  read,
  type StandardSchema,
  tracing,
} from '../../../src/index.js';
import type { Bench, Side } from './bench.js';
import { type Faults, InjectedFailure, type SideName } from './faults.js';

/** A middleware that may fail in each of the ways that middlewares fail in. */
export function faultyMiddleware(faults: Faults, side: SideName): Middleware {
  return async (message, next) => {
    const kind = `${side}.middleware for ${message.direction} requests`;
    faults.check(`${kind} rejects`);
    if (faults.hits(`${kind} hangs`)) return new Promise(() => {});
    if (faults.hits(`${kind} forgets to answer`)) return undefined as never;
    if (faults.hits(`${kind} asks twice`)) void next().catch(() => {});
    const answer = await next();
    faults.check(`${kind} rejects afterwards`);
    if (faults.hits(`${kind} hangs afterwards`)) return new Promise(() => {});
    return answer;
  };
}

/** The same, as a function that is not async: what it throws comes at once. */
export function throwingMiddleware(faults: Faults, side: SideName): Middleware {
  return (message, next) => {
    faults.check(`${side}.middleware for ${message.direction} requests throws`);
    return next();
  };
}

/** A schema that accepts everything, or fails in each of the ways that schemas fail in. */
export function faultySchema(faults: Faults, side: SideName): StandardSchema<string> {
  return {
    '~standard': {
      version: 1,
      vendor: 'torture',
      validate: (value: unknown) => {
        faults.check(`${side}.schema throws`);
        if (faults.hits(`${side}.schema rejects`))
          return Promise.reject(new InjectedFailure(`${side}.schema rejects`));
        if (faults.hits(`${side}.schema hangs`)) return new Promise(() => {});
        if (faults.hits(`${side}.schema gives no verdict`)) return undefined as never;
        if (faults.hits(`${side}.schema refuses`)) return { issues: [{ message: 'no' }] };
        return { value: value as string };
      },
    },
  };
}

/** Puts middlewares on both sides, before anything is asked. */
export function withMiddlewares(bench: Bench): void {
  for (const { session, name } of bench.sides) {
    session.use(faultyMiddleware(bench.faults, name));
    session.use(throwingMiddleware(bench.faults, name));
  }
}

/** Asks through a contract, which both sides have with schemas of their own. */
export function askByContract(bench: Bench): void {
  const { client, server } = bench;
  const of = ({ name }: Side) =>
    contract({
      time: read(0, faultySchema(bench.faults, name)),
      echo: execute(0, faultySchema(bench.faults, name), faultySchema(bench.faults, name)),
    });
  of(server).handle(server.session, {
    time: bench.callback(server, () => 'now') as () => string,
    echo: bench.callback(server, (text: unknown) => text) as (text: string) => string,
  });
  const asking = of(client).client(client.session);
  for (let i = 0; i < 3; i++) {
    bench.wait(`reading ${i} by contract`, () => asking.time({ timeout: 2_000 }));
    bench.wait(
      `question ${i} by contract`,
      () => asking.echo(`question ${i}`, { timeout: 2_000 }),
      (answer) => {
        if (answer !== `question ${i}`) bench.misdelivered.push(`question ${i} got ${answer}`);
      },
    );
  }
}

/** Lets somebody hear of everything that is traced while a story is told. */
export async function whileTraced({ faults }: Bench, story: () => Promise<void>): Promise<void> {
  const subscribers = (side: SideName) =>
    Object.fromEntries(
      (['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const).map((event) => [
        event,
        () => faults.check(`${side}.subscriber of ${event} throws`),
      ]),
    );
  const [asking, answering] = [subscribers('client'), subscribers('server')];
  tracing.request.subscribe(asking);
  tracing.connect.subscribe(asking);
  tracing.handle.subscribe(answering);
  try {
    await story();
  } finally {
    tracing.request.unsubscribe(asking);
    tracing.connect.unsubscribe(asking);
    tracing.handle.unsubscribe(answering);
  }
}
