/** A line of JSON for each message: what the two floors share. */

import { createServer, connect as open } from 'node:net';

/** Calls `handle` with each message that comes in. */
function onMessages(socket, handle) {
  let rest = '';
  socket.setEncoding('utf8');
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) handle(JSON.parse(line));
  });
}

export function serveLines(write) {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      onMessages(socket, ({ id, data }) => write(socket, `${JSON.stringify({ id, data })}\n`));
    });
    server.listen(0, '127.0.0.1', () => resolve({ port: server.address().port }));
  });
}

export function connectLines(port, write) {
  return new Promise((resolve, reject) => {
    const socket = open(port, '127.0.0.1');
    const waiting = new Map();
    let lastId = 0;
    socket.once('error', reject);
    onMessages(socket, ({ id, data }) => {
      waiting.get(id)(data);
      waiting.delete(id);
    });
    const echo = (data) =>
      new Promise((settle) => {
        const id = ++lastId;
        waiting.set(id, settle);
        write(socket, `${JSON.stringify({ id, data })}\n`);
      });
    const close = () =>
      new Promise((closed) => {
        socket.once('close', closed);
        socket.end();
      });
    socket.once('connect', () => resolve({ echo, close }));
  });
}
