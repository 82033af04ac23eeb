import { describe, expect, test } from 'vitest';
import { leaseMachine } from '../../machines/index.js';
import { type RunningMachine, run } from '../support/machine.js';

const NOBODY = 'let nothing begin';
const EVERYBODY = 'let everybody begin';
const TURNS = 'let everybody have a turn';
const GIVE = 'give the lease to the first who waits';
const back = (reason: string): string => `take the lease back ${reason}`;
const REFUSE = 'refuse those who wait';
const TTL_MS = 1_000;

/** The states, and how to get there. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  free: [],
  promised: ['lease.wanted'],
  held: ['lease.wanted', 'device.alone'],
  over: ['lease.wanted', 'device.alone', 'lease.released'],
  yielding: ['lease.wanted', 'device.alone', 'lease.wanted', 'lease.released', 'device.alone'],
  closed: ['share.closed'],
};

function leaseIn(state: string): RunningMachine {
  const machine = run(leaseMachine, undefined, /^count|^number/, { 'rest of the lease': TTL_MS });
  for (const event of WAYS[state] ?? []) machine.send(event);
  expect(machine.state()).toBe(state);
  machine.did();
  return machine;
}

const OPEN = Object.keys(WAYS).filter((state) => state !== 'closed');

const EVENTS = [
  'lease.wanted',
  'lease.givenUp',
  'device.alone',
  'turns.over',
  'lease.renewed',
  'lease.released',
  'holder.left',
  'share.closed',
];

/** Each state and event: where it leads, and what it does; all others lead nowhere and do nothing. */
const CELLS: Readonly<Record<string, readonly [to: string, did: readonly string[]]>> = {
  'free lease.wanted': ['promised', [NOBODY]],
  'free share.closed': ['closed', [REFUSE]],
  'promised lease.givenUp': ['free', [EVERYBODY]],
  'promised device.alone': ['held', [GIVE]],
  'promised share.closed': ['closed', [REFUSE]],
  'held lease.released': ['over', [back('released'), NOBODY]],
  'held holder.left': ['over', [back('holder-left'), NOBODY]],
  'held share.closed': ['closed', [REFUSE]],
  'over device.alone': ['free', [EVERYBODY]],
  'over share.closed': ['closed', [REFUSE]],
  'yielding lease.givenUp': ['free', [EVERYBODY]],
  'yielding turns.over': ['promised', [NOBODY]],
  'yielding share.closed': ['closed', [REFUSE]],
};

describe('the lease of a device', () => {
  test.each(
    // one that is closed is a final state: it hears nothing
    OPEN.flatMap((state) => EVENTS.map((event) => [state, event] as const)),
  )('that is %s, on %s', (from, event) => {
    const machine = leaseIn(from);
    machine.send(event);
    expect([machine.state(), machine.did()]).toEqual(CELLS[`${from} ${event}`] ?? [from, []]);
  });

  test('lasts for its time, from its beginning and from each renewal', () => {
    const machine = leaseIn('held');
    machine.clock.advance(TTL_MS - 1);
    machine.send('lease.renewed');
    machine.clock.advance(TTL_MS - 1);
    expect(machine.state()).toBe('held');
    machine.clock.advance(1);
    expect([machine.state(), machine.did()]).toEqual(['over', [back('expired'), NOBODY]]);
    expect(machine.clock.pending).toBe(0);
  });

  test.each(['promised', 'yielding'])('that is %s stays so while somebody waits', (state) => {
    const machine = leaseIn(state);
    machine.send('lease.wanted');
    machine.send('lease.givenUp');
    expect([machine.state(), machine.did()]).toEqual([state, []]);
  });

  test('is over, and others wait for it: everybody has a turn first', () => {
    const machine = leaseIn('over');
    machine.send('lease.wanted');
    machine.send('device.alone');
    expect([machine.state(), machine.did()]).toEqual(['yielding', [TURNS]]);
  });

  test('has a higher number each time', () => {
    const machine = leaseIn('free');
    for (let fence = 1; fence <= 3; fence++) {
      for (const event of WAYS['held'] ?? []) machine.send(event);
      expect(machine.actor.getSnapshot().context).toEqual({ waiting: 0, fence });
      machine.send('lease.released');
      machine.send('device.alone');
    }
  });
});
