/** A viewer runs a machine as it is exported: without input, effects or a parent. */

import { afterEach, describe, expect, test, vi } from 'vitest';
import { type AnyStateMachine, createActor } from 'xstate';
import * as machines from '../../machines/index.js';
import { assertProvided } from '../../machines/not-provided.js';
import { VirtualClock } from '../support/virtual-clock.js';

afterEach(() => void vi.restoreAllMocks());

/** All but one that asks nothing of its runtime. */
const { drainMachine: _, ...withEffects } = machines;

/** The events that a machine knows; those that it hears in every state, which may end it, come last. */
function eventsOf(machine: AnyStateMachine): string[] {
  const known = machine.events.filter((each) => !each.includes('*') && !each.startsWith('xstate.'));
  const always = new Set(Object.keys(machine.config.on ?? {}));
  return [...known.filter((each) => !always.has(each)), ...known.filter((each) => always.has(each))];
}

describe.each(Object.entries<AnyStateMachine>(withEffects))('%s alone', (_, machine) => {
  test('starts, takes every event that it knows and every delay, and only warns, once for each effect', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const errors: unknown[] = [];
    const run = (): void => {
      const clock = new VirtualClock();
      const actor = createActor(machine, { clock });
      actor.subscribe({ error: (error) => errors.push(error) });
      actor.start();
      expect([actor.getSnapshot().status, errors]).toEqual(['active', []]);
      for (const type of eventsOf(machine))
        if (actor.getSnapshot().status === 'active')
          actor.send({ type, reason: 'peer-closed', name: 'x', timeoutMs: 1_000 });
      clock.advance(60_000);
      actor.stop();
    };
    // XState has warnings of its own, for events to an actor that has ended
    const warnings = (): string[] =>
      warn.mock.calls.map(([text]) => String(text)).filter((text) => text.includes('is not provided'));
    run();
    const texts = warnings();
    expect(texts.length).toBeGreaterThan(0);
    expect(new Set(texts).size).toBe(texts.length);
    run();
    expect(warnings()).toEqual(texts);
    expect(errors).toEqual([]);
  });

  test('is refused by the library, which names an effect that is missing', () => {
    expect(() => assertProvided(machine)).toThrow(/needs "[\w ,-]+", which is not provided/);
  });
});

test.each<readonly [value: unknown, machine: AnyStateMachine]>([
  [{ client: 'untrusted' }, machines.authenticationMachine],
  [{ connecting: 'dialing' }, machines.busLinkMachine],
  ['unlinked', machines.channelNameMachine],
  ['disconnected', machines.connectionMachine],
  ['arriving', machines.devicePresenceMachine],
  ['draining', machines.drainMachine],
  ['unlinked', machines.heartbeatMachine],
  ['free', machines.leaseMachine],
  ['held', machines.nameClaimMachine],
  ['queued', machines.pendingRequestMachine],
  ['disconnected', machines.sessionMachine],
  ['away', machines.sharedDeviceMachine],
  ['notBegun', machines.watchMachine],
])('one begins in %j', (value, machine) => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  const actor = createActor(machine).start();
  expect(actor.getSnapshot().value).toEqual(value);
  actor.stop();
});
