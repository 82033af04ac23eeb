import { describe, expect, test } from 'vitest';
import { nameClaimMachine } from '../../machines/index.js';
import { type RunningMachine, run } from '../support/machine.js';

const TAKEN_OVER = 'let the newer take over';
const REFUSED = 'refuse the newer';
const FORGOTTEN = 'forget the contest';
const MOST_TAKEOVERS = 5;
const QUIET_MS = 60_000;

/** The states, and how to get there. */
const WAYS: Readonly<Record<string, (machine: RunningMachine) => void>> = {
  held: () => {},
  contested: (machine) => machine.send('name.claimed'),
  jailed: (machine) => {
    for (let i = 0; i <= MOST_TAKEOVERS; i++) machine.send('name.claimed');
  },
  onParole: (machine) => {
    WAYS['jailed']?.(machine);
    machine.clock.advance(1_000);
  },
  settled: (machine) => machine.send('server.closed'),
};

function claimIn(state: string): RunningMachine {
  const machine = run(nameClaimMachine, undefined, /^count|^lengthen/);
  WAYS[state]?.(machine);
  expect(machine.state()).toBe(state);
  machine.did();
  return machine;
}

describe('the contest for a name', () => {
  test.each([
    ['held', 'name.claimed', 'contested', [TAKEN_OVER]],
    ['held', 'server.closed', 'settled', [FORGOTTEN]],
    ['contested', 'name.claimed', 'contested', [TAKEN_OVER]],
    ['contested', 'server.closed', 'settled', [FORGOTTEN]],
    ['jailed', 'name.claimed', 'jailed', [REFUSED]],
    ['jailed', 'server.closed', 'settled', [FORGOTTEN]],
    ['onParole', 'name.claimed', 'jailed', [TAKEN_OVER]],
    ['onParole', 'server.closed', 'settled', [FORGOTTEN]],
  ])('that is %s, on %s, is %s and does %j', (from, event, to, did) => {
    const machine = claimIn(from);
    machine.send(event);
    expect([machine.state(), machine.did()]).toEqual([to, did]);
  });

  test.each([
    ['held', 0, null],
    ['contested', QUIET_MS, 'settled'],
    ['jailed', 1_000, 'onParole'],
    ['onParole', QUIET_MS, 'settled'],
    ['settled', 0, null],
  ])('that is %s is so for %d ms, and then %s', (from, ms, to) => {
    const machine = claimIn(from);
    if (to === null) return expect(machine.clock.pending).toBe(0);
    machine.clock.advance(ms - 1);
    expect(machine.state()).toBe(from);
    machine.clock.advance(1);
    expect([machine.state(), machine.did()]).toEqual([to, to === 'settled' ? [FORGOTTEN] : []]);
    expect(machine.clock.pending).toBe(to === 'settled' ? 0 : 1);
  });

  test('lets a name be taken over five times, each within a minute after the one before, and no more', () => {
    const machine = claimIn('held');
    for (let i = 0; i < MOST_TAKEOVERS; i++) {
      machine.send('name.claimed');
      machine.clock.advance(QUIET_MS - 1);
    }
    machine.send('name.claimed');
    expect(machine.did()).toEqual([...Array(MOST_TAKEOVERS).fill(TAKEN_OVER), REFUSED]);
  });

  test('begins a sentence anew with each claim', () => {
    const machine = claimIn('jailed');
    for (let i = 0; i < 10; i++) {
      machine.clock.advance(999);
      machine.send('name.claimed');
    }
    expect([machine.state(), machine.did()]).toEqual(['jailed', Array(10).fill(REFUSED)]);
  });

  test('makes each sentence twice as long as the one before, and none longer than five minutes', () => {
    const machine = claimIn('jailed');
    const sentencesMs: number[] = [];
    for (let i = 0; i < 11; i++) {
      const sinceMs = machine.clock.now();
      while (machine.state() === 'jailed') machine.clock.advance(500);
      sentencesMs.push(machine.clock.now() - sinceMs);
      machine.send('name.claimed');
    }
    const longest = 300_000;
    expect(sentencesMs).toEqual([
      1_000,
      2_000,
      4_000,
      8_000,
      16_000,
      32_000,
      64_000,
      128_000,
      256_000,
      longest,
      longest,
    ]);
  });
});
