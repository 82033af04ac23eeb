/**
 * Request, NATS, gateway, device and back, against a bare request of NATS: all processes share one core, take turns in slices,
 * and are charged for their CPU time, the server of NATS as well.
 */

import { PLACES } from './cores.js';
import { startNatsServer } from './nats-server.js';
import { start } from './pair.js';
import { compile, echoFigures, inTurns, warmUp } from './turns.js';

/** Who asks, by the files of the contenders. */
const ASKING = ['nats-bare', 'gateway-nats', 'gateway-devices'];
export const GATEWAY_WORKLOADS = [
  { id: 'one', payload: 24, inFlight: 1 },
  { id: 'many', payload: 24, inFlight: 64 },
];

/** Starts the server of NATS, a subscriber, a gateway with a device, and those that ask. */
export async function openParty(core = PLACES.one.server) {
  const nats = await startNatsServer(core);
  const processes = [];
  const end = () => {
    for (const { child } of processes) child.kill('SIGKILL');
    nats.end();
  };
  const open = async (script, file, port) => {
    const opened = start(script, [file, String(port)], core);
    processes.push(opened);
    return { opened, answer: await opened.answer() };
  };
  try {
    const subscriber = await open('server.js', 'nats-bare', nats.port);
    const gateway = await open('server.js', 'gateway-nats', nats.port);
    const device = await open('server.js', 'gateway-device', gateway.answer.port);
    const answering = [subscriber, gateway, device].map(({ opened }) => opened);
    const askers = [];
    for (const file of ASKING) {
      const { opened: client } = await open('client.js', file, nats.port);
      askers.push(askerOf({ file, client, answering, nats }));
    }
    return { askers, answering, end };
  } catch (error) {
    end();
    throw error;
  }
}

/** Somebody who asks; what all others cost meanwhile is that of the server. */
function askerOf({ file, client, answering, nats }) {
  const others = async () => {
    const each = await Promise.all(answering.map((process) => process.ask({ command: 'cpu' })));
    return each.reduce((sum, us) => sum + us, nats.cpu());
  };
  const ask = (command, parameters) => client.ask({ command, ...parameters });
  const measure = async (command, parameters) => {
    const before = await others();
    const result = await ask(command, parameters);
    return { ...result, serverCpuUs: (await others()) - before };
  };
  return { file, ask, measure };
}

/** One round: for each who asks, the figures of both workloads. */
export async function measureGateway({ compileMs, warmUpMs, slices, sliceMs }) {
  const { askers, end } = await openParty();
  try {
    for (const asker of askers) await compile(asker, compileMs);
    const results = Object.fromEntries(ASKING.map((file) => [file, {}]));
    for (const workload of GATEWAY_WORKLOADS) {
      for (const asker of askers) await warmUp(asker, workload, warmUpMs);
      const taken = await inTurns(askers, 3 * slices, (asker) =>
        asker.measure('echo', { ...workload, durationMs: sliceMs }),
      );
      for (const [file, some] of taken) {
        // a chain of processes waits for each neighbour of the machine: the quietest slice is the one that tells
        const quietP50Ms = Math.min(...some.map(({ p50Ms }) => p50Ms));
        results[file][workload.id] = { ...echoFigures(some, 'one'), quietP50Ms };
      }
    }
    return results;
  } finally {
    end();
  }
}
