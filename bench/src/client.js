/** A client in a process of its own; runs the workloads that it is told. */

import { load } from './contenders/index.js';

const MAX_LATENCIES = 1 << 20;
const [file, port] = process.argv.slice(2);
const contender = await load(file);
const connect = () => contender.connect(Number(port));
let echoing = null;
const held = [];

const commands = { warmUp, echo, connections, hold, firstRequests, release, memory };
process.on('message', async ({ command, ...parameters }) => {
  try {
    process.send({ result: (await commands[command](parameters)) ?? null });
  } catch (error) {
    process.send({ error: error.stack ?? String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send('ready');

async function warmUp(parameters) {
  echoing ??= await connect();
  const data = 'x'.repeat(parameters.byteLength);
  if ((await echoing.echo(data)) !== data)
    throw new Error(`expected ${contender.name} to echo, got something else`);
  return run(parameters);
}

/** Keeps so many requests in flight for a time. */
function echo(parameters) {
  return run(parameters);
}

async function run({ byteLength, inFlight, durationMs, requests: wanted = Infinity }) {
  const latencies = new Float64Array(MAX_LATENCIES);
  let requests = 0;
  let isOver = false;
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  const line = async (data) => {
    while (!isOver) {
      const sentMs = performance.now();
      await echoing.echo(data);
      const nowMs = performance.now();
      latencies[requests++ & (MAX_LATENCIES - 1)] = nowMs - sentMs;
      if (nowMs - startMs >= durationMs || requests >= wanted) isOver = true;
    }
  };
  const letters = 'abcdefghij0123456789KLMN'.repeat(Math.ceil(byteLength / 24)).slice(0, byteLength);
  await Promise.all(Array.from({ length: inFlight }, () => line(letters)));
  const elapsedMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  const sorted = latencies.subarray(0, Math.min(requests, MAX_LATENCIES)).sort();
  return {
    requests,
    perSecond: (requests / elapsedMs) * 1_000,
    p50Ms: sorted[Math.floor(sorted.length * 0.5)],
    p99Ms: sorted[Math.floor(sorted.length * 0.99)],
    clientCpuUs: user + system,
  };
}

/** Connects, asks once and closes, again and again, some at once. */
async function connections({ count, atOnce }) {
  let begun = 0;
  const startMs = performance.now();
  const line = async () => {
    while (begun++ < count) {
      const connection = await connect();
      await connection.echo('x');
      await connection.close();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, line));
  return { perSecond: (count / (performance.now() - startMs)) * 1_000 };
}

/** Opens connections, a few at a time, and keeps them. */
async function hold({ count, atOnce }) {
  const startMs = performance.now();
  for (let begun = 0; begun < count; begun += atOnce) {
    held.push(...(await Promise.all(Array.from({ length: Math.min(atOnce, count - begun) }, connect))));
  }
  return { msEach: (performance.now() - startMs) / count };
}

async function firstRequests() {
  const startMs = performance.now();
  for (const connection of held) await connection.echo('x');
  return { msEach: (performance.now() - startMs) / held.length };
}

async function release() {
  await Promise.all(held.splice(0).map((connection) => connection.close()));
}

async function memory() {
  for (let turn = 0; turn < 5; turn++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, external } = process.memoryUsage();
  return { live: heapUsed + external };
}
