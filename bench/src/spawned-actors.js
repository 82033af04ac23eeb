/** A request as an actor of XState's by the book: spawned below a parent, written, answered and stopped. */

import { assign, createActor, sendTo, setup, spawnChild, stopChild } from 'xstate';
import { median } from './statistics.js';

const ROUNDS = 5;
const REQUESTS = 500;

/**
 * What such an actor costs, and nothing else of a request.
 *
 * @param pendingRequestMachine the machine of `socket-protocol/machines`
 * @param inFlight how many others there are meanwhile
 * @returns microseconds of CPU, the median of some rounds
 */
export function spawnedActorUs(pendingRequestMachine, inFlight) {
  const parent = createActor(parentOf(withoutEffects(pendingRequestMachine))).start();
  for (let number = 0; number < inFlight; number++) parent.send({ type: 'ask', number });
  const oneRound = (count) => {
    const before = process.cpuUsage();
    for (let i = 0; i < count; i++) {
      parent.send({ type: 'answer', number: i % inFlight });
      parent.send({ type: 'ask', number: i % inFlight });
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / count;
  };
  oneRound(Math.max(inFlight, 10 * REQUESTS));
  const times = Array.from({ length: ROUNDS }, () => oneRound(REQUESTS));
  parent.stop();
  return median(times);
}

/** The machine with actions that do nothing: what they do costs the same in any form. */
export function withoutEffects(machine) {
  const doNothing = () => {};
  return machine.provide({
    actions: Object.fromEntries(
      Object.keys(machine.implementations.actions).map((name) => [name, doNothing]),
    ),
    delays: { 'time left': 5_000, 'late answer grace': 30_000 },
  });
}

function parentOf(request) {
  return setup({
    actors: { request },
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
}
