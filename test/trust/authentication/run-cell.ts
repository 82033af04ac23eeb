/** Runs cells of the table against a real session, and says where it reacts otherwise than the table. */

import type { Counters } from '../../../src/index.js';
import type { AuthenticationInput } from '../../support/authentication-inputs.js';
import { watch } from '../../support/pair.js';
import type { Heard } from '../../support/puppet.js';
import { nameOf, type ReachableCell, type Reaction, rowOf, STATES, type StateName } from './cells.js';
import { bringInto, give } from './inputs.js';
import { ASKED_DID, RESULT, TablePuppet } from './puppet.js';

/** All penalties are over by then, and no time-out is. */
const REACTION_TIME_MS = 500;

/** Runs one cell; null where the reaction is that of the table. */
export async function runCell(cell: ReachableCell): Promise<string | null> {
  const puppet = new TablePuppet(cell.role);
  bringInto(puppet, cell.state);
  const difference = await compare(puppet, cell, cell.reaction);
  await close(puppet);
  return difference ?? leftOver(puppet);
}

/** Gives a session that is in the cell's state the cell's input, and compares. */
export async function compare(
  puppet: TablePuppet,
  { role, state, input }: ReachableCell,
  expected: Reaction,
): Promise<string | null> {
  const before = stateOf(puppet);
  if (before !== state) return `expected to bring a ${role} into ${state}, got it into ${before}`;
  const got = rowOf(await react(puppet, input));
  return got === rowOf(expected)
    ? null
    : `${nameOf(role, state, input)}: expected ${rowOf(expected)}, got ${got}`;
}

/** Closes the session. */
export async function close(puppet: TablePuppet): Promise<void> {
  await puppet.session.close();
  await puppet.clock.advanceAsync(0);
}

/** What a session that was closed has left behind. */
export function leftOver({ clock, role }: TablePuppet): string | null {
  return clock.pending === 0 ? null : `expected a closed ${role} to leave no timer, got ${clock.pending}`;
}

async function react(puppet: TablePuppet, input: AuthenticationInput): Promise<Reaction> {
  const { clock, session, comm } = puppet;
  const cancelling = new AbortController();
  const options = { timeout: 60_000, signal: cancelling.signal };
  const request = input === 'awaited response' ? watch(session.read(ASKED_DID, options)) : null;
  await clock.advanceAsync(0);
  const heard = puppet.heard.length;
  const ran = puppet.ran.length;
  const counters = session.counters;
  const atMs = clock.now();
  const authentication = puppet.authentication?.state === 'pending' ? puppet.authentication : null;

  give(puppet, input);
  await clock.advanceAsync(REACTION_TIME_MS);
  const requestThen = request?.state === 'resolved' && request.value === RESULT ? 'settled' : request?.state;
  cancelling.abort();
  return {
    stateThen: stateOf(puppet),
    answer: list(puppet.heard.slice(heard).map((message) => describe(puppet, message, atMs))),
    callback: puppet.ran.length === ran ? '-' : 'runs'.repeat(puppet.ran.length - ran),
    counted: countedSince(counters, session.counters),
    link: comm.isConnected() && session.isConnected() ? 'stays' : 'closed',
    authenticate: inTable(
      authentication?.state === 'resolved' ? authentication.value : authentication?.state,
    ),
    request: inTable(requestThen),
  };
}

/**
 * The state of the session in the words of the table.
 *
 * @throws where `isTrusted` does not go with it
 */
export function stateOf({ session }: TablePuppet): StateName {
  const state = STATES[session.authenticationState];
  if (state === undefined || session.isTrusted !== (state === 'Trusted'))
    throw new Error(`expected isTrusted to go with the state ${state}, got ${session.isTrusted}`);
  return state;
}

function describe(puppet: TablePuppet, message: Heard, inputAtMs: number): string {
  const afterMs = message.atMs - inputAtMs;
  return `${nameOfMessage(puppet, message)}${afterMs === 0 ? '' : ` at ${afterMs} ms`}`;
}

function nameOfMessage(puppet: TablePuppet, { serviceId, dataId, status, data }: Heard): string {
  switch (`${serviceId} ${dataId} ${status}`) {
    case '1 0 0':
      return isFreshSeed(puppet, data) ? 'a fresh seed' : 'a used seed';
    case '1 1 0':
      return String(data);
    case '0 1 0':
      return data === puppet.rightKey() ? 'the key' : 'a wrong key';
    case '9 0 0':
      return data === null ? 'no other name' : 'another name';
  }
  if (serviceId === 11 && status === 0 && data === RESULT) return 'its result';
  if (serviceId === 11 && status === 3 && data === null) return 'not trusted';
  return JSON.stringify([serviceId, dataId, status, data]);
}

function isFreshSeed({ heard }: TablePuppet, seed: unknown): boolean {
  const isSeed = typeof seed === 'string' && /^[0-9a-f]{64}$/.test(seed);
  return isSeed && heard.filter(({ data }) => data === seed).length === 1;
}

function countedSince(before: Counters, after: Counters): string {
  const drops = { ...after.dropped } as Record<string, number>;
  for (const [reason, count] of Object.entries(before.dropped)) drops[reason] = (drops[reason] ?? 0) - count;
  const failures = after.failedAuthentications - before.failedAuthentications;
  const counted = Object.entries({ ...drops, failure: failures }).filter(([, count]) => count > 0);
  return list(counted.map(([reason, count]) => (count === 1 ? reason : `${reason} ${count} times`)));
}

function list(items: readonly string[]): string {
  return items.length === 0 ? '-' : items.join(' + ');
}

function inTable(value: unknown): string {
  if (value === undefined) return '-';
  return value === 'pending' ? 'waits' : String(value);
}
