/** A server that never answers, or a client that waits for it and records its failures; nothing catches what it fails with. */

import { connect, listen } from 'socket-protocol';

const [what, folder, port] = process.argv.slice(2);
const secret = 'correct horse battery staple';

if (what === 'server') {
  const server = await listen({ port: 0, secret }, (session) => {
    session.onRead(0, () => 21.5);
    session.onRead(1, () => new Promise(() => {}));
  });
  console.log(server.port);
} else {
  const session = await connect({ port: Number(port), secret, reconnect: false, recordFailures: folder });
  await session.read(0);
  console.log('asks');
  await session.read(1, { timeout: 60_000 });
}
