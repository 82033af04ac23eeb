/**
 * `jayson` over one persistent TCP connection with a line for each message, which is as fast as it can be used: its own
 * TCP server parses JSON as a stream, and its own TCP client opens a connection for each request.
 */

import { createServer, connect as open } from 'node:net';
import jayson from 'jayson';
import ClientBrowser from 'jayson/lib/client/browser/index.js';

/** Calls `handle` with each line. */
function onLines(socket, handle) {
  let rest = '';
  socket.setNoDelay(true);
  socket.setEncoding('utf8');
  socket.on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) handle(line);
  });
}

export function serve() {
  const methods = new jayson.Server({ echo: (args, callback) => callback(null, args[0]) });
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      onLines(socket, (line) => {
        methods.call(line, (error, success) => socket.write(`${JSON.stringify(error ?? success)}\n`));
      });
    });
    server.listen(0, '127.0.0.1', () => resolve({ port: server.address().port }));
  });
}

export function connect(port) {
  return new Promise((resolve, reject) => {
    const socket = open(port, '127.0.0.1');
    const waiting = new Map();
    let lastId = 0;
    socket.once('error', reject);
    onLines(socket, (line) => {
      const { id } = JSON.parse(line);
      waiting.get(id)(null, line);
      waiting.delete(id);
    });
    const client = new ClientBrowser(
      (request, callback) => {
        waiting.set(lastId, callback);
        socket.write(`${request}\n`);
      },
      { generator: () => ++lastId },
    );
    const echo = (data) =>
      new Promise((settle, fail) => {
        client.request('echo', [data], (error, response) => (error ? fail(error) : settle(response.result)));
      });
    const close = () =>
      new Promise((closed) => {
        socket.once('close', closed);
        socket.end();
      });
    socket.once('connect', () => resolve({ echo, close }));
  });
}
