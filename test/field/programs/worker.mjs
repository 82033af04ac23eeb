import { parentPort, workerData } from 'node:worker_threads';
import { connect, listen } from 'socket-protocol';

const { role, port, secret } = workerData;
if (role === 'client') {
  const session = await connect({ port, secret });
  parentPort.postMessage(await session.read(0));
  await session.read(1);
} else {
  const server = await listen({ port: 0, secret }, (session) => {
    session.onRead(0, () => 'pong');
    session.onRead(1, () => new Promise(() => {}));
  });
  parentPort.postMessage({ port: server.port });
}
