/**
 * Holds idle connections, with TLS and without, and compares what each costs the server with its goal.
 *
 *     node bench/src/hold.js [--tls 5000] [--plain 10000] [--dist ../dist]
 *
 * The server and its clients are processes of their own; a process of clients opens 2,500 connections at most, so that no limit
 * of file descriptors or ports is met.
 */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { memory } from './process.js';
import { startRole } from './roles.js';

const KIB = 1024;
/** What an idle connection may add to the resident memory of a server, in KiB. */
export const HOLD_GOALS = { plain: 16, tls: 55 };
const CLIENTS_EACH = 2_500;
const AT_ONCE = 25;
const CERTIFICATES = fileURLToPath(new URL('../../test/support/certificates/', import.meta.url));
const file = (name) => readFileSync(`${CERTIFICATES}${name}`);

const { values } = parseArgs({
  options: {
    tls: { type: 'string', default: '5000' },
    plain: { type: 'string', default: '10000' },
    dist: { type: 'string', default: fileURLToPath(new URL('../../dist', import.meta.url)) },
    role: { type: 'string' },
  },
});
const { connect, listen } = await import(pathToFileURL(resolve(values.dist, 'src/index.js')).href);

async function serve() {
  let server;
  process.on('message', async ({ command, isTls, count }) => {
    if (command === 'listen') {
      const tls = isTls && { cert: file('server.pem'), key: file('server.key') };
      server = await listen({ port: 0, tls, maxConnections: 100_000 }, (session) =>
        session.onRead(0, () => 'pong'),
      );
      return process.send({ port: server.port });
    }
    // those that say nothing get their sessions one after the other
    while (server.sessions.size !== count) await new Promise((passed) => setTimeout(passed, 10));
    process.send(await memory());
  });
}

async function ask() {
  const held = [];
  process.on('message', async ({ command, port, isTls, count }) => {
    const tls = isTls && { ca: file('authority.pem') };
    if (command === 'open') {
      for (let opened = 0; opened < count; opened += AT_ONCE) {
        const some = Array.from({ length: Math.min(AT_ONCE, count - opened) }, () =>
          connect({ port, tls, reconnect: false, heartbeat: false }),
        );
        held.push(...(await Promise.all(some)));
      }
    } else {
      await Promise.all(held.splice(0).map((session) => session.close()));
    }
    process.send({ held: held.length });
  });
}

const start = (role) => startRole(fileURLToPath(import.meta.url), ['--role', role, '--dist', values.dist]);

async function hold(isTls, count) {
  const server = start('server');
  const clients = Array.from({ length: Math.ceil(count / CLIENTS_EACH) }, () => start('client'));
  const { port } = await server.tell({ command: 'listen', isTls });
  const [first] = clients;
  // what the process needs once is no cost of a connection
  await first.tell({ command: 'open', port, isTls, count: Math.min(count, 500) });
  await first.tell({ command: 'close' });
  const before = await server.tell({ command: 'memory', count: 0 });
  const startedMs = performance.now();
  for (const [index, client] of clients.entries()) {
    const most = Math.min(CLIENTS_EACH, count - index * CLIENTS_EACH);
    await client.tell({ command: 'open', port, isTls, count: most });
  }
  const openedMs = performance.now() - startedMs;
  const after = await server.tell({ command: 'memory', count });
  for (const each of [server, ...clients]) each.end();
  return {
    rssKib: (after.rss - before.rss) / count / KIB,
    liveKib: (after.live - before.live) / count / KIB,
    openMs: openedMs / count,
  };
}

async function main() {
  let isReached = true;
  for (const kind of ['plain', 'tls']) {
    const count = Number(values[kind]);
    if (count === 0) continue;
    const { rssKib, liveKib, openMs } = await hold(kind === 'tls', count);
    isReached &&= rssKib <= HOLD_GOALS[kind];
    console.log(
      `${rssKib <= HOLD_GOALS[kind] ? 'ok    ' : 'MISSED'} ${count} idle connections, ${kind}: ` +
        `${rssKib.toFixed(1)} KiB of resident memory each (goal: ${HOLD_GOALS[kind]}), ` +
        `${liveKib.toFixed(1)} KiB in use, ${openMs.toFixed(2)} ms to open`,
    );
  }
  process.exitCode = isReached ? 0 : 1;
}

if (values.role !== undefined) process.on('disconnect', () => process.exit());
if (values.role === 'server') await serve();
else if (values.role === 'client') await ask();
else await main();
