import { describe, expect, test } from 'vitest';
import { differences } from '../../visualizations/debugger/charts/differences.js';
import {
  activePaths,
  countsOf,
  eventName,
  isFailed,
  shownOf,
  stateName,
} from '../../visualizations/debugger/charts/steps.js';
import { fitting, stepped } from '../../visualizations/debugger/charts/zoom.js';
import { GroupHistory } from '../../visualizations/debugger/store/world.js';
import { numbered, state } from './page-support.js';

describe('a context', () => {
  test('is shown as what a step has changed, and the rest', () => {
    expect(
      differences(
        { wrongKeys: 0, limits: { seeds: 10, keys: 3 }, gone: 'x', names: ['a'] },
        { wrongKeys: 1, limits: { seeds: 10, keys: 2 }, names: ['a'], late: null },
      ),
    ).toEqual({
      changed: [
        { path: 'wrongKeys', before: '0', after: '1' },
        { path: 'limits.keys', before: '3', after: '2' },
        { path: 'late', before: null, after: 'null' },
        { path: 'gone', before: '"x"', after: null },
      ],
      same: [
        { path: 'limits.seeds', value: '10' },
        { path: 'names', value: '["a"]' },
      ],
    });
  });

  test('that was never seen before has changed nothing', () => {
    expect(differences(null, { a: 1 })).toEqual({ changed: [], same: [{ path: 'a', value: '1' }] });
    expect(differences(null, null)).toEqual({ changed: [], same: [] });
    expect(differences({}, {})).toEqual({ changed: [], same: [] });
  });
});

describe('a step', () => {
  const AFTER = 'xstate.after.';
  test.each([
    ['peer.trustDenied', 'client.proving.keySent peer.trustDenied 0', 'untrusted'],
    ['peer.seedDenied', 'client.proving.seedRequested peer.seedDenied 0', 'untrusted'],
    ['link.closed', 'client.proving link.closed 1', 'untrusted'],
    [`${AFTER}time-out.authentication.client.proving`, 'client.proving x 0', 'untrusted'],
    [`${AFTER}seed lifetime.authentication.server.seedSent`, 'server.seedSent x 0', 'untrusted'],
    ['peer.keyRejected', 'server.seedSent peer.keyRejected 0', 'untrusted'],
    ['connection.refused', 'connected connection.refused 0', 'refused'],
    ['link.failed', 'connecting link.failed 0', 'waitingToReconnect'],
    [`${AFTER}connect time-out.connection.connecting`, 'connecting x 0', 'waitingToReconnect'],
    [`${AFTER}time left.pendingRequest.waiting`, 'waiting x 0', 'ghost'],
    [`${AFTER}time left.pendingRequest.queued`, 'queued x 0', 'timedOut'],
  ])('has failed: %s by %s to %s', (event, key, to) => {
    expect(isFailed({ event, keys: [key], to })).toBe(true);
  });

  test.each([
    ['authentication.start', 'client.untrusted authentication.start 0', 'seedRequested'],
    ['peer.trustGranted', 'client.proving.keySent peer.trustGranted 0', 'trusted'],
    ['link.closed', 'client link.closed 0', 'untrusted'],
    ['link.closed', 'connected link.closed 0', 'waitingToReconnect'],
    [`${AFTER}reconnect delay.connection.waitingToReconnect`, 'waitingToReconnect x 0', 'connecting'],
    ['request.cancelled', 'waiting request.cancelled 0', 'ghost'],
    ['session.close', ' session.close 0', 'closing'],
  ])('has not failed: %s by %s to %s', (event, key, to) => {
    expect(isFailed({ event, keys: [key], to })).toBe(false);
  });

  test('that took no transition has not failed, whatever its event is called', () => {
    expect(isFailed({ event: 'link.failed', keys: [], to: 'closed' })).toBe(false);
  });

  test('is named as in the pictures', () => {
    expect(
      [`${AFTER}time-out.authentication.client.proving`, `${AFTER}500.x`, 'peer.seedReceived', ''].map(
        eventName,
      ),
    ).toEqual(['after time-out', 'after 500 ms', 'peer.seedReceived', 'always']);
  });
});

test('a failure is shown for as long as the state to which it led', () => {
  const history = new GroupHistory('pump');
  const [at, denied] = [{ client: { proving: 'keySent' } }, { client: 'untrusted' }];
  const steps = numbered([
    state(at, {
      context: { wrongKeys: 0 },
      event: 'peer.seedReceived',
      taken: ['client.proving.seedRequested x 0'],
    }),
    state(denied, {
      context: { wrongKeys: 1 },
      event: 'peer.trustDenied',
      taken: ['client.proving.keySent x 0'],
    }),
    state(denied, { context: { wrongKeys: 0 }, event: 'link.closed', taken: ['client link.closed 0'] }),
    state(at, { context: { wrongKeys: 0 }, event: 'authentication.start', taken: ['client.untrusted x 0'] }),
  ]);
  for (const step of steps) history.add(step);
  const shown = (until: number) => {
    const actor = history.at(until).actors.get('authentication');
    if (actor === undefined) throw new Error('expected the authentication, got none');
    return shownOf(
      actor,
      history.lastStepsOf((name) => name === 'authentication', until, 9),
    );
  };
  expect([1, 2, 3, 4].map((until) => [shown(until).taken?.event, shown(until).later])).toEqual([
    ['peer.seedReceived', []],
    ['peer.trustDenied', []],
    ['peer.trustDenied', ['link.closed']],
    ['authentication.start', []],
  ]);
  expect(shown(3)).toMatchObject({ contextBefore: { wrongKeys: 0 }, context: { wrongKeys: 1 } });
});

test('requests in flight are counted by their states', () => {
  expect([...(countsOf({ waiting: 3, ghost: 1 }) ?? [])]).toEqual([
    ['waiting', 3],
    ['ghost', 1],
  ]);
  expect([countsOf('waiting'), countsOf({ client: { proving: 'keySent' } }), countsOf({})]).toEqual([
    null,
    null,
    null,
  ]);
  expect(stateName({ waiting: 3, ghost: 1 })).toBe('3 waiting, 1 ghost');
  expect(stateName({ client: { proving: 'keySent' } })).toBe('keySent');
  expect([...activePaths({ client: { proving: 'keySent' } })]).toEqual([
    'client',
    'client.proving',
    'client.proving.keySent',
  ]);
});

test('sizes go up and down in steps, and fitting never enlarges', () => {
  expect([stepped(1, 1), stepped(1, -1), stepped(0.6, 1), stepped(3, 1), stepped(0.1, -1)]).toEqual([
    1.2, 0.85, 0.7, 3, 0.25,
  ]);
  expect(fitting({ width: 1_000, height: 500 }, { width: 500, height: 500 })).toBe(0.5);
  expect(fitting({ width: 100, height: 100 }, { width: 500, height: 500 })).toBe(1);
});

test('the last steps of an actor come newest first, up to a moment and no more than asked for', () => {
  const history = new GroupHistory('pump');
  const steps = numbered(
    ['a', 'b', 'c', 'd'].map((value, n) => state(value, { actor: n === 1 ? 'other' : 'it' })),
  );
  for (const step of steps) history.add(step);
  const last = (until: number | null, count: number): number[] =>
    history.lastStepsOf((name) => name === 'it', until, count).map(({ number }) => number);
  expect([last(null, 9), last(3, 9), last(null, 2)]).toEqual([
    [4, 3, 1],
    [3, 1],
    [4, 3],
  ]);
});
