/** docs/decisions/machines.md: an actor of a machine that was provided once, and of one that is provided anew. */

import { createActor } from 'xstate';
import { compiled, nsPerCall, print } from './measure.js';

const machines = await import(compiled('machines/index.js'));

const doNothing = () => {};
/** Every effect of a machine as a function, as a session would give them. */
function provided(machine) {
  const actions = Object.fromEntries(
    Object.keys(machine.implementations.actions)
      .filter((name) => !/^(report|count|remember|forgive|take|announce|spawn|route)/.test(name))
      .map((name) => [name, doNothing]),
  );
  return machine.provide({ actions });
}

const CASES = {
  connection: [machines.connectionMachine, { opensLinks: false, reopensLinks: false, maxAttempts: 1 }],
  authentication: [
    machines.authenticationMachine,
    { role: 'server', maxSeedRequests: 10, seedLifetimeMs: 10_000 },
  ],
  channelName: [machines.channelNameMachine, { role: 'server', name: null }],
};
const rows = Object.entries(CASES).map(([name, [machine, input]]) => {
  const start = (each) => {
    const actor = createActor(each, { input });
    actor.start();
    actor.stop();
  };
  const once = provided(machine);
  const ns = nsPerCall({
    'provided once, ns': () => start(once),
    'provided anew, ns': () => start(provided(machine)),
  });
  return { machine: name, ...ns };
});
print('To make, start and stop an actor', rows);
