import { describe, expect, test } from 'vitest';
import * as machines from '../../machines/index.js';
import { type RunningMachine, run } from '../support/machine.js';

describe('the connection', () => {
  const connection = (fields: object = {}): RunningMachine =>
    run(
      machines.connectionMachine,
      {
        opensLinks: true,
        reopensLinks: true,
        needsTrust: false,
        returnsAfterRefusal: true,
        maxAttempts: 3,
        ...fields,
      },
      /^(count|forget)/,
      { 'connect time-out': 1_000, 'reconnect delay': 100, 'refusal delay': 60_000 },
    );

  test('of a client opens a link, and another one some time after it was lost', () => {
    const machine = connection();
    machine.send('connection.open');
    machine.send('link.opened');
    expect(machine.did()).toEqual(['open a link', 'report established']);
    machine.send('link.closed', { reason: 'cut' });
    expect([machine.state(), machine.did()]).toEqual(['waitingToReconnect', ['report lost cut']]);
    machine.clock.advance(100);
    expect([machine.state(), machine.did()]).toEqual(['connecting', ['open a link']]);
  });

  test('gives up after the last attempt that it may make, and tries again when it is asked to', () => {
    const machine = connection();
    machine.send('connection.open');
    for (let i = 0; i < 3; i++) {
      machine.send('link.failed', { reason: 'refused' });
      machine.clock.advance(100);
    }
    expect(machine.state()).toBe('disconnected');
    expect(machine.did()).toContain('report abandoned refused');
    machine.send('connection.reconnect');
    expect(machine.state()).toBe('connecting');
  });

  test('closes a link that the peer has half-closed, at once where it owes no answer', () => {
    const machine = connection();
    machine.send('connection.open');
    machine.send('link.opened');
    machine.did();
    machine.send('link.ended', { owesAnswers: false });
    expect(machine.did()).toEqual(['break the link peer-closed']);
  });

  test('closes a link that the peer has half-closed when the answers are sent, and opens another', () => {
    const machine = connection();
    machine.send('connection.open');
    machine.send('link.opened');
    machine.did();
    machine.send('link.ended', { owesAnswers: true });
    expect([machine.state(), machine.did()]).toEqual([{ connected: 'finishing' }, ['report half-closed']]);
    machine.send('link.ended', { owesAnswers: false });
    expect(machine.did()).toEqual([]);
    machine.send('answers.sent');
    expect(machine.did()).toEqual(['break the link peer-closed']);
    machine.send('link.closed', { reason: 'peer-closed' });
    expect([machine.state(), machine.did()]).toEqual(['waitingToReconnect', ['report lost peer-closed']]);
  });

  test('breaks an attempt that takes too long', () => {
    const machine = connection();
    machine.send('connection.open');
    machine.clock.advance(1_000);
    expect(machine.state()).toBe('waitingToReconnect');
    expect(machine.did()).toContain('break the link connect-timeout');
  });

  test('that must not be reopened stays down', () => {
    const machine = connection({ reopensLinks: false });
    machine.send('connection.open');
    machine.send('link.opened');
    machine.send('link.closed', { reason: 'cut' });
    expect([machine.state(), machine.clock.pending]).toEqual(['disconnected', 0]);
    expect(machine.did().slice(-2)).toEqual(['report lost cut', 'report abandoned cut']);
  });

  test('of a server waits for its peers, one after the other', () => {
    const machine = connection({ opensLinks: false, reopensLinks: false });
    machine.send('connection.open');
    expect(machine.state()).toBe('disconnected');
    machine.send('link.opened');
    machine.send('connection.reset', { reason: 'nonsense' });
    machine.send('link.closed', { reason: 'nonsense' });
    machine.send('link.opened');
    expect(machine.did()).toEqual([
      'report established',
      'break the link nonsense',
      'report lost nonsense',
      'report established',
    ]);
  });

  test('that is asked to reconnect breaks its link, and does not mistake the end of the old one for that of the new', () => {
    const machine = connection();
    machine.send('connection.open');
    machine.send('link.opened');
    machine.send('connection.reconnect');
    machine.send('link.closed', { reason: 'the old one' });
    machine.send('link.opened');
    expect(machine.state()).toEqual({ connected: 'onProbation' });
  });

  test('of a client that needs trust counts a link without it as a failed attempt', () => {
    const machine = connection({ needsTrust: true });
    machine.send('connection.open');
    for (const state of ['waitingToReconnect', 'waitingToReconnect', 'disconnected']) {
      machine.send('link.opened');
      expect(machine.state()).toEqual({ connected: 'shakingHands' });
      machine.clock.advance(60_000);
      machine.send('link.closed', { reason: 'handshake-missed' });
      expect(machine.state()).toBe(state);
      machine.clock.advance(100);
    }
    expect(machine.did().slice(-2)).toEqual([
      'report lost handshake-missed',
      'report abandoned handshake-missed',
    ]);
  });

  test('forgets failed attempts when a trusted link has held', () => {
    const machine = connection({ needsTrust: true });
    machine.send('connection.open');
    for (let i = 0; i < 4; i++) {
      machine.send('link.failed', { reason: 'refused' });
      machine.clock.advance(100);
      machine.send('link.opened');
      machine.send('connection.trusted');
      expect(machine.state()).toEqual({ connected: 'onProbation' });
      machine.clock.advance(5_000);
      expect(machine.state()).toEqual({ connected: 'proven' });
      machine.send('link.closed', { reason: 'cut' });
      expect(machine.state()).toBe('waitingToReconnect');
      machine.clock.advance(100);
    }
  });

  test('leaves a peer that refused the key alone for long, and then tries again', () => {
    const machine = connection({ needsTrust: true });
    machine.send('connection.open');
    machine.send('link.opened');
    machine.did();
    machine.send('connection.refuse');
    machine.send('link.closed', { reason: 'key-refused' });
    machine.send('connection.wake');
    expect([machine.state(), machine.did()]).toEqual([
      'refused',
      ['break the link key-refused', 'report refused'],
    ]);
    machine.clock.advance(59_999);
    expect(machine.state()).toBe('refused');
    machine.clock.advance(1);
    expect(machine.state()).toBe('connecting');
  });

  test.each([
    { returnsAfterRefusal: false },
    { reopensLinks: false },
  ])('with %j leaves a peer that refused the key alone until the user wants otherwise', (fields) => {
    const machine = connection({ needsTrust: true, ...fields });
    machine.send('connection.open');
    machine.send('link.opened');
    machine.send('connection.refuse');
    expect([machine.state(), machine.clock.pending]).toEqual(['refusedForGood', 0]);
    expect(machine.did()).toContain('report abandoned key-refused');
    machine.send('connection.reconnect');
    expect(machine.state()).toBe('connecting');
  });

  test('asks anew how long its pause is when somebody waits, which counts as no failure', () => {
    const machine = connection();
    machine.send('connection.open');
    machine.send('link.failed', { reason: 'refused' });
    machine.clock.advance(99);
    machine.send('connection.wake');
    machine.clock.advance(99);
    expect(machine.state()).toBe('waitingToReconnect');
    machine.clock.advance(1);
    expect([machine.state(), machine.actor.getSnapshot().context.failedAttempts]).toEqual(['connecting', 1]);
  });

  test('of a server that cannot listen says so, and that nothing will follow', () => {
    const machine = connection({ opensLinks: false, reopensLinks: false });
    machine.send('link.failed', { reason: 'cannot-listen' });
    expect(machine.did()).toEqual([
      'report a failed attempt cannot-listen',
      'report abandoned cannot-listen',
    ]);
  });

  test.each([
    'disconnected',
    'connecting',
    'connected',
    'waitingToReconnect',
    'refused',
  ])('is closed for good from %s', (state) => {
    const machine = connection({ needsTrust: true });
    if (state !== 'disconnected') machine.send('connection.open');
    if (state === 'connected' || state === 'refused') machine.send('link.opened');
    if (state === 'waitingToReconnect') machine.send('link.failed', { reason: 'refused' });
    if (state === 'refused') machine.send('connection.refuse');
    expect(machine.state()).toEqual(state === 'connected' ? { connected: 'shakingHands' } : state);
    machine.send('connection.close');
    expect([machine.state(), machine.clock.pending]).toEqual(['closed', 0]);
    expect(machine.did()).toContain('close the transport');
  });
});

