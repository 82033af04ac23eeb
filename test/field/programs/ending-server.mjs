/** A server program that ends by itself when it is told to, as the README shows. Nothing reads its input. */

import { listen } from 'socket-protocol';
import { pause, say, shown } from './lines.mjs';

const { drain, timeout, listenOptions = {} } = JSON.parse(process.argv[2] ?? '{}');

process.on('warning', ({ name, message }) => say('warning', { name, message }));

const server = await listen({ port: 0, ...listenOptions }, (session) => {
  session.onRead(null, async (_data, { dataId }) => {
    say('asked', { dataId });
    await pause(dataId);
    return `after ${dataId} ms`;
  });
  session.onExecute(null, async (_data, { dataId }) => {
    say('asked', { dataId });
    return 'x'.repeat(dataId);
  });
  // asks the client back, which may take long
  session.onWrite(null, async () => {
    say('asked');
    return await session.read(1);
  });
});
server.on('closed', (report) => say('server closed', report));

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    say('ending', { signal });
    try {
      say('ended', await server.close(drain === undefined ? undefined : { drain, timeout }));
    } catch (error) {
      say('failed', { error: shown(error) });
    }
  });
}

say('listening', { port: server.port });
