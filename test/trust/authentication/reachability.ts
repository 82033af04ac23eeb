/** Which states each role can be in: all events in all contexts of the machine, followed to the end. */

import { adjacencyMapToArray, getAdjacencyMap } from 'xstate/graph';
import { type AuthenticationEvent, authenticationMachine } from '../../../machines/index.js';
import { AUTHENTICATION_STATE_NUMBERS, authenticationStateOf } from '../../../src/protocol/role.js';
import { AUTHENTICATION_PEER_EVENTS } from '../../support/peer-events.js';
import { STATES, type StateName, type TableRole } from './cells.js';

/** As the product's; the third wrong key and the eleventh seed request are among the contexts. */
const INPUT = { maxSeedRequests: 10, seedLifetimeMs: 10_000 };
/** Far more than 5 states with 3 numbers of wrong keys and 11 of seeds, each with every event. */
const MAX_STEPS = 10_000;
/** A client counts every refusal of its keys, and reacts to the third and later ones as to the second. */
const MAX_DISTINCT_WRONG_KEYS = 2;

const EVENTS: readonly AuthenticationEvent[] = [
  { type: 'authentication.start', timeoutMs: 2_000 },
  ...AUTHENTICATION_PEER_EVENTS.map((type) => ({ type, reason: 'unusable-seed' }) as AuthenticationEvent),
  { type: 'link.closed' },
];
/** The graph has no parent to report to. */
const nobody = (): void => {};
const alone = authenticationMachine.provide({
  actions: {
    'report trusted': nobody,
    'report distrusted': nobody,
    'report failed': nobody,
    'report a limit exceeded': nobody,
  },
});
/** The machine's own events, which its type leaves out. */
const DELAYS_OVER = [
  'xstate.after.seed lifetime.authentication.server.seedSent',
  'xstate.after.time-out.authentication.client.proving',
];

/** One step between two states of the machine, whatever its context. */
export interface Step {
  readonly from: StateName;
  readonly event: string;
  readonly to: StateName;
}

export interface Reach {
  readonly states: ReadonlySet<StateName>;
  readonly steps: readonly Step[];
  /** How many states with their contexts were visited. */
  readonly visited: number;
}

/** Follows every event from every state that a role gets into. */
export function reachOf(role: TableRole): Reach {
  const map = getAdjacencyMap(alone, {
    input: { role, ...INPUT },
    events: [...EVENTS, ...DELAYS_OVER.map((type) => ({ type }) as never)],
    limit: MAX_STEPS,
    serializeState: ({ value, context }) =>
      JSON.stringify([
        value,
        Math.min(context.wrongKeys, MAX_DISTINCT_WRONG_KEYS),
        context.seedsSent,
        context.timeoutMs,
      ]),
    serializeEvent: ({ type }) => type,
  });
  const steps = adjacencyMapToArray(map).map(({ state, event, nextState }) => ({
    from: nameOfState(state.value),
    event: event.type,
    to: nameOfState(nextState.value),
  }));
  return { states: new Set(steps.map(({ from }) => from)), steps, visited: Object.keys(map).length };
}

function nameOfState(value: unknown): StateName {
  const name = STATES[AUTHENTICATION_STATE_NUMBERS[authenticationStateOf(value)]];
  if (name === undefined) throw new Error(`expected a state of the protocol, got ${value}`);
  return name;
}
