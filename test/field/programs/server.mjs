/** A server program: listens, and answers. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { listen } from 'socket-protocol';
import { busy, obey, pause, say, shown } from './lines.mjs';

const servers = new Map();
let logLines = 0;
const countLine = () => void logLines++;
const counting = { debug: countLine, info: countLine, warn: countLine, error: countLine };
const delays = monitorEventLoopDelay({ resolution: 1 });

function welcome(session, name, delayMs) {
  say('session', { name });
  for (const event of ['trusted', 'disconnected', 'authenticationFailed'])
    session.on(event, (...args) => say(`server ${event}`, { name, args: args.map(shown) }));
  session.onRead(null, async (_data, { dataId }) => {
    if (delayMs > 0) await pause(delayMs);
    return dataId === 0 ? 'pong' : 'x'.repeat(dataId);
  });
  session.onWrite(null, (data) => {
    const number = Array.isArray(data) ? data[0] : data;
    if (typeof number === 'number') say('written', { name, data: number });
    return data?.length ?? null;
  });
  // asks the client before it answers
  session.onExecute(0, () => session.read(0));
  // asks the client, which asks back, before that is answered
  session.onExecute(1, () => session.execute(2));
  session.onExecute(3, () => 'the end');
}

async function open({ name = 'server', options, delayMs = 0, isLogging = false, isForgetful = false }) {
  const server = await listen({ ...options, ...(isLogging ? { logger: counting } : {}) }, (session) => {
    welcome(session, name, delayMs);
    if (isForgetful) session.removeAllListeners();
  });
  servers.set(name, server);
  return { port: server.port, sinceMs: Date.now() };
}

obey({
  listen: open,
  /** Listens after a while: a server that is starting. */
  'listen later': async ({ afterMs, ...setup }) => {
    await pause(afterMs);
    return await open(setup);
  },
  pause: ({ ms }) => pause(ms),
  state: ({ name = 'server' }) => {
    const { sessions, counters } = servers.get(name);
    return {
      sessions: sessions.size,
      trusted: [...sessions].filter(({ isTrusted }) => isTrusted).length,
      counters,
      logLines,
    };
  },
  busy: ({ ms }) => {
    say('busy');
    busy(ms);
  },
  'watch the loop': () => {
    delays.enable();
    delays.reset();
  },
  'loop delay': () => {
    delays.disable();
    return delays.max / 1e6;
  },
  /** Reads of so many bytes from the first client, all at once. */
  'read many': async ({ name = 'server', dataId, count, options }) => {
    const [session] = servers.get(name).sessions;
    const outcomes = await Promise.allSettled(
      Array.from({ length: count }, () => session.read(dataId, options)),
    );
    return {
      answered: outcomes.filter(({ status }) => status === 'fulfilled').length,
      characters: outcomes.map(({ value = '' }) => value).join('').length,
      failed: outcomes.filter(({ status }) => status === 'rejected').map(({ reason }) => shown(reason)),
    };
  },
  write: async ({ name = 'server', length, options }) => {
    const [session] = servers.get(name).sessions;
    return await session.write(1, 'x'.repeat(length), options);
  },
  'reload tls': ({ name = 'server', tls }) => servers.get(name).reloadTls(tls),
  close: ({ name = 'server' }) => servers.get(name).close(),
});
