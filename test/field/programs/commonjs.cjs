/** A program in CommonJS: the package is an ES module. */

const assert = require('node:assert');

async function main(library) {
  const { connect, listen } = library;
  const server = await listen({ port: 0 }, (session) => {
    session.onRead(0, () => 'pong');
  });
  const session = await connect({ port: server.port });
  const answer = await session.read(0);
  await session.close();
  await server.close();
  return answer;
}

(async () => {
  const imported = await import('socket-protocol');
  const required = require('socket-protocol');
  assert.strictEqual(required.StatusError, imported.StatusError);
  assert.strictEqual(typeof require('socket-protocol/wire').encodeStp, 'function');
  console.log(await main(imported), await main(required));
})();
