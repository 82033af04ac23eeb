/** The server of `ends.mjs`: hangs up by ending, when it is told to. */

import { listen } from 'socket-protocol';
import { say } from './lines.mjs';

const server = await listen({ port: 0 }, (session) => {
  session.onRead(0, () => 'x');
  session.onRead(1, () => new Promise(() => {}));
  session.onWrite(0, () => null);
  session.onExecute(1, () => void session.read(3, { timeout: 50_000 }).catch(() => {}));
  session.onWrite(9, () => process.exit());
});
say('listening', { port: server.port });
