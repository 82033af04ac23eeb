/** A listener with hardly a backlog. */

import { createServer } from 'node:net';
import { obey } from './lines.mjs';

obey({
  listen: () =>
    new Promise((resolve) => {
      const server = createServer((socket) => socket.on('error', () => {}).resume());
      server.listen({ port: 0, host: '0.0.0.0', backlog: 1 }, () => resolve({ port: server.address().port }));
    }),
});