describe('the channel name', () => {
  const channel = (role: string, name: string | null): RunningMachine => {
    const machine = run(machines.channelNameMachine, { role, name }, /^take|^expect/);
    machine.send('link.opened');
    return machine;
  };

  test.each([
    ['theirs', null, ['use the name theirs', 'know the peer by its name theirs']],
    ['theirs', 'mine', ['know the peer by its name theirs']],
    [null, null, []],
  ])('of a client: the answer %j where it has %j', (answer, own, effects) => {
    const machine = channel('client', own);
    expect(machine.did()).toEqual([`ask for the name ${own ?? ''}`]);
    machine.send('peer.nameAnswered', { name: answer });
    expect([machine.state(), machine.did()]).toEqual(['exchanged', effects]);
  });

  test.each([
    [null, 'mine', ['answer with a name mine']],
    ['theirs', null, ['use the name theirs', 'answer with a name ', 'know the peer by its name theirs']],
    ['same', 'same', ['use the name same', 'answer with a name ', 'know the peer by its name same']],
    [
      'theirs',
      'mine',
      [
        'warn of another name mine theirs',
        'use the name theirs',
        'answer with a name ',
        'know the peer by its name theirs',
      ],
    ],
  ])('of a server: the request %j where it has %j', (name, own, effects) => {
    const machine = channel('server', own);
    machine.send('peer.nameRequested', { name });
    expect(machine.did()).toEqual(effects);
    machine.send('peer.nameRequested', { name: 'second' });
    expect(machine.did()).toEqual(['drop the second name', 'answer with a name ']);
  });

  test('drops what its role or state does not expect', () => {
    const server = channel('server', null);
    server.send('peer.nameAnswered', { name: 'x' });
    const client = channel('client', null);
    client.did();
    client.send('peer.nameRequested', { name: 'x' });
    expect([server.did(), client.did()]).toEqual([
      ['drop the unexpected message'],
      ['drop the unexpected message'],
    ]);
  });

  test('of a client asks again without its name, and takes as many answers for nothing else', () => {
    const client = channel('client', 'mine');
    client.send('heartbeat.due');
    expect([client.state(), client.did()]).toEqual([
      'nameRequested',
      ['ask for the name mine', 'ask for the name '],
    ]);
    for (const name of ['theirs', null]) client.send('peer.nameAnswered', { name });
    expect([client.state(), client.did()]).toEqual(['exchanged', ['know the peer by its name theirs']]);
    client.send('heartbeat.due');
    client.send('peer.nameAnswered', { name: 'theirs' });
    expect(client.did()).toEqual(['ask for the name ']);
    client.send('peer.nameAnswered', { name: 'theirs' });
    expect(client.did()).toEqual(['drop the unexpected message']);
  });

  test('forgets unanswered questions with the link', () => {
    const client = channel('client', null);
    client.send('peer.nameAnswered', { name: null });
    client.send('heartbeat.due');
    client.send('link.closed');
    client.send('link.opened');
    client.send('peer.nameAnswered', { name: 'theirs' });
    client.did();
    client.send('peer.nameAnswered', { name: 'theirs' });
    expect(client.did()).toEqual(['drop the unexpected message']);
  });
});

