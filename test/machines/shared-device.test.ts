import { describe, expect, test } from 'vitest';
import { sharedDeviceMachine } from '../../machines/index.js';
import { type RunningMachine, run } from '../support/machine.js';

const BEGIN = 'begin what waits';
const LOOK = 'look whether something is under way';
const ALONE = 'say that the device is alone';

/** The states, and how to get there. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  away: [],
  asking: ['device.came'],
  idle: ['device.came', 'requests.over'],
  clearing: ['device.came', 'access.none'],
  reserved: ['device.came', 'access.none', 'access.holder'],
  closed: ['share.closed'],
};

function deviceIn(state: string): RunningMachine {
  const machine = run(sharedDeviceMachine, undefined, /^open it|^keep it/);
  for (const event of WAYS[state] ?? []) machine.send(event);
  expect(machine.state()).toBe(state);
  machine.did();
  return machine;
}

const OPEN = Object.keys(WAYS).filter((state) => state !== 'closed');

const EVENTS = [
  'device.came',
  'device.left',
  'request.began',
  'requests.over',
  'access.all',
  'access.holder',
  'access.none',
  'share.closed',
];

/** Each state and event: where it leads, and what it does; all others lead nowhere and do nothing. */
const CELLS: Readonly<Record<string, readonly [to: string, did: readonly string[]]>> = {
  'away device.came': ['asking', [LOOK]],
  'away share.closed': ['closed', []],
  'idle request.began': ['asking', [LOOK]],
  'idle access.none': ['clearing', [LOOK]],
  'idle device.left': ['away', []],
  'idle share.closed': ['closed', []],
  'asking requests.over': ['idle', [BEGIN]],
  'asking access.none': ['clearing', [LOOK]],
  'asking device.left': ['away', []],
  'asking share.closed': ['closed', []],
  'clearing requests.over': ['clearing', [ALONE]],
  'clearing access.holder': ['reserved', [BEGIN]],
  'clearing access.all': ['asking', [LOOK]],
  'clearing device.left': ['away', []],
  'clearing share.closed': ['closed', []],
  'reserved access.none': ['clearing', [LOOK]],
  'reserved device.left': ['away', []],
  'reserved share.closed': ['closed', []],
};

describe('a shared device', () => {
  test.each(
    // one that is closed is a final state: it hears nothing
    OPEN.flatMap((state) => EVENTS.map((event) => [state, event] as const)),
  )('that is %s, on %s', (from, event) => {
    const machine = deviceIn(from);
    machine.send(event);
    expect([machine.state(), machine.did()]).toEqual(CELLS[`${from} ${event}`] ?? [from, []]);
  });

  test.each([
    ['asking', ['access.none', 'access.all'], 'asking'],
    ['reserved', [], 'reserved'],
    ['reserved', ['access.none'], 'clearing'],
    ['clearing', ['access.all'], 'asking'],
  ])('that was %s, and heard %j while it was away, is %s when it is back', (from, heard, to) => {
    const machine = deviceIn(from);
    machine.send('device.left');
    for (const event of heard) machine.send(event);
    machine.send('device.came');
    expect(machine.state()).toBe(to);
  });
});
