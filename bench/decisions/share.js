/**
 * docs/decisions/sharing.md: a device that is asked directly, and through a share; all on one core, a process each.
 * `taskset -c 0 node bench/decisions/share.js` after `npm run build`.
 */

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { connect, listen } from '../../dist/src/index.js';
import { share } from '../../dist/src/share/index.js';

const FILE = fileURLToPath(import.meta.url);
const ROUNDS = 7;
const AT_ONCE = 100;
const BATCHES = 30;

/** Roles of the processes; each says where it listens, and how much CPU it has used when it is asked. */
const ROLES = {
  async device() {
    const server = await listen({ port: 0 }, (session) => {
      session.onRead(null, (_, { dataId }) => dataId);
      session.onWrite(null, () => null);
    });
    return server.port;
  },
  async share(port) {
    const shared = await share({ upstream: { port }, listen: { port: 0 } });
    return shared.server.port;
  },
};

function start(role, port = 0) {
  const child = fork(FILE, [role, String(port)]);
  const answer = () => new Promise((resolve) => child.once('message', resolve));
  const cpuUs = () => {
    child.send('cpu');
    return answer();
  };
  return answer().then((at) => ({ child, port: at, cpuUs }));
}

/** Microseconds of a request, on the clock. */
async function usOf(requests, run) {
  const before = performance.now();
  await run();
  return ((performance.now() - before) * 1_000) / requests;
}

async function measure(session, { cpuUs }) {
  const before = await cpuUs();
  const single = await usOf(1_000, async () => {
    for (let i = 0; i < 1_000; i++) await session.write(1, i);
  });
  const cpu = ((await cpuUs()) - before) / 1_000;
  const batches = async (ask) => {
    for (let i = 0; i < BATCHES; i++)
      await Promise.all(Array.from({ length: AT_ONCE }, (_, did) => ask(did)));
  };
  const writes = await usOf(AT_ONCE * BATCHES, () => batches((did) => session.write(did, did)));
  const reads = await usOf(AT_ONCE * BATCHES, () => batches(() => session.read(5)));
  return { single, cpu, writes, reads };
}

const median = (numbers) => Number(numbers.toSorted((a, b) => a - b)[ROUNDS >> 1].toPrecision(3));

const [, , role, port] = process.argv;
if (role !== undefined) {
  process.send(await ROLES[role](Number(port)));
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send(user + system);
  });
  process.on('disconnect', () => process.exit());
} else {
  const device = await start('device');
  const shared = await start('share', device.port);
  const ways = { directly: device.port, 'through a share': shared.port };
  const figures = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++)
    for (const [name, at] of Object.entries(ways)) {
      const session = await connect({ port: at });
      const figure = await measure(session, shared);
      // the first is to warm up
      if (round > 0) figures[name].push(figure);
      await session.close();
    }
  console.log('Microseconds of a request');
  console.table(
    Object.entries(figures).map(([name, rounds]) => ({
      way: name,
      'a WRITE at a time': median(rounds.map(({ single }) => single)),
      'of which CPU of the share': median(rounds.map(({ cpu }) => cpu)),
      'each of 100 WRITEs': median(rounds.map(({ writes }) => writes)),
      'each of 100 equal READs': median(rounds.map(({ reads }) => reads)),
    })),
  );
  device.child.disconnect();
  shared.child.disconnect();
}
