/** `ws` with JSON and an id map. */

import { WebSocket, WebSocketServer } from 'ws';

export function serve() {
  return new Promise((resolve) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false }, () =>
      resolve({ port: server.address().port }),
    );
    server.on('connection', (socket) => {
      socket.on('message', (text) => {
        const { id, data } = JSON.parse(text);
        socket.send(JSON.stringify({ id, data }));
      });
    });
  });
}

export function connect(port) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    const waiting = new Map();
    let lastId = 0;
    socket.once('error', reject);
    socket.on('message', (text) => {
      const { id, data } = JSON.parse(text);
      waiting.get(id)(data);
      waiting.delete(id);
    });
    const echo = (data) =>
      new Promise((settle) => {
        const id = ++lastId;
        waiting.set(id, settle);
        socket.send(JSON.stringify({ id, data }));
      });
    const close = () =>
      new Promise((closed) => {
        socket.once('close', closed);
        socket.close();
      });
    socket.once('open', () => resolve({ echo, close }));
  });
}
