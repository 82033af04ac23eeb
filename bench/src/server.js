/** A server in a process of its own; says what it costs when it is asked. */

import { load } from './contenders/index.js';

const { serve } = await load(process.argv[2]);
const { port } = await serve();

process.on('message', async (question) => {
  process.send(question === 'memory' ? await memory() : process.cpuUsage());
});
process.on('disconnect', () => process.exit());
process.send({ port });

/** Bytes in use when all garbage is gone. */
async function memory() {
  for (let turn = 0; turn < 5; turn++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, live: heapUsed + external };
}
