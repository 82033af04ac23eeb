import { describe, expect, test } from 'vitest';
import { busLinkMachine } from '../../machines/index.js';
import { type RunningMachine, run } from '../support/machine.js';

const PAUSE_MS = 700;
const LEAVE_MS = 900;
const KNOWN_MS = 250;
const ALL_CAME_MS = 2_000;
const DIALS = ['dial'];
const STOPS = 'give up the dial';
const ENDS = 'settle everything';
const OPENS = ['take up the link', 'send what was held'];

/** The states, and how to get there. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  'connecting.dialing': [],
  'connecting.pausing': ['dial.failed'],
  'up.steady': ['link.opened'],
  'up.moving': ['link.opened', 'server.lameDuck'],
  'up.stranded': ['link.opened', 'server.lameDuck', 'dial.failed'],
  'up.settling': ['link.opened', 'server.lameDuck', 'link.replaced'],
  'up.parting': ['link.opened', 'server.lameDuck', 'link.replaced', `${KNOWN_MS}`],
  'away.dialing': ['link.opened', 'link.lost'],
  'away.pausing': ['link.opened', 'link.lost', 'dial.failed'],
  leaving: ['link.opened', 'bus.close'],
  closed: ['bus.close'],
};

function stateOf(machine: RunningMachine): string {
  const value = machine.state();
  return typeof value === 'string' ? value : (Object.entries(value as object)[0]?.join('.') ?? '');
}

function linkIn(state: string, waitsForServer = true): RunningMachine {
  const delays = { 'pause between rounds': PAUSE_MS, 'time to take leave': LEAVE_MS };
  const machine = run(busLinkMachine, { waitsForServer }, /^count|^forget/, delays);
  for (const step of WAYS[state] ?? []) {
    if (/^\d+$/.test(step)) machine.clock.advance(Number(step));
    else machine.send(step);
  }
  expect(stateOf(machine)).toBe(state);
  machine.did();
  return machine;
}

const EVENTS = [
  'link.opened',
  'dial.failed',
  'dial.refused',
  'link.lost',
  'server.lameDuck',
  'link.replaced',
  'bus.close',
  'farewell.done',
] as const;

/** What each event does in each state; in all others, nothing. */
const CELLS: Readonly<Record<string, Partial<Record<(typeof EVENTS)[number], [string, string[]]>>>> = {
  'connecting.dialing': {
    'link.opened': ['up.steady', [STOPS, ...OPENS]],
    'dial.failed': ['connecting.pausing', [STOPS]],
    'dial.refused': ['closed', [STOPS, ENDS]],
    'bus.close': ['closed', [STOPS, ENDS]],
  },
  'connecting.pausing': {
    'link.opened': ['up.steady', OPENS],
    'dial.refused': ['closed', [ENDS]],
    'bus.close': ['closed', [ENDS]],
  },
  'up.steady': {
    'link.lost': ['away.dialing', ['drop the link', ...DIALS]],
    'server.lameDuck': ['up.moving', ['dial another server']],
    'bus.close': ['leaving', ['take leave']],
  },
  'up.moving': {
    'link.lost': ['away.dialing', [STOPS, 'drop the link', ...DIALS]],
    'link.replaced': ['up.settling', [STOPS, 'move to the new link']],
    'dial.failed': ['up.stranded', [STOPS]],
    'dial.refused': ['up.stranded', [STOPS]],
    'bus.close': ['leaving', [STOPS, 'take leave']],
  },
  'up.stranded': {
    'link.lost': ['away.dialing', ['drop the link', ...DIALS]],
    'bus.close': ['leaving', ['take leave']],
  },
  'up.settling': {
    'link.lost': ['away.dialing', ['drop the link', ...DIALS]],
    'server.lameDuck': ['up.moving', ['let the old link go', 'dial another server']],
    'bus.close': ['leaving', ['take leave']],
  },
  'up.parting': {
    'link.lost': ['away.dialing', ['drop the link', ...DIALS]],
    'server.lameDuck': ['up.moving', ['let the old link go', 'dial another server']],
    'bus.close': ['leaving', ['take leave']],
  },
  'away.dialing': {
    'link.opened': ['up.steady', [STOPS, ...OPENS]],
    'dial.failed': ['away.pausing', [STOPS]],
    'dial.refused': ['away.pausing', [STOPS]],
    'bus.close': ['closed', [STOPS, ENDS]],
  },
  'away.pausing': {
    'link.opened': ['up.steady', OPENS],
    'bus.close': ['closed', [ENDS]],
  },
  leaving: {
    'farewell.done': ['closed', [ENDS]],
    'link.lost': ['closed', ['say what was cut short', ENDS]],
  },
};

const TABLE = Object.keys(CELLS).flatMap((state) =>
  EVENTS.map((event) => [state, event, ...(CELLS[state]?.[event] ?? [state, []])] as const),
);

describe('the way to a bus', () => {
  test.each(TABLE)('that is %s, on %s, is %s and does %j', (from, event, to, did) => {
    const machine = linkIn(from);
    machine.send(event);
    expect([stateOf(machine), machine.did()]).toEqual([to, did]);
  });

  test.each([
    ['connecting.dialing', null, '', []],
    ['connecting.pausing', PAUSE_MS, 'connecting.dialing', DIALS],
    ['up.steady', null, '', []],
    ['up.moving', null, '', []],
    ['up.stranded', PAUSE_MS, 'up.moving', ['dial another server']],
    ['up.settling', KNOWN_MS, 'up.parting', ['drain the old link']],
    ['up.parting', ALL_CAME_MS, 'up.steady', ['let the old link go']],
    ['away.dialing', null, '', []],
    ['away.pausing', PAUSE_MS, 'away.dialing', DIALS],
    ['leaving', LEAVE_MS, 'closed', ['say what was cut short', ENDS]],
    ['closed', null, '', []],
  ] as const)('that is %s is so for %j ms, and then %s', (from, ms, to, did) => {
    const machine = linkIn(from);
    if (ms === null) return expect(machine.clock.pending).toBe(0);
    machine.clock.advance(ms - 1);
    expect(stateOf(machine)).toBe(from);
    machine.clock.advance(1);
    expect([stateOf(machine), machine.did()]).toEqual([to, did]);
  });

  test('begins with the first server, and ends where none is there and nobody wants to wait', () => {
    const machine = linkIn('connecting.dialing', false);
    machine.send('dial.failed');
    expect([stateOf(machine), machine.did()]).toEqual(['closed', [STOPS, ENDS]]);
  });

  test('counts the rounds that came to nothing, and forgets them when a server has let it in', () => {
    const machine = linkIn('up.steady');
    const failures = (): unknown =>
      (machine.actor.getSnapshot() as { context: { failures: number } }).context.failures;
    machine.send('link.lost');
    for (let i = 1; i <= 3; i++) {
      machine.send('dial.failed');
      expect(failures()).toBe(i);
      machine.clock.advance(PAUSE_MS);
    }
    machine.send('link.opened');
    expect(failures()).toBe(0);
  });
});
