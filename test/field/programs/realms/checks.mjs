/** What a program does whose objects come from another realm than the library's own. */

const SECRET = 'correct horse battery staple';

/** The realm in which this module runs. */
export const ownRealm = {
  AbortController,
  ArrayBuffer,
  Boolean,
  Date,
  Error,
  Map,
  Promise,
  Uint8Array,
  // biome-ignore lint/security/noGlobalEval: every realm has its own
  eval: globalThis.eval,
};

/**
 * Uses the library with objects of a realm; resolves with what came of each use, by its name.
 *
 * @param library what `socket-protocol` exports
 * @param realm the constructors of the realm, and its `eval`
 */
export async function report(library, realm) {
  const { connect, listen } = library;
  const outcomes = {};
  const tried = async (name, act) => {
    try {
      outcomes[name] = await act();
    } catch (error) {
      outcomes[name] = `${error?.name}: ${error?.message}`;
    }
  };
  const bytesOf = (text) => realm.Uint8Array.from(Array.from(text, (character) => character.charCodeAt(0)));
  const options = realm.eval(`({ port: 0, secret: ${JSON.stringify(SECRET)} })`);
  const failed = [];
  const server = await listen(options, (session) => {
    session.on('callbackError', (error) => failed.push(error.message));
    session.onRead(0, () => 'pong');
    session.onRead(1, () => new realm.Promise(() => {}));
    session.onRead(5, () => new realm.Promise(() => {}));
    session.onRead(2, () => realm.Promise.resolve('of the realm'));
    session.onRead(3, () => realm.Promise.reject(new realm.Error('of the realm')));
    session.onRead(4, () => {
      throw new realm.Error('of the realm');
    });
    session.onWrite(0, (data) => data);
    // a message that nobody has asked for
    session.registerCallback(101, 0, () => realm.Promise.reject(new realm.Error('of the realm')));
  });
  const { port } = server;
  const visit = async (more) => {
    const session = await connect({ port, ...more });
    const answer = await session.read(0);
    await session.close();
    return answer;
  };
  await tried('a secret in bytes', () => visit({ secret: bytesOf(SECRET) }));
  await tried('a secret in a Buffer', () => visit({ secret: Buffer.from(SECRET) }));
  await tried('a secret of TextEncoder', () => visit({ secret: new TextEncoder().encode(SECRET) }));
  await tried('a wrong secret in bytes', () => visit({ secret: bytesOf('wrong horse battery staple') }));
  await tried('a server with a secret in bytes', async () => {
    const other = await listen({ port: 0, secret: bytesOf(SECRET) }, (session) =>
      session.onRead(0, () => 'pong'),
    );
    const answer = await visit({ port: other.port, secret: SECRET });
    await other.close();
    return answer;
  });

  const { AbortController } = realm;
  const session = await connect(realm.eval(`({ port: ${port}, secret: ${JSON.stringify(SECRET)} })`));
  const ask = (dataId, signal) => session.read(dataId, { signal });
  await tried('a signal', () => ask(0, new AbortController().signal));
  await tried('a signal that was aborted before', () => {
    const controller = new AbortController();
    controller.abort();
    return ask(0, controller.signal);
  });
  await tried('a signal that is aborted', () => {
    const controller = new AbortController();
    const answer = ask(1, controller.signal);
    controller.abort();
    return answer;
  });
  await tried('a signal for many requests', async () => {
    const { signal } = new AbortController();
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(0, signal)));
    return new Set(answers).size;
  });
  await tried('a signal of connect', () => visit({ secret: SECRET, signal: new AbortController().signal }));
  await tried('a signal that is aborted while connecting', () => {
    const controller = new AbortController();
    const connecting = connect({ port: 1, waitForPeer: true, signal: controller.signal });
    controller.abort();
    return connecting;
  });

  await tried('a promise', () => session.read(2));
  await tried('a promise that rejects', () => session.read(3));
  await tried('an error', () => session.read(4));
  await tried('a promise that rejects and that nobody waits for', async () => {
    await session.send(101, 0, null);
    return session.read(0);
  });
  outcomes['what failed'] = failed;

  /** The name of the error and its reason. */
  const failureOf = (promise) =>
    promise.catch(({ name, reason, message }) => `${name} ${reason}: ${message}`);
  await tried('a port on which nobody listens', () => failureOf(connect({ port: 1 })));
  await tried('a name for it', () => failureOf(connect({ host: 'localhost', port: 1 })));
  await tried('a port that is taken', () => failureOf(listen({ port }, () => {})));
  await tried('a time-out', () => failureOf(session.read(5, { timeout: 200 })));

  const echo = (data) => session.write(0, data);
  await tried('data', () => echo(realm.eval('({ a: [1, { b: "c" }], d: null, e: true })')));
  await tried('data with a date', () => echo({ a: [new realm.Date(0)] }));
  await tried('data of a class', () => echo(realm.eval('new (class Point { x = 1; y = 2 })()')));
  const lost = {
    'a promise': realm.Promise.resolve(),
    'an error': new realm.Error('x'),
    'a map': new realm.Map([[1, 2]]),
    'an invalid date': new realm.Date(Number.NaN),
    bytes: new realm.Uint8Array(2),
    'a buffer': new realm.ArrayBuffer(2),
    'a boxed value': new realm.Boolean(false),
    'a pattern': realm.eval('/x/'),
  };
  for (const [name, value] of Object.entries(lost))
    await tried(`data with ${name}`, () => echo({ a: [value] }));
  await session.close();
  await server.close();
  return outcomes;
}
