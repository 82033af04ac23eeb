/** docs/decisions/actors.md and charts.md: what actors cost, and events that enter them. */

import { createActor, fromTransition, setup } from 'xstate';
import { compiled, nsPerCall, print } from './measure.js';

const { lightLogic } = await import(compiled('src/session/light/light-logic.js'));
const { authenticationMachine, connectionMachine, sessionMachine } = await import(
  compiled('machines/index.js')
);

// as the first session of a process does it, with functions that have never run
const before = process.cpuUsage();
lightLogic(sessionMachine);
const { user, system } = process.cpuUsage(before);
print('To derive the charts of a session and of all below it, once', [{ us: user + system }]);

const toggle = setup({}).createMachine({
  initial: 'off',
  states: { off: { on: { press: 'on' } }, on: { on: { press: 'off' } } },
});
const machine = createActor(toggle).start();
const inspected = createActor(toggle, { inspect: () => {} }).start();
const light = createActor(lightLogic(toggle)).start();
const handMade = createActor(fromTransition((state) => state, {})).start();
const press = { type: 'press' };
const unknown = { type: 'unknown' };

print('Nanoseconds for an event', [
  nsPerCall({
    'a machine takes it': () => machine.send(press),
    'and an inspector looks on': () => inspected.send(press),
    'a machine ignores it': () => machine.send(unknown),
    'a chart takes it': () => light.send(press),
    'a chart ignores it': () => light.send(unknown),
    'a transition function takes it': () => handMade.send(press),
  }),
]);

/** Every effect does nothing, and what is reported to a parent is reported to nobody. */
function provided(each) {
  const { actions } = each.implementations;
  const names = Object.keys(actions).filter((name) => actions[name].type !== 'xstate.assign');
  return each.provide({ actions: Object.fromEntries(names.map((name) => [name, () => {}])) });
}

const HANDSHAKE = {
  connection: [
    connectionMachine,
    { opensLinks: false, reopensLinks: false, maxAttempts: 1 },
    [{ type: 'link.opened' }, { type: 'link.closed', reason: 'peer-closed' }, { type: 'connection.close' }],
  ],
  authentication: [
    authenticationMachine,
    { role: 'server', maxSeedRequests: 10, seedLifetimeMs: 10_000 },
    [{ type: 'peer.seedRequested' }, { type: 'peer.keyAccepted' }, { type: 'link.closed' }],
  ],
};
const rows = Object.entries(HANDSHAKE).map(([name, [original, input, events]]) => {
  const run = (logic) => () => {
    const actor = createActor(logic, { input });
    actor.start();
    for (const event of events) actor.send(event);
    actor.stop();
  };
  const each = provided(original);
  return { machine: name, ...nsPerCall({ 'XState, ns': run(each), 'chart, ns': run(lightLogic(each)) }) };
});
print('To make an actor, take it through one connection, and stop it', rows);
