/** Whoever finds an open port: connects without a secret, and is a nuisance. Has no session. */

import { createConnection } from 'node:net';
import { Message } from 'socket-protocol';
import { encodeStp, pureJson } from 'socket-protocol/wire';
import { obey, say } from './lines.mjs';

const NAME = encodeStp(pureJson.encode(new Message({ serviceId: 8, dataId: 0, data: 'stranger' })));
const READ = encodeStp(pureJson.encode(new Message({ serviceId: 10, dataId: 0 })));
const TICK_MS = 10;

const count = { opened: 0, closed: 0, refused: 0 };
const sockets = new Set();

function dial(port, localAddress, onConnect) {
  const socket = createConnection({ port, host: '127.0.0.1', localAddress, noDelay: true });
  let isOpen = false;
  sockets.add(socket);
  socket.on('error', () => {});
  socket.once('connect', () => {
    isOpen = true;
    count.opened++;
    onConnect(socket);
  });
  socket.once('close', () => {
    sockets.delete(socket);
    if (isOpen) count.closed++;
    else count.refused++;
  });
  socket.resume();
  return socket;
}

/** Opens so many a second, each of which stays for as long as it may. */
function openForEver(port, perSecond, localAddress, onConnect) {
  let owed = 0;
  let lastMs = performance.now();
  setInterval(() => {
    const nowMs = performance.now();
    owed += Math.min(((nowMs - lastMs) * perSecond) / 1_000, 100);
    lastMs = nowMs;
    // its own file descriptors are finite as well
    for (; owed >= 1; owed--) if (sockets.size < 4_000) dial(port, localAddress, onConnect);
  }, TICK_MS);
}

function writeForEver(socket, bytes) {
  const write = () => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on('drain', write);
  write();
}

obey({
  /** Connects and says nothing. */
  'be idle': ({ port, perSecond, localAddress }) => openForEver(port, perSecond, localAddress, () => {}),
  /** Connects and asks for something that it may not have, again and again. */
  'ask before trust': ({ port, perSecond, localAddress }) =>
    openForEver(port, perSecond, localAddress, (socket) => socket.write(Buffer.concat(Array(40).fill(READ)))),
  /** So many that send well-formed names without end, and come back when they are thrown out. */
  'send names': ({ port, strangers, comeBackMs, localAddress }) => {
    const names = Buffer.concat(Array(200).fill(NAME));
    const come = () => {
      const socket = dial(port, localAddress, () => writeForEver(socket, names));
      socket.once('close', () => {
        say('thrown out');
        setTimeout(come, comeBackMs);
      });
    };
    for (let i = 0; i < strangers; i++) come();
  },
  state: () => count,
});
