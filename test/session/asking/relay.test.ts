import { expect, test } from 'vitest';
import { type AnyActorRef, createActor, type InspectionEvent, setup } from 'xstate';
import { relay } from '../../../src/session/asking/relay.js';

const machine = setup({ types: { events: {} as { type: 'ping' } } }).createMachine({
  initial: 'idle',
  states: { idle: { on: { ping: 'pinged' } }, pinged: {} },
});

test('an event that is relayed arrives, and inspectors see who sent it', () => {
  const seen: unknown[] = [];
  const inspect = (each: InspectionEvent): void => {
    if (each.type === '@xstate.event' && each.event.type === 'ping') seen.push(each.sourceRef);
  };
  const [from, to] = [createActor(machine, { inspect }), createActor(machine)];
  from.start();
  to.start();
  relay(from, to, { type: 'ping' });
  expect([to.getSnapshot().value, from.getSnapshot().value, seen]).toEqual(['pinged', 'idle', [from]]);
});

test('an event arrives once where the system cannot relay', () => {
  const events: unknown[] = [];
  const from = { system: {} } as unknown as AnyActorRef;
  const to = { send: (event: unknown) => void events.push(event) } as unknown as AnyActorRef;
  relay(from, to, { type: 'ping' });
  expect(events).toEqual([{ type: 'ping' }]);
});
