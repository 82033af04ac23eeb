/** A server in several processes that share a port. */

import cluster from 'node:cluster';
import { once } from 'node:events';
import { connect, listen } from 'socket-protocol';
import { obey } from './lines.mjs';

const SECRET = 'correct horse battery staple';

if (cluster.isPrimary) {
  obey({
    'ask all': async ({ processes, visits }) => {
      const workers = Array.from({ length: processes }, () => cluster.fork());
      const [port] = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
      const pids = [];
      for (let i = 0; i < visits; i++) {
        const session = await connect({ port, secret: SECRET });
        pids.push(await session.read(0));
        await session.close();
      }
      for (const worker of workers) worker.kill();
      return { answers: pids.length, processes: new Set(pids).size };
    },
  });
} else {
  const server = await listen({ port: 0, secret: SECRET }, (session) => {
    session.onRead(0, () => process.pid);
  });
  process.send(server.port);
}
