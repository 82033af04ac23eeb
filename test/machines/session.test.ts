import { describe, expect, test } from 'vitest';
import { createActor, fromCallback } from 'xstate';
import { type SessionEvent, type SessionInput, sessionMachine } from '../../machines/index.js';
import { AUTHENTICATION_PEER_EVENTS, CHANNEL_NAME_PEER_EVENTS } from '../support/peer-events.js';

const INPUT: SessionInput = {
  role: 'client',
  channelName: null,
  isSecretSet: true,
  isAutoAuthOn: true,
  maxSeedRequests: 10,
  seedLifetimeMs: 10_000,
  authenticationTimeoutMs: 2_000,
  opensLinks: true,
  reopensLinks: true,
  returnsAfterRefusal: true,
  maxConnectAttempts: 3,
  endsWithItsLink: false,
  hasHeartbeat: true,
};

/** The session machine alone: its children only write down what they hear, its effects what they were. */
function session(input: Partial<SessionInput> = {}) {
  let heard: string[] = [];
  const child = (name: string) =>
    fromCallback<{ type: string }>(({ receive }) =>
      receive(({ type }) => void heard.push(`${name} hears ${type}`)),
    );
  const effects = Object.keys(sessionMachine.implementations.actions).filter((name) =>
    /^(let|announce|refuse what) /.test(name),
  );
  const machine = sessionMachine.provide({
    actors: {
      connection: child('connection'),
      authentication: child('authentication'),
      channelName: child('channelName'),
      heartbeat: child('heartbeat'),
      pendingRequests: child('pendingRequests'),
      drain: child('drain'),
    } as never,
    actions: Object.fromEntries(
      effects.map((name) => [
        name,
        (_: unknown, params?: { reason: string }) =>
          void heard.push(params ? `${name}: ${params.reason}` : name),
      ]),
    ),
  });
  const actor = createActor(machine, { input: { ...INPUT, ...input } }).start();
  heard = [];
  return {
    send: (event: SessionEvent): string[] => {
      heard = [];
      actor.send(event);
      return heard;
    },
    value: () => actor.getSnapshot().value,
    status: () => actor.getSnapshot().status,
    children: () => Object.keys(actor.getSnapshot().children),
  };
}

