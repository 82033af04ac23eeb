import { describe, expect, test } from 'vitest';
import { authenticationMachine, channelNameMachine } from '../../machines/index.js';
import { authenticationStateOf } from '../../src/protocol/role.js';
import { type RunningMachine, run } from '../support/machine.js';

function authentication(role: 'client' | 'server', maxSeedRequests = 10): RunningMachine {
  return run(
    authenticationMachine,
    { role, maxSeedRequests, seedLifetimeMs: 10_000 },
    /^(remember|count|forgive)/,
  );
}

function say(machine: RunningMachine, ...types: string[]): string[] {
  machine.did();
  for (const type of types) machine.send(type, { timeoutMs: 2_000, reason: 'unusable-seed' });
  return machine.did();
}

/** What a client does to send a key. */
const KEY = ['authentication.start', 'peer.seedReceived'];

describe('a client', () => {
  test('reports why it got no seed, and may begin again', () => {
    const machine = authentication('client');
    expect(say(machine, 'authentication.start', 'peer.seedDenied')).toEqual([
      'send the seed request',
      'report failed unusable-seed',
      'forget the seed',
    ]);
    expect(say(machine, ...KEY)).toEqual(['send the seed request', 'send the key']);
  });

  test('reports each key that the server refuses', () => {
    const machine = authentication('client');
    for (let n = 0; n < 3; n++) {
      expect(say(machine, ...KEY, 'peer.trustDenied')).toEqual([
        'send the seed request',
        'send the key',
        'report failed wrong-secret',
        'forget the seed',
      ]);
    }
  });

  test('takes a link that ends on its third key for a verdict, and on an earlier one for a loss', () => {
    for (const [refused, reason] of [
      [0, 'connection-lost'],
      [1, 'connection-lost'],
      [2, 'too-many-wrong-keys'],
      [3, 'too-many-wrong-keys'],
    ] as const) {
      const machine = authentication('client');
      for (let n = 0; n < refused; n++) say(machine, ...KEY, 'peer.trustDenied');
      expect(say(machine, ...KEY, 'link.closed')).toContain(`report failed ${reason}`);
    }
  });

  test.each([
    ['while it proves nothing', []],
    ['while it waits for a seed', ['authentication.start']],
    ['while it waits for the verdict', KEY],
  ])('counts refused keys anew on the next connection, when the last ended %s', (_, way) => {
    for (const refused of [1, 2]) {
      const machine = authentication('client');
      for (let n = 0; n < refused; n++) say(machine, ...KEY, 'peer.trustDenied');
      say(machine, ...way, 'link.closed');
      say(machine, ...KEY, 'peer.trustDenied');
      expect(say(machine, ...KEY, 'link.closed')).toContain('report failed connection-lost');
    }
  });

  test('gets the time that it was given last', () => {
    const machine = authentication('client');
    machine.send('authentication.start', { timeoutMs: 100 });
    machine.clock.advance(100);
    expect(machine.did()).toContain('report failed no-answer');
    machine.send('authentication.start', { timeoutMs: 300 });
    machine.clock.advance(299);
    expect(authenticationStateOf(machine.state())).toBe('seedRequested');
    machine.clock.advance(1);
    expect(authenticationStateOf(machine.state())).toBe('untrusted');
  });

  test('reports the end of trust, once', () => {
    const machine = authentication('client');
    say(machine, ...KEY, 'peer.trustGranted');
    expect(say(machine, 'link.closed', 'link.closed')).toEqual([
      'report distrusted',
      'forget the seed',
      'forget the seed',
    ]);
  });
});

