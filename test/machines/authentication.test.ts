import { describe, expect, test } from 'vitest';
import { authenticationMachine } from '../../machines/index.js';
import { type RunningMachine, run } from '../support/machine.js';
import { AUTHENTICATION_PEER_EVENTS } from '../support/peer-events.js';

const OWN = /^(remember|start|stop|refuse|forget the (first|second)|count|strike|forgive)/;
const authentication = (role: 'client' | 'server'): RunningMachine => {
  const machine = run(authenticationMachine, { role, maxSeedRequests: 10, seedLifetimeMs: 10_000 }, OWN);
  machine.did();
  return machine;
};

/** A way into each state that the role can be in. */
const WAYS = {
  client: {
    untrusted: [],
    seedRequested: ['authentication.start'],
    keySent: ['authentication.start', 'peer.seedReceived'],
    trusted: ['authentication.start', 'peer.seedReceived', 'peer.trustGranted'],
  },
  server: {
    untrusted: [],
    seedSent: ['peer.seedRequested'],
    trusted: ['peer.seedRequested', 'peer.keyAccepted'],
  },
} as const;

/** The events of the peer that each state expects; every other must be dropped. */
const EXPECTED: Record<'client' | 'server', Record<string, string[]>> = {
  client: {
    untrusted: [],
    seedRequested: ['peer.seedReceived', 'peer.unusableSeedReceived', 'peer.authenticationRefused'],
    keySent: ['peer.trustGranted', 'peer.trustDenied'],
    trusted: [],
  },
  server: {
    untrusted: ['peer.seedRequested', 'peer.keyRejected'],
    seedSent: ['peer.seedRequested', 'peer.keyAccepted', 'peer.keyRejected'],
    trusted: ['peer.seedRequested', 'peer.keyRejected'],
  },
};

function into(role: 'client' | 'server', state: string): RunningMachine {
  const machine = authentication(role);
  const way = (WAYS[role] as Record<string, readonly string[]>)[state] ?? [];
  for (const type of way) machine.send(type, { timeoutMs: 2_000 });
  expect(machine.state()).toBe(state);
  machine.did();
  return machine;
}

test('the authentication has exactly five states', () => {
  expect(Object.keys(authenticationMachine.states)).toEqual([
    'untrusted',
    'seedRequested',
    'seedSent',
    'keySent',
    'trusted',
  ]);
});

describe.each(['client', 'server'] as const)('a %s', (role) => {
  describe.each(Object.keys(WAYS[role]))('in state %s', (state) => {
    const unexpected = AUTHENTICATION_PEER_EVENTS.filter((type) => !EXPECTED[role][state]?.includes(type));

    test.each(unexpected)('drops %s and does not move', (type) => {
      const machine = into(role, state);
      machine.send(type);
      expect(machine.did()).toEqual(['drop the unexpected message']);
      expect(machine.state()).toBe(state);
    });

    test('is untrusted after the link has closed, and no timer is left', () => {
      const machine = into(role, state);
      machine.send('link.closed');
      expect(machine.state()).toBe('untrusted');
      expect(machine.did()).toContain('forget the seed');
      expect(machine.clock.pending).toBe(0);
    });
  });
});

describe('a client', () => {
  test('asks for a seed, sends the key, and is trusted when the server says so', () => {
    const machine = authentication('client');
    machine.send('authentication.start', { timeoutMs: 2_000 });
    machine.send('peer.seedReceived');
    machine.send('peer.trustGranted');
    expect(machine.did()).toEqual([
      'send the seed request',
      'send the key',
      'forget the seed',
      'report trusted',
    ]);
    expect(machine.clock.pending).toBe(0);
  });

  test.each([
    ['seedRequested', 'the peer sent no seed in time'],
    ['keySent', 'the peer sent no verdict on the key in time'],
  ])('gives up in state %s when its time is over, counted from the start', (state, reason) => {
    const machine = into('client', state);
    machine.clock.advance(1_999);
    expect(machine.state()).toBe(state);
    machine.clock.advance(1);
    expect(machine.state()).toBe('untrusted');
    expect(machine.did()).toContain(`report failed ${reason}`);
  });
});

describe('a server', () => {
  test('answers the first wrong key after 100 ms, the second after 400 ms, and closes at the third', () => {
    const machine = into('server', 'seedSent');
    machine.send('peer.keyRejected');
    machine.clock.advance(99);
    expect(machine.did()).toEqual(['report failed the peer sent a wrong key', 'forget the seed']);
    machine.clock.advance(1);
    expect(machine.did()).toEqual(['answer that the key is wrong']);

    machine.send('peer.seedRequested');
    machine.send('peer.keyRejected');
    machine.did();
    machine.clock.advance(399);
    expect(machine.did()).toEqual([]);
    machine.clock.advance(1);
    expect(machine.did()).toEqual(['answer that the key is wrong']);

    machine.send('peer.keyRejected');
    expect(machine.did()).toEqual([
      'report failed the peer sent a key without a seed',
      'close the connection the peer sent three wrong keys',
    ]);
  });

  test('stays trusted when a key comes that no seed was sent for', () => {
    const machine = into('server', 'trusted');
    machine.send('peer.keyRejected');
    expect(machine.state()).toBe('trusted');
  });

  test('ends the trust when another seed is asked for', () => {
    const machine = into('server', 'trusted');
    machine.send('peer.seedRequested');
    expect(machine.state()).toBe('seedSent');
    expect(machine.did()).toEqual(['report distrusted', 'send a fresh seed']);
  });

  test('forgets a seed after ten seconds', () => {
    const machine = into('server', 'seedSent');
    machine.clock.advance(10_000);
    expect(machine.state()).toBe('untrusted');
  });

  test('closes the connection of a peer that asks for an eleventh seed', () => {
    const machine = authentication('server');
    for (let i = 0; i < 11; i++) machine.send('peer.seedRequested');
    expect(machine.did()).toContain('close the connection the peer asked for too many seeds');
  });
});
