/** A client program: makes sessions and uses them. It never calls `reconnect` or `authenticate`. */

import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs';
import { connect, PureJsonProtocol, retry, TcpClientStp } from 'socket-protocol';
import { busy, obey, pause, say, shown } from './lines.mjs';

const EVENTS = [
  'connected',
  'disconnected',
  'connectFailed',
  'abandoned',
  'trusted',
  'untrusted',
  'authenticationFailed',
  'closed',
];

const sessions = new Map();

function keep(name, session) {
  sessions.set(name, session);
  for (const event of EVENTS) {
    session.on(event, (...args) =>
      say(event, { name, args: args.map(shown), peerAddress: session.peerAddress ?? null }),
    );
  }
  session.onRead(null, (_data, { dataId }) => (dataId === 0 ? 'pong' : 'x'.repeat(dataId)));
  session.onWrite(null, (data) => data.length);
  session.onExecute(2, () => session.execute(3));
}

const stateOf = (session) => ({
  isConnected: session.isConnected(),
  isTrusted: session.isTrusted,
  peerAddress: session.peerAddress ?? null,
  counters: session.counters,
});

const settled = async (promises) => {
  const answered = [];
  const failed = [];
  for (const { status, value, reason } of await Promise.allSettled(promises)) {
    if (status === 'fulfilled') answered.push(value);
    else failed.push(shown(reason));
  }
  return { answered, failed };
};

obey({
  connect: async ({ name = 'session', options, signalMs }) => {
    const signal = signalMs === undefined ? undefined : AbortSignal.timeout(signalMs);
    say('connecting', { name });
    const session = await connect({ ...options, signal });
    say('connect resolved', { name });
    keep(name, session);
    return stateOf(session);
  },
  /** Many at once, in the same tick. */
  'connect many': async ({ count, options }) => {
    const startMs = performance.now();
    const { answered, failed } = await settled(Array.from({ length: count }, () => connect(options)));
    const ms = performance.now() - startMs;
    answered.forEach((session, i) => void sessions.set(`many ${i}`, session));
    return { trusted: answered.filter(({ isTrusted }) => isTrusted).length, failed, ms };
  },
  /** One after the other: connects, reads, closes. */
  'visit many': async ({ count, pauseMs, options }) => {
    const failed = [];
    for (let i = 0; i < count; i++) {
      await pause(pauseMs);
      try {
        const session = await connect(options);
        await session.read(0);
        await session.close();
      } catch (error) {
        failed.push(shown(error));
      }
    }
    return { failed };
  },
  /** Comes back again and again, whatever it is told; prints what that was. */
  'knock for ever': ({ pauseMs, options }) => {
    const knock = async () => {
      try {
        const session = await connect(options);
        say('let in');
        await session.close();
      } catch (error) {
        say('turned away', { error: shown(error) });
      }
      setTimeout(knock, pauseMs);
    };
    void knock();
  },
  /** The original's way. */
  open: async ({ name = 'session', transport, options = {}, ticks = 0 }) => {
    const comm = new TcpClientStp(transport);
    for (let i = 0; i < ticks; i++) await pause(0);
    const session = new PureJsonProtocol(comm, options);
    keep(name, session);
  },
  read: ({ name = 'session', dataId = 0, options }) => sessions.get(name).read(dataId, options),
  /** Reads of so many bytes, all at once; resolves with how many characters came. */
  'read many': async ({ name = 'session', dataId = 0, count, options }) => {
    const reads = Array.from({ length: count }, () => sessions.get(name).read(dataId, options));
    const { answered, failed } = await settled(reads);
    return { answered: answered.length, characters: answered.join('').length, failed };
  },
  write: ({ name = 'session', length, options }) => sessions.get(name).write(1, 'x'.repeat(length), options),
  execute: ({ name = 'session', dataId = 0, options }) => sessions.get(name).execute(dataId, null, options),
  'execute many': async ({ name = 'session', dataId = 0, count, options }) => {
    const all = Array.from({ length: count }, () => sessions.get(name).execute(dataId, null, options));
    const { answered, failed } = await settled(all);
    return { answered: answered.length, failed };
  },
  send: ({ name = 'session', dataId = 0, data = null, timeout }) =>
    sessions.get(name).send(20, dataId, data, 0, timeout),
  'send and tell when': async ({ name, timeout }) => {
    const startedMs = Date.now();
    return { isSent: await sessions.get(name).send(20, 0, null, 0, timeout), startedMs };
  },
  /** Asks again and again; prints each outcome. */
  'read for ever': ({ name = 'session', everyMs, options }) => {
    setInterval(() => {
      sessions
        .get(name)
        .read(0, options)
        .then(
          () => say('answered', { name }),
          (error) => say('failed', { name, error: shown(error) }),
        );
    }, everyMs);
  },
  /** Sends without waiting for anything. */
  'send for ever': ({ name = 'session', everyMs, padding = 0 }) => {
    const pad = 'x'.repeat(padding);
    let count = 0;
    setInterval(async () => {
      const n = ++count;
      say('sent', { name, n, isSent: await sessions.get(name).send(20, 0, padding > 0 ? [n, pad] : n) });
    }, everyMs);
  },
  /** Asks, and then has no time to listen; as a program whose callback of the file system takes long. */
  'read while busy': async ({ name = 'session', busyMs, dataId = 0, options }) => {
    const answer = sessions.get(name).read(dataId, options);
    readFile(new URL(import.meta.url), () => busy(busyMs));
    return (await settled([answer])).failed;
  },
  /** Prints each reading, and how the loop ended. */
  watch: ({ name = 'session', options }) => {
    const loop = async () => {
      for await (const reading of sessions.get(name).watch(0, options)) say('reading', { name, ...reading });
    };
    void loop().then(
      () => say('watch ended', { name, error: null }),
      (error) => say('watch ended', { name, error: shown(error) }),
    );
  },
  retry: ({ name = 'session', options }) => void sessions.get(name).use(retry(options)),
  pause: ({ ms }) => pause(ms),
  'look up': async ({ host }) => (await lookup(host, { all: true })).map(({ address }) => address),
  state: ({ name = 'session' }) => stateOf(sessions.get(name)),
  close: ({ name = 'session' }) => sessions.get(name).close(),
});
