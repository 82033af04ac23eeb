/**
 * Connects many devices to one gateway on a real server of NATS: how long until all can be reached, and what each costs the
 * gateway more than a plain server.
 *
 *     node bench/src/gateway-hold.js [--devices 10000] [--dist ../dist]
 *
 * The gateway, its devices and the server of NATS are processes of their own; a process of devices opens 2,500 connections at
 * most, so that no limit of file descriptors is met.
 */

import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { connect as connectNats } from '@nats-io/transport-node';
import { hasNatsServer, startNatsServer } from './nats-server.js';
import { memory } from './process.js';
import { startRole } from './roles.js';

const KIB = 1024;
/** How long after the last device is trusted, and what a device may cost more than one of a plain server. */
export const GATEWAY_HOLD_GOALS = { reachableMs: 1_000, extraKib: 1 };
/** What the objects of a device take is below the goal; pages hold garbage of what they were made with as well. */
const KNOWN_MISSES = ['rss'];
const DEVICES_EACH = 2_500;
const AT_ONCE = 25;
const WARM_UP = 500;
const ASKED_AT_ONCE = 64;
const SECRET = 'a secret of the benchmark';

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '10000' },
    dist: { type: 'string', default: fileURLToPath(new URL('../../dist', import.meta.url)) },
    role: { type: 'string' },
  },
});
const load = (path) => import(pathToFileURL(resolve(values.dist, 'src', path)).href);
const pause = (ms) => new Promise((passed) => setTimeout(passed, ms));

/** A plain server, or a gateway, which knows how many devices it has. */
async function opened(natsPort) {
  const options = { port: 0, secret: SECRET, maxConnections: 100_000, duplicateNames: 'evict' };
  if (natsPort === null) {
    const { listen } = await load('index.js');
    const server = await listen(options, (session) => session.onRead(1, () => 'pong'));
    return { port: server.port, count: () => server.stats().connections.trusted };
  }
  const [{ gateway }, { natsBus }] = [await load('gateway/index.js'), await load('bus/nats/index.js')];
  const bus = await natsBus({ servers: `127.0.0.1:${natsPort}` });
  const here = await gateway({ bus, listen: options });
  return { port: here.server.port, count: () => here.stats().devices };
}

async function serve() {
  let server;
  process.on('message', async ({ command, natsPort, count }) => {
    if (command === 'listen') {
      server = await opened(natsPort);
      return process.send({ port: server.port });
    }
    while (server.count() !== count) await pause(10);
    process.send(await memory());
  });
}

async function ask() {
  const { connect } = await load('index.js');
  const held = [];
  process.on('message', async ({ command, port, first, count }) => {
    if (command === 'open') {
      for (let done = 0; done < count; done += AT_ONCE) {
        const some = Array.from({ length: Math.min(AT_ONCE, count - done) }, async (_, i) => {
          const channelName = `device-${first + done + i}`;
          const options = { port, secret: SECRET, channelName, reconnect: false, heartbeat: false };
          const session = await connect({ ...options, waitForPeer: true });
          session.onRead(0, () => channelName);
          return session;
        });
        held.push(...(await Promise.all(some)));
      }
    } else {
      await Promise.all(held.splice(0).map((session) => session.close()));
    }
    process.send({ held: held.length });
  });
}

const start = (role) => startRole(fileURLToPath(import.meta.url), ['--role', role, '--dist', values.dist]);

/** How many subscriptions the server of NATS has. */
async function subscriptionsAt({ monitorPort }) {
  const answer = await fetch(`http://127.0.0.1:${monitorPort}/varz`);
  return (await answer.json()).subscriptions;
}

