/** A client in a process of its own; runs the workloads that it is told. */

import { isDeepStrictEqual } from 'node:util';
import { cpu, load, serveCommands } from './process.js';
import { dataOf } from './workloads.js';

const MAX_LATENCIES = 1 << 20;
const latencies = new Float64Array(MAX_LATENCIES);
const [id, port] = process.argv.slice(2);
const contender = await load(id);
const connect = () => contender.connect(Number(port));
let echoing = null;
const echoed = new Map();
const held = [];

serveCommands({ echo, connections, hold, firstRequests, release });
process.send('ready');

/** Keeps so many requests in flight for a time, or until there were enough. */
async function echo({ payload, inFlight, durationMs = Infinity, requests: wanted = Infinity }) {
  echoing ??= await connect();
  const data = await checked(payload);
  let requests = 0;
  let isOver = false;
  const cpuBefore = cpu();
  const startMs = performance.now();
  const line = async () => {
    let sentMs = performance.now();
    while (!isOver) {
      await echoing.echo(data);
      const nowMs = performance.now();
      latencies[requests++ & (MAX_LATENCIES - 1)] = nowMs - sentMs;
      sentMs = nowMs;
      if (nowMs - startMs >= durationMs || requests >= wanted) isOver = true;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, line));
  const elapsedMs = performance.now() - startMs;
  const clientCpuUs = cpu() - cpuBefore;
  const sorted = latencies.subarray(0, Math.min(requests, MAX_LATENCIES)).sort();
  return {
    requests,
    elapsedMs,
    clientCpuUs,
    p50Ms: sorted[Math.floor(sorted.length * 0.5)],
    p99Ms: sorted[Math.floor(sorted.length * 0.99)],
  };
}

/** The data of a payload, once it has come back as it was. */
async function checked(payload) {
  if (!echoed.has(payload)) {
    const data = dataOf(payload);
    if (!isDeepStrictEqual(await echoing.echo(data), data))
      throw new Error(`expected ${id} to echo, got something else`);
    echoed.set(payload, data);
  }
  return echoed.get(payload);
}

/** Connects and closes, again and again, some at once. */
async function connections({ count, atOnce }) {
  let begun = 0;
  const startMs = performance.now();
  const line = async () => {
    while (begun++ < count) {
      const connection = await connect();
      await connection.close();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, line));
  return { count, elapsedMs: performance.now() - startMs };
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