describe('a server', () => {
  test('sends as many seeds as it may, and forgives them for a right key', () => {
    const machine = authentication('server', 3);
    expect(say(machine, 'peer.seedRequested', 'peer.seedRequested', 'peer.seedRequested')).toEqual(
      Array.from({ length: 3 }, () => 'send a fresh seed'),
    );
    expect(say(machine, 'peer.keyAccepted')).toEqual([
      'answer that the key is right',
      'forget the seed',
      'report trusted',
    ]);
    for (let n = 0; n < 3; n++) expect(say(machine, 'peer.seedRequested')).toContain('send a fresh seed');
    expect(say(machine, 'peer.seedRequested')).toContain('report a limit exceeded too-many-seed-requests');
    expect(authenticationStateOf(machine.state())).toBe('untrusted');
  });

  test('refuses the seed that is one too many in every state, and ends the trust', () => {
    const machine = authentication('server', 1);
    say(machine, 'peer.seedRequested', 'peer.keyAccepted', 'peer.seedRequested', 'peer.keyRejected');
    expect(authenticationStateOf(machine.state())).toBe('untrusted');
    expect(say(machine, 'peer.seedRequested')).toEqual([
      'report a limit exceeded too-many-seed-requests',
      'forget the seed',
    ]);
  });

  test('counts wrong keys and seeds anew on the next connection', () => {
    const machine = authentication('server', 2);
    say(machine, 'peer.seedRequested', 'peer.keyRejected', 'peer.seedRequested', 'peer.keyRejected');
    say(machine, 'link.closed');
    for (let n = 0; n < 2; n++) {
      expect(say(machine, 'peer.seedRequested', 'peer.keyRejected')).toEqual([
        'send a fresh seed',
        'answer, after a penalty, that the key is wrong',
        'report failed wrong-secret',
        'forget the seed',
      ]);
    }
    expect(say(machine, 'peer.keyRejected')).toEqual([
      'report failed too-many-wrong-keys',
      'report a limit exceeded too-many-wrong-keys',
    ]);
  });

  test('counts a key without a seed as a wrong one, and keeps its trust', () => {
    const machine = authentication('server');
    say(machine, 'peer.seedRequested', 'peer.keyAccepted');
    for (let n = 0; n < 2; n++) {
      expect(say(machine, 'peer.keyRejected')).toEqual([
        'answer, after a penalty, that the key is wrong',
        'report failed key-without-seed',
      ]);
      expect(authenticationStateOf(machine.state())).toBe('trusted');
    }
    expect(say(machine, 'peer.keyRejected')).toEqual([
      'report failed too-many-wrong-keys',
      'report a limit exceeded too-many-wrong-keys',
    ]);
  });

  test('lets the third wrong key for a seed end it', () => {
    const machine = authentication('server');
    for (let n = 0; n < 2; n++) say(machine, 'peer.seedRequested', 'peer.keyRejected');
    expect(say(machine, 'peer.seedRequested', 'peer.keyRejected')).toEqual([
      'send a fresh seed',
      'report failed too-many-wrong-keys',
      'report a limit exceeded too-many-wrong-keys',
      'forget the seed',
    ]);
    expect(authenticationStateOf(machine.state())).toBe('untrusted');
  });

  test('forgets a seed that nobody used in its time, each in its own', () => {
    const machine = authentication('server');
    say(machine, 'peer.seedRequested');
    machine.clock.advance(9_999);
    say(machine, 'peer.seedRequested');
    machine.clock.advance(9_999);
    expect(authenticationStateOf(machine.state())).toBe('seedSent');
    machine.clock.advance(1);
    expect([authenticationStateOf(machine.state()), machine.did()]).toEqual([
      'untrusted',
      ['forget the seed'],
    ]);
  });

  test('reports the end of trust when the client asks for another seed', () => {
    const machine = authentication('server');
    say(machine, 'peer.seedRequested', 'peer.keyAccepted');
    expect(say(machine, 'peer.seedRequested')).toEqual(['report distrusted', 'send a fresh seed']);
  });
});

describe('the exchange of names', () => {
  function names(role: 'client' | 'server', name: string | null): RunningMachine {
    return run(channelNameMachine, { role, name }, /^(take the name over|expect)/);
  }

  test('of a server without a name takes the first over, and answers later ones', () => {
    const machine = names('server', null);
    machine.send('link.opened');
    machine.send('peer.nameRequested', { name: 'garden' });
    expect(machine.did()).toEqual([
      'use the name garden',
      'answer with a name ',
      'know the peer by its name garden',
    ]);
    machine.send('peer.nameRequested', { name: 'cellar' });
    expect(machine.did()).toEqual(['drop the second name', 'answer with a name ']);
    machine.send('peer.nameRequested', { name: null });
    expect(machine.did()).toEqual(['answer with a name garden']);
  });

  test('of a server with a name warns of another, and not of its own', () => {
    for (const [got, did] of [
      [
        'cellar',
        [
          'warn of another name garden cellar',
          'use the name cellar',
          'answer with a name ',
          'know the peer by its name cellar',
        ],
      ],
      ['garden', ['use the name garden', 'answer with a name ', 'know the peer by its name garden']],
    ] as const) {
      const machine = names('server', 'garden');
      machine.send('link.opened');
      machine.send('peer.nameRequested', { name: got });
      expect(machine.did()).toEqual(did);
      machine.send('peer.nameRequested', { name: null });
      expect(machine.did()).toEqual([`answer with a name ${got}`]);
    }
  });

  test('of a client takes a name over if it has none, and keeps its own', () => {
    const without = names('client', null);
    without.send('link.opened');
    expect(without.did()).toEqual(['ask for the name ']);
    without.send('peer.nameAnswered', { name: 'garden' });
    expect(without.did()).toEqual(['use the name garden', 'know the peer by its name garden']);
    for (const name of ['cellar', null]) {
      without.send('peer.nameRequested', { name });
      expect(without.did()).toEqual(['drop the unexpected message']);
    }
    without.send('link.closed');
    without.send('link.opened');
    expect(without.did()).toEqual(['ask for the name garden']);

    const own = names('client', 'cellar');
    own.send('link.opened');
    own.send('peer.nameAnswered', { name: 'garden' });
    expect(own.did()).toEqual(['ask for the name cellar', 'know the peer by its name garden']);
  });
});
