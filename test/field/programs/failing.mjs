/**
 * A program whose own functions fail, one kind for each name on its command line. It talks to itself, tells what came of it, and
 * then has to end by itself: nothing here ends the process, and nothing catches what the library lets through.
 */

import { EventEmitter, errorMonitor, on as iterate, once } from 'node:events';
import { createContext, runInContext } from 'node:vm';
import {
  connect,
  createMemoryPair,
  listen,
  PureJsonProtocol,
  Session,
  StatusError,
  systemClock,
  TcpServerStp,
} from 'socket-protocol';
import { pureJson } from 'socket-protocol/wire';
import { pause, say, shown } from './lines.mjs';

process.on('warning', ({ name, code, message }) => say('warning', { name, code, message }));

const SECRET = 'a secret of more than sixteen bytes';
const fail = async () => {
  throw new Error('of the user');
};
const throwing = () => {
  throw new Error('of the user');
};
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Two ends that do what ends do, whatever options they have. */
async function converse({
  client = {},
  server = {},
  onSession = () => {},
  onClient = () => {},
  secret = SECRET,
}) {
  const listening = await listen({ port: 0, secret, ...server }, (session) => {
    session.onRead(0, () => 'pong');
    session.onRead(1, () => {
      throw new StatusError(6);
    });
    onSession(session);
  });
  let outcome;
  let session;
  try {
    session = await connect({
      port: listening.port,
      secret,
      reconnect: false,
      channelName: 'field',
      ...client,
    });
    onClient(session);
    const [read] = await Promise.allSettled([session.read(0), session.read(1)]);
    outcome = read.status === 'fulfilled' ? read.value : shown(read.reason);
    await session.send(30, 1, 'unasked');
  } catch (error) {
    outcome = shown(error);
  }
  const ended = session === undefined ? null : once(session, 'closed');
  await session?.close();
  await ended;
  await listening.close();
  say('end', { outcome, counters: session?.counters ?? null });
}

const EVENTS = [
  'trusted',
  'untrusted',
  'disconnected',
  'message',
  'dropped',
  'channelName',
  'closed',
  'callbackError',
];

/** Listeners for everything, by every way of listening. */
function listenBadly(session, listener) {
  for (const event of EVENTS) {
    session.on(event, listener);
    session.once(event, listener);
    session.prependListener(event, listener);
    session.prependOnceListener(event, listener);
    session.addListener(event, listener);
  }
}

/** Runs a handler that fails; what the server and the peer hear of it. */
async function answer(handler, { options = {}, isListening = false } = {}) {
  const heard = [];
  const listening = await listen({ port: 0, ...options }, (session) => {
    session.onRead(0, handler);
    session.onRead(1, () => 'pong');
    // messages that nobody answers
    session.registerCallback(31, null, handler);
    if (isListening)
      session.on('callbackError', (error, { serviceId, dataId }) =>
        heard.push({ error: shown(error), isError: error instanceof Error, serviceId, dataId }),
      );
  });
  const client = await connect({ port: listening.port, reconnect: false });
  const answers = await Promise.allSettled([client.read(0), client.read(0), client.read(1)]);
  await client.send(31, 4, 'a message');
  await client.read(1);
  const [session] = listening.sessions;
  const { callbackErrors } = session.counters;
  await client.close();
  await listening.close();
  const statuses = answers.map(({ value, reason }) => value ?? reason.status);
  say('end', { statuses, callbackErrors, heard });
}

