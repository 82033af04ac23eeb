/** The floor: `node:net` with a line of JSON for each message, an id map, and one write for each message. */

import { connectLines, serveLines } from './lines.js';

const write = (socket, line) => socket.write(line);

export const serve = () => serveLines(write);
export const connect = (port) => connectLines(port, write);
