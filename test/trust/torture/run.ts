/** One run: a story in which one thing fails, and then the laws that hold whatever failed. */

import { errorOfThrown } from '../../../src/base/thrown.js';
import { type Session, SID_READ_REQUEST } from '../../../src/index.js';
import { Bench, type Side, textOf } from './bench.js';
import { Faults, InjectedFailure, type Point, type SideName } from './faults.js';
import type { Scenario } from './scenarios.js';

/** What came of a run. */
export interface RunResult {
  readonly counts: ReadonlyMap<string, number>;
  readonly hasFired: boolean;
  readonly failures: readonly string[];
}

/** Longer than every time-out of a story, the grace for late answers included. */
const LONG_MS = 120_000;
/** What is on the way when both sides are closed has arrived after this. */
const LAST_BYTES_MS = 10;
const PROBES = 3;
const PROBE_MS = 20_000;

/** What happens in the process meanwhile. */
export interface ProcessWatch {
  /** What was thrown and not caught, and what was rejected and not handled, since it was asked for last. */
  takeUncaught(): Promise<readonly string[]>;
  /** The library's warnings, since it was asked for last. */
  takeWarnings(): readonly string[];
}

/** Tells a story; `point` null: nothing fails. */
export async function run(scenario: Scenario, point: Point | null, watch: ProcessWatch): Promise<RunResult> {
  const faults = new Faults(point);
  const failures: string[] = [];
  watch.takeWarnings();
  const bench = await tell(scenario, faults, failures);
  if (bench !== null) await judge(bench, { faults, point, watch, failures });
  for (const text of await watch.takeUncaught())
    if (!isOfSubscriber(point, text)) failures.push(`not caught: ${text}`);
  return { counts: faults.counts, hasFired: faults.hasFired, failures };
}

/** Returns null where a session could not be made, which its maker has heard of. */
async function tell(scenario: Scenario, faults: Faults, failures: string[]): Promise<Bench | null> {
  let bench: Bench;
  try {
    bench = new Bench(faults, scenario.options);
  } catch (error) {
    if (!(error instanceof InjectedFailure)) failures.push(`the constructor threw ${textOf(error)}`);
    return null;
  }
  try {
    await scenario.run(bench);
    await bench.pass(LONG_MS);
  } catch (error) {
    // every call of a story is one that must not throw
    failures.push(`a call of a session threw ${textOf(error)}`);
  }
  faults.end();
  return bench;
}

interface Judged {
  readonly faults: Faults;
  readonly point: Point | null;
  readonly watch: ProcessWatch;
  readonly failures: string[];
}

async function judge(bench: Bench, { point, watch, failures }: Judged): Promise<void> {
  for (const { what, settled } of bench.awaited)
    if (settled !== 1) failures.push(`${what} settled ${settled} times`);
  // a frame that is lost on the way shifts the answers behind it: the wire carries nothing to tell them apart by
  if (point?.kind.endsWith('decode throws') !== true) failures.push(...bench.misdelivered);
  const told = [...watch.takeWarnings(), ...bench.told.map(({ error }) => error.message)];
  for (const side of bench.sides) judgeSide(bench, side, failures);
  if (isObserver(point) && sideOf(bench, point).session.isClosed && bench.closed.size === 0)
    failures.push('who only looks on took the session with it');
  for (const side of bench.sides) bench.unstall(side);
  await judgeFaulty(bench, sideOf(bench, point), failures);
  await judgeOther(bench, sideOf(bench, point), failures);
  await Promise.allSettled(bench.sides.map(({ session }) => session.close()));
  await bench.pass(LAST_BYTES_MS);
  if (bench.clock.pending > 0) failures.push(`${bench.clock.pending} timers are left`);
  failures.push(...bench.leftovers);
  for (const text of bench.uncaught) failures.push(`not caught: ${text}`);
  for (const actor of bench.actors) {
    const { status, error } = actor.getSnapshot();
    if (status === 'error' && !told.some((text) => text.includes(errorOfThrown(error).message)))
      failures.push(`the actor ${actor.id} is in error, and nobody was told`);
  }
}

/** What a subscriber of a diagnostics channel throws, Node reports as uncaught, whoever publishes. */
function isOfSubscriber(point: Point | null, text: string): boolean {
  return point !== null && /\.subscriber/.test(point.kind) && text.includes(point.kind);
}

/** Loggers, inspectors and listeners see what happens, and have no part in it. */
function isObserver(point: Point | null): boolean {
  return point !== null && /\.(logger|inspect|listener|subscriber)/.test(point.kind);
}

function sideOf(bench: Bench, point: Point | null): Side {
  const name = (point?.kind.split('.')[0] ?? 'client') as SideName;
  return name === 'client' ? bench.client : bench.server;
}

function judgeSide(bench: Bench, side: Side, failures: string[]): void {
  const isClosed = side.session.isClosed;
  const mayBeClosed = bench.closed.has(side.name);
  if (isClosed && !mayBeClosed && !bench.told.some(({ name }) => name === side.name))
    failures.push(`the ${side.name} has closed itself and said nothing`);
  if (!isClosed && mayBeClosed) failures.push(`the ${side.name} was closed and is not`);
}

/** A session that has not closed itself goes on working: by itself, or after its user has asked for a new link. */
async function judgeFaulty(bench: Bench, side: Side, failures: string[]): Promise<void> {
  const other = side === bench.client ? bench.server : bench.client;
  if (side.session.isClosed || other.session.isClosed || !haveOneSecret(bench)) return;
  if (!(await works(bench, side, other.session)))
    failures.push(`the ${side.name} neither works nor is closed`);
}

/** The session in which nothing failed has another partner, and works with it. */
async function judgeOther(bench: Bench, faulty: Side, failures: string[]): Promise<void> {
  const side = faulty === bench.client ? bench.server : bench.client;
  if (side.session.isClosed) {
    if (!bench.closed.has(side.name)) failures.push(`the ${side.name}, in which nothing failed, is closed`);
    return;
  }
  const fresh = bench.freshPartnerOf(side);
  if (!(await works(bench, side, fresh)))
    failures.push(`the ${side.name}, in which nothing failed, does not work with a fresh partner`);
  await fresh.close();
}

function haveOneSecret({ client, server }: Bench): boolean {
  return (client.options.secret ?? null) === (server.options.secret ?? null);
}

/** Whether requests from one side to the other are answered, at the latest on a new link. */
async function works(bench: Bench, side: Side, other: Session): Promise<boolean> {
  other.onRead(77, () => 'here');
  for (let probe = 0; probe < PROBES; probe++) {
    let isAnswered = false;
    side.session.request(SID_READ_REQUEST, 77).then(
      ({ data }) => {
        isAnswered = data === 'here';
      },
      () => {},
    );
    await bench.pass(PROBE_MS);
    if (isAnswered) return true;
    side.session.reconnect();
    await bench.pass(PROBE_MS);
  }
  return false;
}
