/** What the processes of both sides have in common: they run commands that come in as messages, and know what they cost. */

import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

/** Sample often: a short function of a request takes less than a microsecond. */
const SAMPLING_US = 200;
let profiler = null;

const common = { cpu, memory, startProfile, stopProfile };

/** Loads a contender: `serve` and `connect`. */
export const load = (id) => import(`./contenders/${id}.js`);

/** Runs each command that comes in, and answers with its result or its error. */
export function serveCommands(commands) {
  process.on('message', async ({ command, ...parameters }) => {
    try {
      process.send({ result: (await { ...common, ...commands }[command](parameters)) ?? null });
    } catch (error) {
      process.send({ error: error.stack ?? String(error) });
    }
  });
  process.on('disconnect', () => process.exit());
}

/** CPU time of this process, in microseconds: of all its threads. */
export function cpu() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Bytes in use when all garbage is gone. */
export async function memory() {
  for (let turn = 0; turn < 5; turn++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, live: heapUsed + external };
}

async function startProfile() {
  profiler = new Session();
  profiler.connect();
  await profiler.post('Profiler.enable');
  await profiler.post('Profiler.setSamplingInterval', { interval: SAMPLING_US });
  await profiler.post('Profiler.start');
}

/** Ends the profile and writes it to a file. */
async function stopProfile({ path }) {
  const { profile } = await profiler.post('Profiler.stop');
  profiler.disconnect();
  writeFileSync(path, JSON.stringify(profile));
}