const CASES = {
  // ── listeners ──
  'async listeners': () =>
    converse({
      onSession: (session) => listenBadly(session, fail),
      onClient: (session) => listenBadly(session, fail),
    }),
  'throwing listeners': () =>
    converse({
      onSession: (session) => listenBadly(session, throwing),
      onClient: (session) => listenBadly(session, throwing),
    }),
  'listeners after one that throws': async () => {
    const calls = [];
    await converse({
      onClient: (session) => {
        session.on('closed', throwing);
        session.on('closed', () => calls.push('second'));
        session.once('closed', fail);
        session.on('closed', () => calls.push('last'));
      },
    });
    say('calls', { calls });
  },
  'listeners of listeners': () =>
    converse({
      onClient: (session) => {
        session.on('newListener', fail);
        session.on('removeListener', fail);
        session.on('newListener', throwing);
        const listener = () => {};
        session.on('message', listener);
        session.off('message', listener);
      },
    }),
  'the event error': () =>
    converse({
      onClient: (session) => {
        const heard = [];
        session.on(errorMonitor, () => heard.push('monitor'));
        try {
          session.emit('error', new Error('mine'));
        } catch ({ message }) {
          heard.push(message);
        }
        session.on('error', fail);
        session.emit('error', new Error('mine'));
        say('heard', { heard });
      },
    }),
  'captured rejections': () => {
    EventEmitter.captureRejections = true;
    return CASES['async listeners']();
  },
  'helpers of node:events': async () => {
    const { client, server } = createMemoryPair();
    const [here, there] = [new Session(client), new Session(server)];
    await once(here, 'connected');
    const messages = iterate(here, 'message');
    await there.send(30, 1, 'one');
    const { value } = await messages.next();
    await messages.return();
    const closed = once(here, 'closed');
    await here.close();
    await closed;
    await there.close();
    say('end', { outcome: value[0].data, listeners: here.listenerCount('message') });
  },

  // ── loggers, observers, inspectors ──
  'an async logger': () =>
    converse({ client: { logger: { debug: fail, info: fail, warn: fail, error: fail } } }),
  'a throwing logger': () => converse({ server: { logger: { warn: throwing, info: throwing } } }),
  'an async child': () => converse({ client: { logger: { ...silent, child: fail } } }),
  'a throwing child': () => converse({ client: { logger: { ...silent, child: throwing } } }),
  'an async observer': () => converse({ client: { observe: fail }, server: { observe: fail } }),
  'an async inspector': () => converse({ client: { inspect: fail }, server: { inspect: { next: fail } } }),

  // ── what a session asks for ──
  'an async random': () => converse({ client: { random: fail } }),
  'a random that is no number': () => converse({ client: { random: async () => 0.5 } }),
  'an async clock': () => converse({ client: { clock: { ...systemClock, now: fail } } }),
  'an async timer': () =>
    converse({
      client: {
        clock: {
          now: systemClock.now,
          setTimeout: async (callback, ms) => {
            systemClock.setTimeout(callback, ms);
            await fail();
          },
          clearTimeout: fail,
        },
      },
    }),
  'an async key of the client': () => converse({ client: { deriveKey: fail } }),
  'an async key of the server': () => converse({ server: { deriveKey: fail } }),
  'an async encode': () => converse({ client: { codec: { ...pureJson, name: 'mine', encode: fail } } }),
  'an async decode': () =>
    converse({
      client: {
        codec: { ...pureJson, name: 'mine', decode: fail },
        connectTimeout: 500,
        authenticationTimeout: 500,
      },
    }),
  'an async transport': async () => {
    for (const method of ['send', 'reconnect', 'initChannelName']) {
      const { client, server } = createMemoryPair();
      client[method] = fail;
      const [here, there] = [new Session(client), new Session(server)];
      await here.read(0, { timeout: 50 }).catch(() => {});
      await here.close();
      await there.close();
    }
    say('end', { outcome: 'closed' });
  },

  // ── handlers ──
  'a throwing handler': () => answer(throwing),
  'an async handler': () => answer(fail),
  'a handler with a listener': () => answer(fail, { isListening: true }),
  'a handler with a logger': () => {
    const lines = [];
    const write = (line) => lines.push(line.split('\n')[0]);
    return answer(fail, { options: { logger: { error: write } } }).then(() => say('lines', { lines }));
  },
  'a handler with a quiet logger': () => answer(fail, { options: { logger: console, logLevel: 'silent' } }),
  'a handler with a logger of other levels': () => answer(fail, { options: { logger: { info() {} } } }),
  'a handler that throws no error': () =>
    answer(
      () => {
        throw Object.create(null);
      },
      { isListening: true },
    ),
  'a handler that throws null': () => answer(() => Promise.reject(null), { isListening: true }),
  'a handler that throws a revoked proxy': () =>
    answer(
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        throw proxy;
      },
      { isListening: true },
    ),
  'a handler of another realm': () =>
    answer(runInContext("async () => { throw new RangeError('of the user') }", createContext({})), {
      isListening: true,
    }),
  'a handler with a hostile promise': () =>
    answer(
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: what this is about
        get then() {
          throw new Error('of the user');
        },
      }),
      { isListening: true },
    ),
  'a handler whose promise settles twice': () =>
    answer(
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: what this is about
        then(_, reject) {
          reject(new Error('of the user'));
          reject(new Error('again'));
          throw new Error('and again');
        },
      }),
      { isListening: true },
    ),
  'a handler that is too slow': () =>
    answer(() => new Promise(() => {}), { options: { callbackTimeout: 50 }, isListening: true }),
  'a result that cannot be sent': () => answer(() => ({ at: () => {} }), { isListening: true }),
  'a result that is too long': () =>
    answer(() => 'x'.repeat(2000), { options: { maxFrameLength: 1000 }, isListening: true }),
  'a handler that answers with a status': () =>
    answer(() => Promise.reject(new StatusError(6)), { isListening: true }),
  'a handler that fails very often': async () => {
    const listening = await listen({ port: 0 }, (session) => {
      session.onRead(null, fail);
    });
    const client = await connect({ port: listening.port, reconnect: false });
    for (let dataId = 0; dataId < 1_000; dataId++) await client.read(dataId % 500).catch(() => {});
    const [{ counters }] = listening.sessions;
    await client.close();
    await listening.close();
    say('end', { callbackErrors: counters.callbackErrors });
  },

  // ── a port that is taken ──
  'a port that is taken': async () => {
    const listening = await listen({ port: 0 }, () => {});
    const { port } = listening;
    for (const options of [
      {},
      { logger: { error() {} } },
      { observe() {} },
      { logger: silent, logLevel: 'error' },
    ]) {
      const session = new PureJsonProtocol(new TcpServerStp({ port }), options);
      await pause(20);
      await session.close();
    }
    say('told', {});
    for (const options of [{ logger: silent }, { logLevel: 'silent' }]) {
      const session = new PureJsonProtocol(new TcpServerStp({ port }), options);
      await pause(20);
      await session.close();
    }
    const session = new PureJsonProtocol(new TcpServerStp({ port }));
    const [error] = await once(session, 'connectFailed');
    await session.close();
    await listening.close();
    say('end', { error: shown(error) });
  },
};

await CASES[process.argv[2]]();
