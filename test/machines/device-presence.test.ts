import { describe, expect, test } from 'vitest';
import { devicePresenceMachine } from '../../machines/index.js';
import { type RunningMachine, run } from '../support/machine.js';

const NUMBER = 'take a number above all others';
const CLAIM = 'claim the name';
const AGAIN = 'claim the name again';
const CONTEST = 'contest the claim rival 7';
const REFUSE = 'refuse the claim rival 7';
const NOTE = 'note who has the name rival';
const DRAIN = 'drain the subscription';
const LEFT = 'announce that it left peer-closed';
const FORGET = 'forget the device';
const TAKEN_OVER = ['announce that it left name-taken-over', 'end the session name-taken-over', FORGET];
const FLAPPING = ['announce that it left name-flapping', 'end the session name-flapping', FORGET];

const FIELDS = { gateway: 'rival', epoch: 7, reason: 'peer-closed' };

/** The states, and how to get there. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  arriving: [],
  claiming: ['bus.up'],
  held: ['bus.up', 'claim.settled'],
  cutOff: ['bus.away'],
  yielding: ['bus.up', 'rival.above'],
  refused: ['bus.up', 'claim.refused'],
  leaving: ['bus.up', 'session.lost'],
  closing: ['bus.up', 'gateway.closing'],
  gone: ['bus.up', 'session.lost', 'subscription.drained'],
};

const EVENTS = [
  'bus.up',
  'bus.away',
  'gateways.met',
  'claim.settled',
  'claim.contested',
  'claim.refused',
  'rival.below',
  'rival.jailed',
  'rival.above',
  'session.replaced',
  'session.lost',
  'gateway.closing',
  'subscription.drained',
];

type Cell = readonly [to: string, did: readonly string[]];

/** What happens; whatever is not here changes nothing. */
const CELLS: Readonly<Record<string, Readonly<Record<string, Cell>>>> = {
  arriving: {
    'bus.up': ['claiming', [NUMBER, CLAIM]],
    'bus.away': ['cutOff', [NUMBER]],
  },
  claiming: {
    'bus.away': ['cutOff', []],
    'gateways.met': ['claiming', [AGAIN]],
    'claim.settled': ['held', []],
    'claim.contested': ['claiming', [NUMBER, CLAIM]],
    'claim.refused': ['refused', [NOTE, DRAIN]],
    'rival.below': ['claiming', [CONTEST]],
    'rival.jailed': ['claiming', [REFUSE]],
    'rival.above': ['yielding', [NOTE, DRAIN]],
    'session.replaced': ['claiming', [NUMBER, CLAIM]],
    'session.lost': ['leaving', [LEFT, DRAIN]],
    'gateway.closing': ['closing', [DRAIN]],
  },
  held: {
    'bus.away': ['cutOff', []],
    'gateways.met': ['held', [AGAIN]],
    'claim.contested': ['yielding', [NOTE, DRAIN]],
    'claim.refused': ['refused', [NOTE, DRAIN]],
    'rival.below': ['held', [CONTEST]],
    'rival.jailed': ['held', [REFUSE]],
    'rival.above': ['yielding', [NOTE, DRAIN]],
    'session.replaced': ['claiming', [NUMBER, CLAIM]],
    'session.lost': ['leaving', [LEFT, DRAIN]],
    'gateway.closing': ['closing', [DRAIN]],
  },
  cutOff: {
    'bus.up': ['held', [AGAIN]],
    'session.replaced': ['cutOff', [NUMBER]],
    'session.lost': ['leaving', [LEFT, DRAIN]],
    'gateway.closing': ['closing', [DRAIN]],
  },
  yielding: { 'subscription.drained': ['gone', TAKEN_OVER] },
  refused: { 'subscription.drained': ['gone', FLAPPING] },
  leaving: { 'subscription.drained': ['gone', [FORGET]] },
  closing: {
    'rival.above': ['yielding', [NOTE]],
    'session.lost': ['leaving', []],
    'subscription.drained': ['gone', [FORGET]],
  },
  gone: {},
};

function deviceIn(state: string): RunningMachine {
  const machine = run(devicePresenceMachine, undefined, /^$/);
  for (const event of WAYS[state] ?? []) machine.send(event, FIELDS);
  expect(machine.state()).toBe(state);
  machine.did();
  return machine;
}

describe('the presence of a device', () => {
  const cells = Object.keys(WAYS).flatMap((state) =>
    EVENTS.map((event): [string, string, string, readonly string[]] => {
      const [to, did] = CELLS[state]?.[event] ?? [state, []];
      return [state, event, to, did];
    }),
  );

  test.each(
    cells.filter(([state]) => state !== 'gone'),
  )('that is %s, on %s, is %s and does %j', (from, event, to, did) => {
    const machine = deviceIn(from);
    machine.send(event, FIELDS);
    expect([machine.state(), machine.did()]).toEqual([to, did]);
  });

  test('has a cell for each event and state that the machine knows', () => {
    const { states, events } = devicePresenceMachine;
    expect(Object.keys(states).sort()).toEqual(Object.keys(WAYS).sort());
    expect(events.filter((type) => !type.startsWith('xstate.')).sort()).toEqual([...EVENTS].sort());
  });

  test('has no timer, whatever happens to it', () => {
    for (const state of Object.keys(WAYS)) expect(deviceIn(state).clock.pending).toBe(0);
  });
});
