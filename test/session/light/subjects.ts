/** The machines that sessions run, and one that has everything; what tells their stories apart: what they are made with, and what they hear. */

import fc from 'fast-check';
import type { AnyStateMachine, EventObject } from 'xstate';
import {
  authenticationMachine,
  busLinkMachine,
  channelNameMachine,
  connectionMachine,
  devicePresenceMachine,
  drainMachine,
  heartbeatMachine,
  nameClaimMachine,
  sessionMachine,
  watchMachine,
} from '../../../machines/index.js';
import { eventTypes } from '../../trust/models/transitions.js';
import { everythingMachine } from './everything.js';

/** A machine that is run by both sides. */
export interface Subject {
  readonly machine: AnyStateMachine;
  /** What it may be made with. */
  readonly inputs: fc.Arbitrary<unknown>;
  /** Inputs with which all its transitions can be taken. */
  readonly variants: readonly unknown[];
  /** What a model that has no actors below it does not find. */
  readonly further?: readonly (readonly EventObject[])[];
}

const ROLE = fc.constantFrom('client', 'server');
const FLAGS = {
  isSecretSet: fc.boolean(),
  isAutoAuthOn: fc.boolean(),
  opensLinks: fc.boolean(),
  reopensLinks: fc.boolean(),
  returnsAfterRefusal: fc.boolean(),
  endsWithItsLink: fc.boolean(),
  hasHeartbeat: fc.boolean(),
};
const NUMBERS = {
  maxSeedRequests: fc.constantFrom(1, 2, 10),
  seedLifetimeMs: fc.constant(10_000),
  authenticationTimeoutMs: fc.constantFrom(500, 2_000),
  maxConnectAttempts: fc.constantFrom(1, 2, 3),
};

const session = (fields: object): object => ({
  role: 'client',
  channelName: null,
  isSecretSet: true,
  isAutoAuthOn: true,
  maxSeedRequests: 2,
  seedLifetimeMs: 10_000,
  authenticationTimeoutMs: 2_000,
  opensLinks: true,
  reopensLinks: true,
  returnsAfterRefusal: true,
  maxConnectAttempts: 2,
  endsWithItsLink: false,
  hasHeartbeat: true,
  ...fields,
});
const connection = (fields: object): object => ({
  opensLinks: true,
  reopensLinks: true,
  needsTrust: true,
  returnsAfterRefusal: true,
  maxAttempts: 2,
  ...fields,
});

/** The machines. */
export const SUBJECTS: readonly Subject[] = [
  {
    machine: sessionMachine,
    inputs: fc.record({ role: ROLE, channelName: fc.constantFrom(null, 'ours'), ...FLAGS, ...NUMBERS }),
    variants: [
      session({}),
      session({ opensLinks: false, hasHeartbeat: false }),
      session({ isAutoAuthOn: false }),
      session({ isSecretSet: false }),
      session({ role: 'server', opensLinks: false, endsWithItsLink: true, hasHeartbeat: false }),
    ],
    further: [
      [{ type: 'session.drain', timeoutMs: 700 } as EventObject, { type: 'work.finished' }],
      [{ type: 'session.drain', timeoutMs: 700 } as EventObject, { type: 'session.close' }],
    ],
  },
  {
    machine: connectionMachine,
    inputs: fc.record({
      opensLinks: FLAGS.opensLinks,
      reopensLinks: FLAGS.reopensLinks,
      needsTrust: fc.boolean(),
      returnsAfterRefusal: FLAGS.returnsAfterRefusal,
      maxAttempts: NUMBERS.maxConnectAttempts,
    }),
    variants: [
      connection({}),
      connection({ reopensLinks: false }),
      connection({ needsTrust: false }),
      connection({ opensLinks: false, reopensLinks: false }),
    ],
  },
  {
    machine: authenticationMachine,
    inputs: fc.record({
      role: ROLE,
      maxSeedRequests: NUMBERS.maxSeedRequests,
      seedLifetimeMs: NUMBERS.seedLifetimeMs,
    }),
    variants: [
      { role: 'client', maxSeedRequests: 2, seedLifetimeMs: 10_000 },
      { role: 'server', maxSeedRequests: 2, seedLifetimeMs: 10_000 },
    ],
  },
  {
    machine: channelNameMachine,
    inputs: fc.record({ role: ROLE, name: fc.constantFrom(null, 'ours') }),
    variants: [
      { role: 'client', name: null },
      { role: 'client', name: 'ours' },
      { role: 'server', name: null },
      { role: 'server', name: 'ours' },
    ],
  },
  { machine: heartbeatMachine, inputs: fc.constant(undefined), variants: [undefined] },
  {
    machine: drainMachine,
    inputs: fc.record({ timeoutMs: fc.constantFrom(0, 1_000) }),
    variants: [{ timeoutMs: 1_000 }],
  },
  { machine: nameClaimMachine, inputs: fc.constant(undefined), variants: [undefined] },
  {
    machine: busLinkMachine,
    inputs: fc.record({ waitsForServer: fc.boolean() }),
    variants: [{ waitsForServer: true }, { waitsForServer: false }],
  },
  { machine: devicePresenceMachine, inputs: fc.constant(undefined), variants: [undefined] },
  { machine: watchMachine, inputs: fc.constant(undefined), variants: [undefined] },
  {
    machine: everythingMachine,
    inputs: fc.record({ count: fc.nat(4) }),
    variants: [{ count: 0 }, { count: 1 }],
    further: [
      [{ type: 'spawn' }, { type: 'tell' }, { type: 'stop' }, { type: 'stop' }],
      [{ type: 'spawn' }, { type: 'end' }],
      [{ type: 'news' }, { type: 'news.of.old' }, { type: 'pick' }, { type: 'news.of.old' }],
    ],
  },
];

