/** A viewer runs a machine as it is exported: without input, effects or a parent. */

import { afterEach, describe, expect, test, vi } from 'vitest';
import { type AnyStateMachine, createActor } from 'xstate';
import * as machines from '../../machines/index.js';
import { VirtualClock } from '../support/virtual-clock.js';

afterEach(() => void vi.restoreAllMocks());

describe.each(Object.entries<AnyStateMachine>(machines))('%s alone', (_, machine) => {
  test('starts in its initial state, takes every event that it knows, and does not fail', () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const actor = createActor(machine, { clock: new VirtualClock() });
    const errors: unknown[] = [];
    actor.subscribe({ error: (error) => errors.push(error) });
    actor.start();
    expect([actor.getSnapshot().status, errors]).toEqual(['active', []]);
    for (const type of machine.events.filter((each) => !each.includes('*') && !each.startsWith('xstate.')))
      if (actor.getSnapshot().status === 'active')
        actor.send({ type, reason: 'peer-closed', name: 'x', timeoutMs: 1_000 });
    expect(errors).toEqual([]);
    actor.stop();
  });
});

test.each<readonly [value: unknown, machine: AnyStateMachine]>([
  [{ client: 'untrusted' }, machines.authenticationMachine],
  ['unlinked', machines.channelNameMachine],
  ['disconnected', machines.connectionMachine],
  ['queued', machines.pendingRequestMachine],
  ['disconnected', machines.sessionMachine],
])('one begins in %j', (value, machine) => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  const actor = createActor(machine).start();
  expect(actor.getSnapshot().value).toEqual(value);
  actor.stop();
});