/** Holds devices at a plain server, or, where there is a server of NATS, at a gateway. */
async function hold(count, nats) {
  const server = start('server');
  const clients = Array.from({ length: Math.ceil(count / DEVICES_EACH) }, () => start('client'));
  const { port } = await server.tell({ command: 'listen', natsPort: nats?.port ?? null });
  const [first] = clients;
  // what the process needs once is no cost of a device
  await first.tell({ command: 'open', port, first: 0, count: Math.min(count, WARM_UP) });
  await first.tell({ command: 'close' });
  const before = await server.tell({ command: 'memory', count: 0 });
  const base = nats === null ? 0 : await subscriptionsAt(nats);
  const startedMs = performance.now();
  for (const [index, client] of clients.entries()) {
    const from = index * DEVICES_EACH;
    const most = Math.min(DEVICES_EACH, count - from);
    await client.tell({ command: 'open', port, first: from, count: most });
  }
  const trustedMs = performance.now();
  if (nats !== null) while ((await subscriptionsAt(nats)) < base + count) await pause(5);
  const reachableMs = performance.now() - trustedMs;
  // before anything is asked: what a session needs for that is no cost of a gateway
  const after = await server.tell({ command: 'memory', count });
  const asked = nats === null ? {} : await askEach(count, nats);
  const later = await server.tell({ command: 'memory', count });
  for (const each of [server, ...clients]) each.end();
  return {
    rss: (after.rss - before.rss) / count,
    live: (after.live - before.live) / count,
    openMs: (trustedMs - startedMs) / count,
    liveAsked: (later.live - before.live) / count,
    reachableMs,
    ...asked,
  };
}

/** Asks each device once, by its name. */
async function askEach(count, nats) {
  const asker = await connectNats({ port: nats.port });
  const askedMs = performance.now();
  let next = 0;
  let answered = 0;
  const line = async () => {
    while (next < count) {
      const name = `device-${next++}`;
      const answer = await asker.request(`sp.${name}.10.0`, '', { timeout: 10_000 });
      if (JSON.parse(answer.string()).data === name) answered++;
    }
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, line));
  const askMs = (performance.now() - askedMs) / count;
  await asker.close();
  return { answered, askMs };
}

async function main() {
  if (!hasNatsServer) {
    console.log('left out: there is no nats-server on the PATH');
    return;
  }
  const count = Number(values.devices);
  const nats = await startNatsServer();
  const plain = await hold(count, null);
  const here = await hold(count, nats);
  nats.end();
  const kib = (bytes) => `${(bytes / KIB).toFixed(1)} KiB`;
  const { reachableMs, extraKib } = GATEWAY_HOLD_GOALS;
  const lines = [
    {
      isReached: here.answered === count,
      text: `${here.answered} of ${count} devices answer, ${here.askMs.toFixed(2)} ms each`,
    },
    {
      isReached: here.reachableMs < reachableMs,
      text: `all can be reached ${here.reachableMs.toFixed(0)} ms after the last is trusted (goal: ${reachableMs} ms)`,
    },
    ...['rss', 'live'].map((what) => ({
      isReached: (here[what] - plain[what]) / KIB <= extraKib,
      isKnown: KNOWN_MISSES.includes(what),
      text:
        `${what === 'rss' ? 'resident' : 'live'} memory: ${kib(here[what])} each, ${kib(plain[what])} at a plain server, ` +
        `${kib(here[what] - plain[what])} more (goal: ${extraKib} KiB)`,
    })),
  ];
  for (const { isReached, isKnown = false, text } of lines)
    console.log(`${(isReached ? 'ok' : isKnown ? 'missed, known' : 'MISSED').padEnd(13)}  ${text}`);
  const besides = [
    `${kib(here.liveAsked)} of live memory each when each has been asked once`,
    `${here.openMs.toFixed(2)} ms to open each, ${plain.openMs.toFixed(2)} at a plain server`,
  ];
  for (const text of besides) console.log(`               ${text}`);
  process.exitCode = lines.every(({ isReached, isKnown }) => isReached || isKnown) ? 0 : 1;
}

if (values.role !== undefined) process.on('disconnect', () => process.exit());
if (values.role === 'server') await serve();
else if (values.role === 'client') await ask();
else await main();
