/** The steps of an actor in words, and which of them failed. */

import type { NumberedState } from '../store/types.js';
import { type Actor, nameOfState, pathsOf, type Taken } from '../store/world.js';

/** A step of an actor: what came, what it did, where it stands. */
export interface Step {
  readonly event: string;
  /** The keys of the transitions. */
  readonly keys: readonly string[];
  /** The path of a state. */
  readonly to: string;
}

/** What XState calls in its own way. */
const WORDS: Readonly<Record<string, string>> = {
  '': 'always',
  'xstate.init': 'start',
  'xstate.stop': 'stop',
};
/** Events that say no. */
const REFUSALS = /(?:Denied|Rejected|refuse|refused|failed|limitExceeded|abandoned)$/;
/** States in which something is over that was meant to go on. */
const FAILURES = new Set([
  'refused',
  'refusedForGood',
  'failed',
  'connectionLost',
  'timedOut',
  'overdue',
  'stranded',
  'silent',
]);
/** States from which only trust leads on: whoever goes back has failed. */
const PROOFS = /(?:^|\.)(?:proving|seedSent)(?:\.|$)/;

/** Whether a step was a failure: a refusal, a time-out, an authentication that came to nothing. */
export function isFailed({ event, keys, to }: Step): boolean {
  const from = keys.map((key) => key.slice(0, key.indexOf(' ')));
  const hasMoved = keys.length > 0;
  if (!hasMoved) return false;
  const name = innermost(to);
  if (REFUSALS.test(event) || FAILURES.has(name)) return true;
  if (name === 'untrusted' && from.some((path) => PROOFS.test(path))) return true;
  if (/^xstate\.after\.[^.]*time-out\./.test(event)) return true;
  // what timed out after it was written waits for its late answer
  return name === 'ghost' && event.startsWith('xstate.after.');
}

/** The last name of a path. */
export const innermost = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

/** What is shown of an actor: usually its last step. */
export interface Shown {
  readonly taken: Taken | null;
  readonly context: unknown;
  readonly contextBefore: unknown;
  /** What came later and left the state as it was. */
  readonly later: readonly string[];
}

/**
 * What is shown of an actor. A failure stays for as long as the state to which it led: that its link is closed then tells less.
 *
 * @param actor how it stands
 * @param steps its last steps, newest first
 */
export function shownOf(actor: Actor, steps: readonly NumberedState[]): Shown {
  const last = { taken: actor.taken, context: actor.context, contextBefore: actor.contextBefore, later: [] };
  const here = JSON.stringify(actor.state);
  const later: string[] = [];
  for (const [place, step] of steps.entries()) {
    if (JSON.stringify(step.state) !== here) return last;
    const before = steps[place + 1];
    const taken = {
      event: step.event,
      keys: step.taken,
      from: nameOfState(before?.state),
      to: nameOfState(step.state),
      number: step.number,
    };
    if (isFailed(taken))
      return { taken, context: step.context, contextBefore: before?.context ?? null, later: later.reverse() };
    later.push(eventName(step.event));
  }
  return last;
}

/** An event as the pictures name it: `after time-out` for `xstate.after.time-out.authentication.client.proving`. */
export function eventName(event: string): string {
  const [, delay] = /^xstate\.after\.([^.]+)\./.exec(event) ?? [];
  if (delay === undefined) return WORDS[event] ?? event;
  return /^\d+$/.test(delay) ? `after ${delay} ms` : `after ${delay}`;
}

/** How many requests stand in each state, as the holder of the requests has it; null for any other actor. */
export function countsOf(state: unknown): ReadonlyMap<string, number> | null {
  if (typeof state !== 'object' || state === null) return null;
  const entries = Object.entries(state);
  if (entries.length === 0 || !entries.every(([, count]) => typeof count === 'number')) return null;
  return new Map(entries as [string, number][]);
}

/** The state of an actor in a word or two. */
export function stateName(state: unknown): string {
  const counts = countsOf(state);
  if (counts !== null) return [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
  return innermost(nameOfState(state));
}

/** The states to light up. */
export const activePaths = (state: unknown): ReadonlySet<string> => new Set(pathsOf(state));