/** Everything that any machine reads of an event. */
const FIELDS = {
  reason: ['peer-closed', 'wrong-secret', 'no-answer'],
  name: [null, '', 'theirs', 'ours'],
  timeoutMs: [700],
  owesAnswers: [true, false],
} as const;

/** Types that no machine names, some of which a wildcard means. */
const STRANGE_TYPES = [
  'nobody.hears',
  'peer',
  'peer.unheardOf',
  'peerless.news',
  'news',
  'news.of.old',
  'newsworthy',
  'xstate.error.actor.drain',
];

/** The types of all events that a machine, or one below it, may hear. */
export function typesFor(machine: AnyStateMachine): string[] {
  const all = machine === sessionMachine ? SUBJECTS.map((subject) => subject.machine) : [machine];
  return [...new Set(all.flatMap(eventTypes)), ...STRANGE_TYPES];
}

/** Any event for a machine. */
export function eventsFor(machine: AnyStateMachine): fc.Arbitrary<EventObject> {
  return fc.record({
    type: fc.constantFrom(...typesFor(machine)),
    reason: fc.constantFrom(...FIELDS.reason),
    name: fc.constantFrom(...FIELDS.name),
    timeoutMs: fc.constantFrom(...FIELDS.timeoutMs),
    owesAnswers: fc.boolean(),
  });
}

/** The events that have a field on which the way depends. */
const WAYS: readonly (readonly [RegExp, readonly object[]])[] = [
  [/^authentication\.failed$|^peer\.seedDenied$/, FIELDS.reason.map((reason) => ({ reason }))],
  [/^peer\.name/, FIELDS.name.map((name) => ({ name }))],
  [/^link\.ended$/, FIELDS.owesAnswers.map((owesAnswers) => ({ owesAnswers }))],
];

/** Each event that a machine names, once with each value of what the way depends on. */
export function samplesFor(machine: AnyStateMachine): EventObject[] {
  return eventTypes(machine).flatMap((type) => {
    const [, ways = [{}]] = WAYS.find(([pattern]) => pattern.test(type)) ?? [];
    return ways.map((fields) => ({ type, timeoutMs: 700, reason: 'peer-closed', ...fields }));
  });
}

/** What tells two contexts apart: counters beyond their limits do not, nor what is only remembered. */
export function bounded(context: Readonly<Record<string, unknown>>): unknown {
  return Object.entries(context).map(([key, value]) => {
    // a name may be taken over five times
    if (typeof value === 'number') return Math.min(value, key === 'takeovers' ? 5 : 3);
    return key.startsWith('why') || key === 'seen' ? null : value;
  });
}
