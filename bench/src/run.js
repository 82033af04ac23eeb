/** Measures the rows that are wanted, round after round. */

import { measureSpawnedActor } from './actors.js';
import { CONTENDERS } from './contenders/index.js';
import { hasTwoCores } from './cores.js';
import { measureGateway } from './gateway.js';
import { measureCrowd, measureIdle, measureMarathon } from './memory.js';
import { hasNatsServer } from './nats-server.js';
import { measurePackage } from './package-size.js';
import { CONNECTION_CONTENDERS, decisivePlan, TWO_CORE_WORKLOADS, wholePlan } from './rows.js';
import { measureSimulation } from './simulation.js';
import { measureConnections, measureDepths, measureEchoes } from './turns.js';
import { DEPTHS } from './workloads.js';

/**
 * Measures some rows.
 *
 * @param isWhole whether all contenders take part, and not only those that decide a goal
 * @param say is called with how far it is
 * @returns rounds of figures, by what was measured; empty where a row was not wanted
 */
export async function measureRows(rows, size, { isWhole, say }) {
  const run = { one: [], two: [], depths: [], connections: [], idle: [], gateway: [], actors: [] };
  const everybody = CONTENDERS.map(({ id }) => id);
  const connecting = CONTENDERS.filter(({ hasConnections = true }) => hasConnections).map(({ id }) => id);
  const wants = (row) => rows.includes(row);
  const plan = isWhole ? wholePlan(everybody) : decisivePlan(rows);
  await repeat(Object.keys(plan).length > 0 ? size.rounds : 0, 'echoes', say, async () => {
    run.one.push(await measureEchoes(plan, 'one', size));
    if (wants('inspector')) run.actors.push(measureSpawnedActor());
  });
  await repeat(
    isWhole && hasTwoCores ? size.twoCoreRounds : 0,
    'echoes with a core for each side',
    say,
    async () => {
      run.two.push(await measureEchoes(wholePlan(everybody, TWO_CORE_WORKLOADS), 'two', size));
    },
  );
  await repeat(wants('depths') ? size.depthRounds : 0, 'depths', say, async () => {
    run.depths.push(Object.values(await measureDepths(DEPTHS, size)));
  });
  // one round is enough for those that decide nothing
  const connectors = (round) => (isWhole && round === 1 ? connecting : CONNECTION_CONTENDERS);
  await repeat(wants('connections') ? size.connectionRounds : 0, 'connections', say, async (round) => {
    run.connections.push(await measureConnections(connectors(round), size));
  });
  await repeat(wants('idle') ? size.memoryRounds : 0, 'idle connections', say, async (round) => {
    const figures = {};
    for (const id of connectors(round)) figures[id] = await measureIdle(id, size.held, size.firstConnections);
    run.idle.push(figures);
  });
  const asks = wants('gateway') && hasNatsServer;
  if (wants('gateway') && !asks) say('gateway: left out, there is no nats-server on the PATH');
  await repeat(asks ? size.gatewayRounds : 0, 'requests through a gateway', say, async () => {
    run.gateway.push(await measureGateway(size));
  });
  say('all else');
  run.crowd = wants('crowd') ? [await measureCrowd(size.crowd)] : [];
  run.marathon = wants('marathon') ? [await measureMarathon(size.marathon)] : [];
  run.package = wants('package') ? [await measurePackage(size)] : [];
  run.simulation = wants('simulation') ? measureSimulation(size.simulation) : [];
  return run;
}

async function repeat(rounds, what, say, measure) {
  for (let round = 1; round <= rounds; round++) {
    say(`${what}, round ${round} of ${rounds}`);
    await measure(round);
  }
}
