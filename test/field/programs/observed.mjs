/** A program that knows nothing of being observed. */

import { connect, listen } from 'socket-protocol';

const server = await listen({ port: 0 }, (session) => {
  session.addData(10, 0, 'span').onRead(0, async () => {
    await null;
    return globalThis.currentSpan?.() ?? 'none';
  });
});
const { port } = server;
const session = await connect({ port });
session.addData(10, 0, 'span').addData(10, 1, 'nothing');
console.log(await session.read(0));
console.log((await session.read(1).catch((error) => error)).code);
await session.close();
await server.close();
console.log((await connect({ port }).catch((error) => error)).code);
