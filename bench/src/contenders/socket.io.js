/** `socket.io` over WebSocket, with acknowledgements. */

import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';

export function serve() {
  return new Promise((resolve) => {
    const http = createServer();
    new Server(http, { transports: ['websocket'] }).on('connection', (socket) => {
      socket.on('echo', (data, acknowledge) => acknowledge(data));
    });
    http.listen(0, '127.0.0.1', () => resolve({ port: http.address().port }));
  });
}

export function connect(port) {
  return new Promise((resolve, reject) => {
    const socket = io(`http://127.0.0.1:${port}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
    });
    socket.once('connect_error', reject);
    const echo = (data) => new Promise((settle) => socket.emit('echo', data, settle));
    const close = () =>
      new Promise((closed) => {
        socket.once('disconnect', closed);
        socket.disconnect();
      });
    socket.once('connect', () => resolve({ echo, close }));
  });
}
