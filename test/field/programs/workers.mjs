/** A program whose connections are in worker threads; and one whose servers are in the processes of a cluster. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { connect, listen } from 'socket-protocol';
import { obey, shown } from './lines.mjs';

const SECRET = 'correct horse battery staple';

/** Runs `worker.mjs`; resolves with the worker and the first thing it posted. */
async function start(workerData) {
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
    workerData: { secret: SECRET, ...workerData },
  });
  const [posted] = await once(worker, 'message');
  return { worker, posted };
}

obey({
  'a client in a worker': async () => {
    let answer1 = () => {};
    const server = await listen({ port: 0, secret: SECRET }, (session) => {
      session.onRead(0, () => 'pong');
      session.onRead(1, () => new Promise((resolve) => void (answer1 = resolve)));
    });
    const { worker, posted } = await start({ role: 'client', port: server.port });
    const [session] = server.sessions;
    const disconnected = once(session, 'disconnected');
    // in the middle of a request
    await worker.terminate();
    // until then its connection looks like one that is half closed
    answer1('too late');
    await disconnected;
    const again = await connect({ port: server.port, secret: SECRET });
    const answer = await again.read(0);
    await again.close();
    await server.close();
    return { posted, answer };
  },
  'a server in a worker': async () => {
    const { worker, posted } = await start({ role: 'server' });
    const session = await connect({ port: posted.port, secret: SECRET, reconnect: false });
    const answer = await session.read(0);
    const lost = session.read(1).catch(shown);
    await session.read(0);
    await worker.terminate();
    const error = await lost;
    await session.close();
    return { answer, error };
  },
  /** Many at once, each with a library of its own. */
  'several workers': async () => {
    const server = await listen({ port: 0, secret: SECRET }, (session) => {
      session.onRead(0, () => 'pong');
      session.onRead(1, () => new Promise(() => {}));
    });
    const workers = await Promise.all(
      Array.from({ length: 3 }, () => start({ role: 'client', port: server.port })),
    );
    const sessions = server.sessions.size;
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
    await server.close();
    return { sessions, answers: workers.map(({ posted }) => posted) };
  },
});