describe('the heartbeat', () => {
  const heartbeat = (): RunningMachine => {
    const machine = run(machines.heartbeatMachine, undefined, /^$/, {
      'rest of the silence': 20,
      'time to answer': 10,
    });
    machine.send('link.opened');
    return machine;
  };
  const LOOK = 'look whether something came';

  test('looks when the silence is over, and goes on listening where something came', () => {
    const machine = heartbeat();
    machine.clock.advance(19);
    expect(machine.did()).toEqual([]);
    machine.clock.advance(1);
    machine.send('line.heard');
    expect([machine.state(), machine.did()]).toEqual(['listening', [LOOK]]);
    machine.clock.advance(20);
    expect(machine.did()).toEqual([LOOK]);
  });

  test('asks after a silence, and reports the peer when it does not answer either', () => {
    const machine = heartbeat();
    machine.clock.advance(20);
    machine.send('line.silent');
    expect([machine.state(), machine.did()]).toEqual(['asked', [LOOK, 'report that the peer must be asked']]);
    machine.clock.advance(10);
    machine.send('line.silent');
    expect([machine.state(), machine.did()]).toEqual(['silent', [LOOK, 'report that the peer is silent']]);
    machine.clock.advance(1_000);
    expect([machine.did(), machine.clock.pending]).toEqual([[], 0]);
  });

  test('listens again when the peer has answered', () => {
    const machine = heartbeat();
    machine.clock.advance(20);
    machine.send('line.silent');
    machine.clock.advance(10);
    machine.send('line.heard');
    expect([machine.state(), machine.clock.pending]).toEqual(['listening', 1]);
  });

  test.each(['listening', 'asked', 'silent'])('rests without a link, after %s too', (state) => {
    const machine = heartbeat();
    if (state !== 'listening') machine.send('line.silent');
    if (state === 'silent') machine.send('line.silent');
    expect(machine.state()).toBe(state);
    machine.send('link.closed');
    expect([machine.state(), machine.clock.pending]).toEqual(['unlinked', 0]);
  });
});

describe('the drain', () => {
  const drain = (): RunningMachine => run(machines.drainMachine, { timeoutMs: 1_000 }, /^never/);

  test('ends when the work is finished, and leaves no timer', () => {
    const machine = drain();
    expect([machine.state(), machine.clock.pending]).toEqual(['draining', 1]);
    machine.send('work.finished');
    expect([machine.state(), machine.did(), machine.clock.pending]).toEqual([
      'finished',
      ['report the end'],
      0,
    ]);
  });

  test('is cut short when its time is over', () => {
    const machine = drain();
    machine.clock.advance(999);
    expect(machine.state()).toBe('draining');
    machine.clock.advance(1);
    expect([machine.state(), machine.did()]).toEqual(['cutShort', ['report the end']]);
  });
});
