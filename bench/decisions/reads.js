/**
 * docs/decisions/reads.md: CPU time of a request over TCP, by which sides read into one buffer. Client and server are a process
 * each; `taskset -c 0 node bench/decisions/reads.js` has both on one core, as the benchmark does.
 */

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median, print, short, variant } from './measure.js';

const [, , role, folder, port] = process.argv;
const SECRET = 'correct horse battery staple';
const IN_FLIGHT = [1, 64];
const SECONDS = 0.9;
const ROUNDS = 5;

if (role === 'server') await serve();
else if (role === 'client') await ask();
else await compare();

function cpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function serve() {
  const { listen } = await import(`${folder}/src/index.js`);
  const server = await listen({ port: 0, secret: SECRET }, (session) => {
    session.onRead(0, () => 'x'.repeat(24));
  });
  process.on('message', () => process.send(cpuUs()));
  process.send(server.port);
}

async function ask() {
  const { connect } = await import(`${folder}/src/index.js`);
  const session = await connect({ port: Number(port), secret: SECRET });
  process.on('message', async (inFlight) => {
    const endMs = performance.now() + SECONDS * 1_000;
    const before = cpuUs();
    let count = 0;
    const line = async () => {
      for (; performance.now() < endMs; count++) await session.read(0);
    };
    await Promise.all(Array.from({ length: inFlight }, line));
    process.send({ count, cpuUs: cpuUs() - before });
  });
  process.send('ready');
}

/** All variants take turns, so that the machine's mood is the same for all. */
async function compare() {
  const plainClient = variant('reads-client', 'src/transport/tcp-client.js', 'onread,', '');
  const plainServer = variant('reads-server', 'src/transport/tcp-comm.js', 'readFrugally(socket);', '');
  const pairs = [
    { name: 'neither', clientFolder: plainClient, serverFolder: plainServer },
    { name: 'the client', clientFolder: plainServer, serverFolder: plainServer },
    { name: 'the server', clientFolder: plainClient, serverFolder: plainClient },
    { name: 'both', clientFolder: plainServer, serverFolder: plainClient },
  ];
  const rows = pairs.map((pair) => ({ ...pair, costs: IN_FLIGHT.map(() => []) }));
  for (let round = 0; round < ROUNDS; round++)
    for (const row of rows) {
      // each time anew: no two processes compile the same code alike
      const sides = await started(row);
      for (const inFlight of IN_FLIGHT) await costOf(sides, inFlight);
      for (const [i, inFlight] of IN_FLIGHT.entries()) row.costs[i].push(await costOf(sides, inFlight));
      sides.server.kill();
      sides.client.kill();
    }
  print(
    'CPU time of a request, both sides, µs',
    rows.map(({ name, costs: [alone, many] }) => ({
      'reads into one buffer': name,
      '1 in flight': short(median(alone)),
      '64 in flight': short(median(many)),
    })),
  );
}

async function started({ clientFolder, serverFolder }) {
  const self = fileURLToPath(import.meta.url);
  const server = fork(self, ['server', serverFolder]);
  const client = fork(self, ['client', clientFolder, String(await messageOf(server))]);
  await messageOf(client);
  return { server, client };
}

async function costOf({ server, client }, inFlight) {
  const before = await answerOf(server, 'cpu');
  const { count, cpuUs: ofClient } = await answerOf(client, inFlight);
  return ((await answerOf(server, 'cpu')) - before + ofClient) / count;
}

function answerOf(child, question) {
  const answer = messageOf(child);
  child.send(question);
  return answer;
}

function messageOf(child) {
  return new Promise((resolve) => child.once('message', resolve));
}
