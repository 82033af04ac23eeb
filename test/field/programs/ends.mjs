/** A client whose link is lost for good: tells when, and when it ends because nothing keeps it. */

import { connect } from 'socket-protocol';
import { say } from './lines.mjs';

const [port, what, options = '{}'] = process.argv.slice(2);
const LONG_MS = 60_000;

const session = await connect({
  port: Number(port),
  reconnect: false,
  requestTimeout: LONG_MS,
  ...JSON.parse(options),
});
session.onRead(3, () => new Promise(() => {}));
session.on('disconnected', (reason) => say('lost', { reason }));
process.on('exit', () => say('ends'));

const works = {
  answered: () => session.read(0, { timeout: LONG_MS }),
  'many answered': async () => {
    for (let n = 0; n < 1_000; n++) await session.read(0, { timeout: LONG_MS + n });
  },
  sent: () => session.send(20, 0, 'x', 0, LONG_MS),
  received: async () => {
    const message = session.receive(21, 0, LONG_MS);
    await session.send(20, 0, 'x');
    await message;
  },
  'timed out': () => session.read(1, { timeout: 10 }).catch(() => {}),
  cancelled: () => session.read(1, { signal: AbortSignal.abort() }).catch(() => {}),
  'still waiting for a message': async () => void session.receive(21, 0, LONG_MS),
  'made after the loss': async () => {
    session.once('disconnected', () => {
      session.read(0, { timeout: LONG_MS }).catch(() => {});
      session.send(20, 0, 'x', 0, LONG_MS);
      session.receive(21, 0, LONG_MS);
    });
  },
  'asked by the peer': () => session.execute(1),
};

await works[what]();
await session.write(9, 'end').catch(() => {});
