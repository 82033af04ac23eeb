/** docs/decisions/pending-requests.md: what a request costs as an actor of its own, and what it costs here. */

import { createActor } from 'xstate';
import { spawnedActorUs, withoutEffects } from '../src/spawned-actors.js';
import { compiled, median, nsPerCall, print, short } from './measure.js';

const { pendingRequestMachine } = await import(compiled('machines/index.js'));
const { connect, listen } = await import(compiled('src/index.js'));

const machine = withoutEffects(pendingRequestMachine);

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
    'an actor below a parent, µs': short(spawnedActorUs(pendingRequestMachine, inFlight)),
    'the whole request here, both sides, µs': short(await whole(inFlight, {})),
    'the same, inspected, µs': short(await whole(inFlight, { inspect: () => {} })),
  });
}
print('One request, CPU', rows);
