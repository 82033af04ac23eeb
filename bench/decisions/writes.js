/**
 * docs/decisions/writes.md: requests a second over TCP, by how many bytes are joined before they are written. Client and
 * server are a process each.
 */

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median, print, short, variant } from './measure.js';

const [, , role, folder, port] = process.argv;
const SECRET = 'correct horse battery staple';
const MEASURED = 60_000;

if (role === 'server') await serve();
else if (role === 'client') await ask();
else await compare();

async function serve() {
  const { listen } = await import(`${folder}/src/index.js`);
  const server = await listen({ port: 0, secret: SECRET }, (session) => {
    session.onRead(0, () => 'x'.repeat(24));
  });
  process.send(server.port);
}

async function ask() {
  const { connect } = await import(`${folder}/src/index.js`);
  const session = await connect({ port: Number(port), secret: SECRET });
  const run = async (inFlight, count) => {
    let left = count;
    const start = performance.now();
    await Promise.all(
      Array.from({ length: inFlight }, async () => {
        while (left-- > 0) await session.read(0);
      }),
    );
    return count / (performance.now() - start);
  };
  await run(64, MEASURED);
  process.send([await run(64, MEASURED), await run(1_000, MEASURED)]);
  process.exit();
}

/** All variants take turns, so that the machine's mood is the same for all. */
async function compare() {
  const folders = new Map(
    [1, 1_024, 4_096, 16_384, 65_536].map((bytes) => [
      bytes,
      variant(
        `join-${bytes}`,
        'src/transport/framed-socket.js',
        'FLUSH_AT_BYTES = 4 * 1024',
        `FLUSH_AT_BYTES = ${bytes}`,
      ),
    ]),
  );
  const rates = new Map([...folders.keys()].map((bytes) => [bytes, []]));
  for (let round = 0; round < 5; round++) {
    for (const [bytes, path] of folders) rates.get(bytes).push(await pair(path));
  }
  const rows = [...rates].map(([bytes, results]) => ({
    'joined bytes': bytes === 1 ? 'none' : bytes,
    '64 in flight, k/s': short(median(results.map(([few]) => few))),
    '1,000 in flight, k/s': short(median(results.map(([, many]) => many))),
  }));
  print('Requests a second', rows);
}

async function pair(path) {
  const self = fileURLToPath(import.meta.url);
  const server = fork(self, ['server', path]);
  try {
    const [listening] = await messageOf(server);
    const [rates] = await messageOf(fork(self, ['client', path, String(listening)]));
    return rates;
  } finally {
    server.kill();
  }
}

function messageOf(child) {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve([message]));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`a process ended with ${code}`)));
  });
}