describe('the session', () => {
  test.each([
    [true, ['connection', 'authentication', 'channelName', 'heartbeat', 'pendingRequests']],
    [false, ['connection', 'authentication', 'channelName', 'pendingRequests']],
  ])('spawns its children once, and keeps them; a heartbeat where it is to have one: %s', (hasHeartbeat, all) => {
    const machine = session({ hasHeartbeat });
    expect(machine.children()).toEqual(all);
    machine.send({ type: 'connection.established' });
    machine.send({ type: 'connection.lost', reason: 'network-error' });
    expect(machine.children()).toEqual(all);
  });

  test('starts and stops the heartbeat with the link, asks when it is due, and gives up when it was missed', () => {
    const machine = session({ isSecretSet: false });
    expect(machine.send({ type: 'connection.established' })).toContain('heartbeat hears link.opened');
    expect(machine.send({ type: 'heartbeat.due' })).toEqual(['channelName hears heartbeat.due']);
    expect(machine.send({ type: 'heartbeat.missed' })).toEqual(['connection hears connection.reset']);
    expect(machine.send({ type: 'connection.lost', reason: 'peer-silent' })).toContain(
      'heartbeat hears link.closed',
    );
    expect(machine.send({ type: 'heartbeat.due' })).toEqual([]);
  });

  test.each([
    ['a client with a secret', {}, { connected: 'restricted' }, true],
    ['a client with autoAuth off', { isAutoAuthOn: false }, { connected: 'restricted' }, false],
    ['a server with a secret', { role: 'server' }, { connected: 'restricted' }, false],
    ['one without a secret', { isSecretSet: false }, { connected: 'unprotected' }, false],
  ] as const)('of %s exchanges names first, then authenticates or not', (_, input, value, authenticates) => {
    const machine = session(input);
    const heard = machine.send({ type: 'connection.established' });
    expect(machine.value()).toEqual(value);
    expect(heard.filter((each) => / hears /.test(each))).toEqual([
      'channelName hears link.opened',
      'heartbeat hears link.opened',
      ...(authenticates ? ['authentication hears authentication.start'] : []),
      'pendingRequests hears requests.release',
    ]);
  });

  test('lets everything pass when the peer is trusted, and no longer when it is not', () => {
    const machine = session();
    machine.send({ type: 'connection.established' });
    expect(machine.send({ type: 'authentication.trusted' })).toEqual([
      'announce trusted',
      'let everything pass',
      'connection hears connection.trusted',
      'pendingRequests hears requests.release',
    ]);
    expect(machine.send({ type: 'authentication.distrusted' })).toEqual([
      'announce untrusted',
      'let only the whitelist pass',
    ]);
  });

  test.each([
    [false, 'disconnected'],
    [true, 'closing'],
  ])('that loses its link tells all children; where it ends with its link (%s) it is %s', (endsWithItsLink, value) => {
    const machine = session({ endsWithItsLink });
    machine.send({ type: 'connection.established' });
    machine.send({ type: 'authentication.trusted' });
    const heard = machine.send({ type: 'connection.lost', reason: 'network-error' });
    expect(machine.value()).toBe(value);
    expect(heard.filter((each) => each.startsWith('announce'))).toEqual([
      'announce untrusted',
      'announce disconnected: network-error',
      ...(endsWithItsLink ? ['announce closing'] : []),
    ]);
    expect(heard).toEqual(
      expect.arrayContaining([
        'let nothing pass',
        'pendingRequests hears link.closed',
        'authentication hears link.closed',
        'channelName hears link.closed',
      ]),
    );
  });

  test('that loses its link before there is trust keeps what waits for trust', () => {
    const machine = session();
    machine.send({ type: 'connection.established' });
    const heard = machine.send({ type: 'connection.lost', reason: 'handshake-missed' });
    expect(machine.value()).toBe('disconnected');
    expect(heard.filter((each) => each.startsWith('pendingRequests'))).toEqual([
      'pendingRequests hears handshake.missed',
    ]);
  });

  test('that loses its link before there is trust, and opens no other, fails what waits for it', () => {
    const machine = session({ reopensLinks: false });
    machine.send({ type: 'connection.established' });
    const heard = machine.send({ type: 'connection.lost', reason: 'handshake-missed' });
    expect(heard).toContain('pendingRequests hears link.closed');
  });

  test.each([
    'no-answer',
    'unusable-seed',
  ] as const)('takes a handshake that ends with %s for a failed attempt', (reason) => {
    const machine = session();
    machine.send({ type: 'connection.established' });
    expect(machine.send({ type: 'authentication.failed', reason })).toEqual([
      `announce a failed authentication: ${reason}`,
      'connection hears connection.reset',
    ]);
  });

  test.each([
    'wrong-secret',
    'peer-has-no-secret',
  ] as const)('takes %s for a verdict: nothing waits for trust any more', (reason) => {
    const machine = session();
    machine.send({ type: 'connection.established' });
    expect(machine.send({ type: 'authentication.failed', reason })).toEqual([
      `announce a failed authentication: ${reason}`,
      'connection hears connection.refuse',
    ]);
    const heard = machine.send({ type: 'connection.refused' });
    expect(machine.value()).toBe('refused');
    expect(heard).toEqual(
      expect.arrayContaining([
        'announce disconnected: key-refused',
        'refuse what asks',
        'pendingRequests hears handshake.missed',
        'pendingRequests hears authentication.refused',
      ]),
    );
    machine.send({ type: 'connection.established' });
    expect(machine.value()).toEqual({ connected: 'restricted' });
  });

  test('keeps a link that its transport opens by itself, and fails what waits for trust', () => {
    const machine = session({ opensLinks: false });
    machine.send({ type: 'connection.established' });
    expect(machine.send({ type: 'authentication.failed', reason: 'wrong-secret' })).toEqual([
      'announce a failed authentication: wrong-secret',
      'pendingRequests hears authentication.refused',
    ]);
  });

  test('that was refused waits for the next link when the user wants one', () => {
    const machine = session();
    machine.send({ type: 'connection.established' });
    machine.send({ type: 'authentication.failed', reason: 'wrong-secret' });
    machine.send({ type: 'connection.refused' });
    expect(machine.send({ type: 'session.reconnect' })).toEqual([
      'let nothing pass',
      'connection hears connection.reconnect',
    ]);
    expect(machine.value()).toBe('disconnected');
  });

  test.each([
    ['a client with autoAuth off', { isAutoAuthOn: false }],
    ['a server', { role: 'server' }],
  ] as const)('of %s keeps its link when an authentication fails', (_, input) => {
    const machine = session(input);
    machine.send({ type: 'connection.established' });
    for (const reason of ['no-answer', 'wrong-secret'] as const) {
      expect(machine.send({ type: 'authentication.failed', reason })).toEqual([
        `announce a failed authentication: ${reason}`,
      ]);
    }
  });

  test('wakes its connection when something waits for it', () => {
    expect(session().send({ type: 'requests.waiting' })).toEqual(['connection hears connection.wake']);
  });

  test('routes what the peer says to the child that it concerns, and to no other', () => {
    const machine = session();
    for (const type of AUTHENTICATION_PEER_EVENTS) {
      expect(machine.send({ type, reason: 'unusable-seed' } as SessionEvent)).toEqual([
        `authentication hears ${type}`,
      ]);
    }
    for (const type of CHANNEL_NAME_PEER_EVENTS) {
      expect(machine.send({ type, name: 'x' })).toEqual([`channelName hears ${type}`]);
    }
  });

  test('that is closed tells its requests, closes the connection, and is over when the transport is', () => {
    const machine = session();
    machine.send({ type: 'connection.established' });
    const heard = machine.send({ type: 'session.close' });
    expect(heard).toEqual(
      expect.arrayContaining([
        'let nothing pass',
        'announce closing',
        'pendingRequests hears session.closed',
        'connection hears connection.close',
      ]),
    );
    expect(machine.value()).toBe('closing');
    expect(machine.send({ type: 'transport.closed' })).toEqual(['announce closed']);
    expect([machine.value(), machine.status()]).toEqual(['closed', 'done']);
  });

  test.each([
    { type: 'session.start' },
    { type: 'session.close' },
    { type: 'session.drain', timeoutMs: 1_000 },
    { type: 'work.finished' },
    { type: 'drain.ended' },
    { type: 'output.drained' },
    { type: 'requests.waiting' },
    { type: 'connection.established' },
    { type: 'authentication.trusted' },
  ] as const)('that closes does nothing more: $type', (event) => {
    const machine = session();
    machine.send({ type: 'session.close' });
    expect(machine.send(event)).toEqual([]);
    expect(machine.value()).toBe('closing');
  });

  test.each([
    ['without a link', [], 'disconnected'],
    ['before trust', ['connection.established'], { connected: 'restricted' }],
    ['with trust', ['connection.established', 'authentication.trusted'], { connected: 'trusted' }],
  ] as const)('that drains %s lets nothing new begin, and all else go on', (_, before, value) => {
    const machine = session();
    for (const type of before) machine.send({ type });
    expect(machine.send({ type: 'session.drain', timeoutMs: 1_000 })).toEqual(['let nothing new begin']);
    expect([machine.value(), machine.children().at(-1)]).toEqual([value, 'drain']);
    expect(machine.send({ type: 'work.finished' })).toEqual(['drain hears work.finished']);
    expect(machine.value()).toEqual(value);
    machine.send({ type: 'drain.ended' });
    expect([machine.value(), machine.children()]).toEqual(['closing', expect.not.arrayContaining(['drain'])]);
  });

  test.each([
    [true, 'pendingRequests hears link.closed'],
    [false, 'pendingRequests hears handshake.missed'],
  ])('whose peer half-closes asks nothing more on the link, and keeps it; with trust: %s', (isTrusted, hears) => {
    const machine = session();
    machine.send({ type: 'connection.established' });
    if (isTrusted) machine.send({ type: 'authentication.trusted' });
    const heard = machine.send({ type: 'connection.halfClosed' });
    expect(heard).toEqual([
      ...(isTrusted ? ['announce untrusted'] : []),
      'let nothing more be asked',
      hears,
      'heartbeat hears link.closed',
    ]);
    expect(machine.value()).toEqual({ connected: 'finishing' });
    expect(machine.send({ type: 'answers.sent' })).toEqual(['connection hears answers.sent']);
  });

  test.each([
    [{}, 'disconnected', false],
    [{ opensLinks: false, role: 'server' }, 'disconnected', false],
    [{ reopensLinks: false }, 'disconnected', true],
    [{ opensLinks: false, role: 'server', endsWithItsLink: true }, 'closing', true],
  ] as const)('that has finished keeps what waits for the next link, if there will be one: %j', (input, value, fails) => {
    const machine = session(input);
    machine.send({ type: 'connection.established' });
    machine.send({ type: 'connection.halfClosed' });
    const heard = machine.send({ type: 'connection.lost', reason: 'peer-closed' });
    expect(machine.value()).toBe(value);
    expect(heard.includes('pendingRequests hears link.closed')).toBe(fails);
    expect(heard).toContain('announce disconnected: peer-closed');
  });

  test('that drains takes the next link, and is trusted on it', () => {
    const machine = session();
    machine.send({ type: 'session.drain', timeoutMs: 1_000 });
    expect(machine.send({ type: 'connection.established' })).toContain(
      'pendingRequests hears requests.release',
    );
    expect(machine.send({ type: 'authentication.trusted' })).toContain('let everything pass');
  });

  test('that drains is closed at once when the user wants it', () => {
    const machine = session();
    machine.send({ type: 'session.drain', timeoutMs: 1_000 });
    machine.send({ type: 'session.close' });
    expect([machine.value(), machine.children()]).toEqual(['closing', expect.not.arrayContaining(['drain'])]);
  });

  test.each([
    [{ type: 'peer.limitExceeded', reason: 'too-much-noise' }, 'connection hears connection.reset'],
    [
      { type: 'authentication.limitExceeded', reason: 'too-many-wrong-keys' },
      'connection hears connection.reset',
    ],
    [{ type: 'requests.overdue' }, 'connection hears connection.reset'],
    [{ type: 'link.answerRefused' }, 'connection hears connection.reset'],
  ] as const)('resets the connection for %j', (event, heard) => {
    const machine = session();
    machine.send({ type: 'connection.established' });
    expect(machine.send(event)).toEqual([heard]);
  });
});
