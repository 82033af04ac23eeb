/** `vscode-jsonrpc` over a TCP socket. */

import { createServer, connect as open } from 'node:net';
import rpc from 'vscode-jsonrpc/node.js';

const connectionOf = (socket) => {
  socket.setNoDelay(true);
  return rpc.createMessageConnection(
    new rpc.SocketMessageReader(socket),
    new rpc.SocketMessageWriter(socket),
  );
};

export function serve() {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      const connection = connectionOf(socket);
      connection.onRequest('echo', (data) => data);
      connection.listen();
    });
    server.listen(0, '127.0.0.1', () => resolve({ port: server.address().port }));
  });
}

export function connect(port) {
  return new Promise((resolve, reject) => {
    const socket = open(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('connect', () => {
      const connection = connectionOf(socket);
      connection.listen();
      const close = () =>
        new Promise((closed) => {
          socket.once('close', closed);
          socket.end();
        });
      resolve({ echo: (data) => connection.sendRequest('echo', data), close });
    });
  });
}
