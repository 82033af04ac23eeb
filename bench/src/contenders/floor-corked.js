/** The floor with the writes of a tick joined to one. */

import { connectLines, serveLines } from './lines.js';

const write = (socket, line) => {
  if (socket.writableCorked === 0) {
    socket.cork();
    process.nextTick(() => socket.uncork());
  }
  socket.write(line);
};

export const serve = () => serveLines(write);
export const connect = (port) => connectLines(port, write);
