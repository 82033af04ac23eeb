import { describe, expect, test } from 'vitest';
import { authenticationMachine } from '../../machines/index.js';
import { authenticationStateOf } from '../../src/protocol/role.js';
import { type RunningMachine, run } from '../support/machine.js';
import { AUTHENTICATION_PEER_EVENTS } from '../support/peer-events.js';

const OWN = /^(remember|count|forgive)/;
const stateOf = (machine: RunningMachine): string => authenticationStateOf(machine.state());
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
    seedRequested: ['peer.seedReceived', 'peer.seedDenied'],
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
  expect(stateOf(machine)).toBe(state);
  machine.did();
  return machine;
}

test('the authentication has a lane for each role, and in them exactly five states', () => {
  const { client, server } = authenticationMachine.config.states ?? {};
  const { untrusted, proving, trusted } = client?.states ?? {};
  expect([untrusted?.description, trusted?.description]).not.toContain(undefined);
  expect(Object.keys(client?.states ?? {})).toEqual(['untrusted', 'proving', 'trusted']);
  expect(Object.keys(proving?.states ?? {})).toEqual(['seedRequested', 'keySent']);
  expect(Object.keys(server?.states ?? {})).toEqual(['untrusted', 'seedSent', 'trusted']);
});

describe.each(['client', 'server'] as const)('a %s', (role) => {
  describe.each(Object.keys(WAYS[role]))('in state %s', (state) => {
    const unexpected = AUTHENTICATION_PEER_EVENTS.filter((type) => !EXPECTED[role][state]?.includes(type));

    test.each(unexpected)('drops %s and does not move', (type) => {
      const machine = into(role, state);
      machine.send(type);
      expect(machine.did()).toEqual(['drop the unexpected message']);
      expect(stateOf(machine)).toBe(state);
    });

    test('is untrusted after the link has closed, and no timer is left', () => {
      const machine = into(role, state);
      machine.send('link.closed');
      expect(stateOf(machine)).toBe('untrusted');
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
    ['seedRequested'],
    ['keySent'],
  ])('gives up in state %s when its time is over, counted from the start', (state) => {
    const machine = into('client', state);
    machine.clock.advance(1_999);
    expect(stateOf(machine)).toBe(state);
    machine.clock.advance(1);
    expect(stateOf(machine)).toBe('untrusted');
    expect(machine.did()).toContain('report failed no-answer');
  });
});

describe('a client whose connection breaks while it proves itself', () => {
  test('reports that the connection was lost', () => {
    const machine = into('client', 'keySent');
    machine.send('link.closed');
    expect(machine.did()).toContain('report failed connection-lost');
  });

  test('reports too many wrong keys when two were refused before', () => {
    const machine = into('client', 'untrusted');
    for (const type of ['peer.trustDenied', 'peer.trustDenied', 'link.closed']) {
      machine.send('authentication.start', { timeoutMs: 2_000 });
      machine.send('peer.seedReceived');
      machine.did();
      machine.send(type);
    }
    expect(machine.did()).toContain('report failed too-many-wrong-keys');
  });

  test('counts the refused keys of a new connection anew', () => {
    const machine = into('client', 'untrusted');
    for (const type of ['peer.trustDenied', 'peer.trustDenied', 'link.closed', 'link.closed']) {
      machine.send('authentication.start', { timeoutMs: 2_000 });
      machine.send('peer.seedReceived');
      machine.did();
      machine.send(type);
    }
    expect(machine.did()).toContain('report failed connection-lost');
  });
});

describe('a server', () => {
  test('answers the first and the second wrong key after a penalty, and ends the connection at the third', () => {
    const machine = into('server', 'seedSent');
    machine.send('peer.keyRejected');
    expect(machine.did()).toEqual([
      'answer, after a penalty, that the key is wrong',
      'report failed wrong-secret',
      'forget the seed',
    ]);
    machine.send('peer.seedRequested');
    machine.send('peer.keyRejected');
    expect(machine.did()).toEqual([
      'send a fresh seed',
      'answer, after a penalty, that the key is wrong',
      'report failed wrong-secret',
      'forget the seed',
    ]);
    machine.send('peer.keyRejected');
    expect(machine.did()).toEqual([
      'report failed too-many-wrong-keys',
      'report a limit exceeded too-many-wrong-keys',
    ]);
  });

  test('stays trusted when a key comes that no seed was sent for', () => {
    const machine = into('server', 'trusted');
    machine.send('peer.keyRejected');
    expect(stateOf(machine)).toBe('trusted');
  });

  test('ends the trust when another seed is asked for', () => {
    const machine = into('server', 'trusted');
    machine.send('peer.seedRequested');
    expect(stateOf(machine)).toBe('seedSent');
    expect(machine.did()).toEqual(['report distrusted', 'send a fresh seed']);
  });

  test('forgets a seed after ten seconds', () => {
    const machine = into('server', 'seedSent');
    machine.clock.advance(10_000);
    expect(stateOf(machine)).toBe('untrusted');
  });

  test('closes the connection of a peer that asks for an eleventh seed', () => {
    const machine = authentication('server');
    for (let i = 0; i < 11; i++) machine.send('peer.seedRequested');
    expect(machine.did()).toContain('report a limit exceeded too-many-seed-requests');
  });
});
