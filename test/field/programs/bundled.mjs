/** A program that a bundler makes one file of: every door of the package, and the page of the debugger. */

import { connect, listen } from 'socket-protocol';
import { forwardToStately, openInspector } from 'socket-protocol/inspector';
import { sessionMachine } from 'socket-protocol/machines';
import { encodeStp } from 'socket-protocol/wire';

const secret = 'correct horse battery staple';

async function main() {
  const inspector = await openInspector();
  const textAt = async (path) => (await fetch(new URL(path, inspector.url))).text();
  const server = await listen({ port: 0, secret }, (session) => {
    session.onRead(0, () => 'pong');
  });
  const session = await connect({ port: server.port, secret, ...inspector.watch('pump') });
  const stately = await forwardToStately(inspector.hub, { url: 'ws://127.0.0.1:1' }).then(
    (forwarding) => {
      forwarding.close();
      return 'forwarded';
    },
    ({ message }) => message,
  );
  const found = {
    answer: await session.read(0),
    page: (await textAt('/')).includes('<html'),
    chart: (await textAt('/charts/session.svg')).includes('<svg'),
    machine: sessionMachine.id,
    frame: encodeStp(Buffer.from('x')).length,
    stately,
  };
  await session.close();
  await server.close();
  await inspector.close();
  return found;
}

main().then(
  (found) => console.log(JSON.stringify(found)),
  ({ message }) => {
    console.log(JSON.stringify({ failed: message }));
    process.exitCode = 1;
  },
);
