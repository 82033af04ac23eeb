/** `birpc` over TCP with a line of JSON for each message. */

import { createServer, connect as open } from 'node:net';
import { createBirpc } from 'birpc';

function rpcOver(socket, functions) {
  socket.setNoDelay(true);
  socket.setEncoding('utf8');
  socket.on('error', () => {});
  return createBirpc(functions, {
    post: (line) => socket.write(`${line}\n`),
    on: (handle) => {
      let rest = '';
      socket.on('data', (text) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop();
        for (const line of lines) handle(line);
      });
    },
    serialize: JSON.stringify,
    deserialize: JSON.parse,
    timeout: -1,
  });
}

export function serve() {
  return new Promise((resolve) => {
    const server = createServer((socket) => rpcOver(socket, { echo: (data) => data }));
    server.listen(0, '127.0.0.1', () => resolve({ port: server.address().port }));
  });
}

export function connect(port) {
  return new Promise((resolve, reject) => {
    const socket = open(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('connect', () => {
      const rpc = rpcOver(socket, {});
      const close = () =>
        new Promise((closed) => {
          socket.once('close', closed);
          socket.end();
        });
      resolve({ echo: (data) => rpc.echo(data), close });
    });
  });
}
