/** docs/decisions/pending-requests.md: what a request costs as an actor of its own, and what it costs here. */

import { assign, createActor, sendTo, setup, spawnChild, stopChild } from 'xstate';
import { compiled, median, nsPerCall, print, short } from './measure.js';

const { pendingRequestMachine } = await import(compiled('machines/index.js'));
const { connect, listen } = await import(compiled('src/index.js'));

const doNothing = () => {};
const machine = pendingRequestMachine.provide({
  actions: Object.fromEntries(
    Object.keys(pendingRequestMachine.implementations.actions).map((name) => [name, doNothing]),
  ),
  delays: { 'time left': 5_000, 'late answer grace': 30_000 },
});

/** A parent that spawns an actor for each request, as a machine would do it by the book. */
const parentMachine = setup({
  actors: { request: machine },
  actions: {
    spawn: spawnChild('request', { id: ({ event }) => `request-${event.number}` }),
    write: sendTo(({ event }) => `request-${event.number}`, { type: 'request.written' }),
    answer: sendTo(({ event }) => `request-${event.number}`, { type: 'peer.answered' }),
    stop: stopChild(({ event }) => `request-${event.number}`),
    count: assign({ answered: ({ context }) => context.answered + 1 }),
  },
}).createMachine({
  context: { answered: 0 },
  on: { ask: { actions: ['spawn', 'write'] }, answer: { actions: ['answer', 'stop', 'count'] } },
});

/** Microseconds of CPU for each request that is an actor below a parent, with others in flight. */
function spawned(inFlight) {
  const parent = createActor(parentMachine).start();
  for (let number = 0; number < inFlight; number++) parent.send({ type: 'ask', number });
  const oneRound = (count) =>
    cpuUsFor(count, () => {
      for (let i = 0; i < count; i++) {
        parent.send({ type: 'answer', number: i % inFlight });
        parent.send({ type: 'ask', number: i % inFlight });
      }
    });
  oneRound(inFlight);
  const times = Array.from({ length: 5 }, () => oneRound(500));
  parent.stop();
  return median(times);
}

/** Microseconds of CPU, divided by a count. */
function cpuUsFor(count, run) {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

/** Microseconds of CPU for each whole request, both sides of it, over TCP in one process; `options` are the client's. */
async function whole(inFlight, options) {
  const server = await listen({ port: 0 }, (session) => {
    session.onRead(0, () => 'x'.repeat(24));
  });
  const session = await connect({ port: server.port, ...options });
  const ask = async (count) => {
    let left = count;
    const before = process.cpuUsage();
    await Promise.all(
      Array.from({ length: inFlight }, async () => {
        while (left-- > 0) await session.read(0);
      }),
    );
    const { user, system } = process.cpuUsage(before);
    return (user + system) / count;
  };
  await ask(20_000);
  const times = [];
  for (let round = 0; round < 5; round++) times.push(await ask(10_000));
  await session.close();
  await server.close();
  return median(times);
}

const alone = () => {
  const actor = createActor(machine).start();
  actor.send({ type: 'request.written' });
  actor.send({ type: 'peer.answered' });
};
print('An actor for one request, below nobody', [nsPerCall({ ns: alone })]);
const rows = [];
for (const inFlight of [1, 100, 1_000]) {
  rows.push({
    'in flight': inFlight,
    'an actor below a parent, µs': short(spawned(inFlight)),
    'the whole request here, both sides, µs': short(await whole(inFlight, {})),
    'the same, inspected, µs': short(await whole(inFlight, { inspect: () => {} })),
  });
}
print('One request, CPU', rows);
