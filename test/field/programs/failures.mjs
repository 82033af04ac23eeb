/** Everything that a session can reject with, awaited and not: prints what the error says and where its stack leads. */

import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, listen, StatusError, TcpServerStp } from 'socket-protocol';
import { say, shown } from './lines.mjs';

const SECRET = 'a secret of more than sixteen bytes';
const NEVER = 5;
const FORBIDDEN = 6;

const server = await listen({ port: 0, secret: SECRET }, (session) => {
  session.onRead(NEVER, () => new Promise(() => {}));
  session.onRead(FORBIDDEN, () => {
    throw new StatusError(6);
  });
});
const { port } = server;
const options = { port, secret: SECRET };
const session = await connect(options);

const ring = [];
ring.push([[[[[[[[[[ring]]]]]]]]]]);

const awaited = {
  timeOut: async () => await session.read(NEVER, { timeout: 10 }),
  refusal: async () => await session.read(FORBIDDEN),
  optionOfRequest: async () => await session.read(0, { timeout: -1 }),
  unknownService: async () => await session.request(999, 0),
  wrongId: async () => await session.read(-1),
  deepInData: async () => await session.write(0, ring),
  messageDeepInData: async () => await session.send(50, 0, ring),
  cancelledBySystem: async () => await session.read(NEVER, { signal: AbortSignal.timeout(5) }),
  cancelledByProgram: async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 5);
    await session.read(NEVER, { signal: controller.signal });
  },
  nobodyListens: async () => await connect({ port: 1 }),
  wrongSecret: async () => await connect({ port, secret: 'another secret, as long as the other' }),
  hangsUp: async () => {
    const rude = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(rude, 'listening');
    try {
      await connect({ port: rude.address().port, secret: SECRET });
    } finally {
      rude.close();
    }
  },
  optionInOption: async () => await connect({ port, reconnect: { minDelay: -1 } }),
  portTaken: async () => await listen({ port }, () => {}),
  portTakenEarlier: async () => {
    const transport = new TcpServerStp({ port });
    await pause(50);
    try {
      await transport.listening();
    } finally {
      await transport.close();
    }
  },
  tooMany: async () => {
    const small = await connect({ ...options, maxPendingRequests: 1 });
    try {
      small.read(NEVER).catch(() => {});
      await small.read(NEVER);
    } finally {
      await small.close();
    }
  },
  lost: async () => {
    const other = await connect({ ...options, reconnect: false });
    setTimeout(() => other.reconnect(), 10);
    try {
      await other.read(NEVER);
    } finally {
      await other.close();
    }
  },
  closedMeanwhile: async () => {
    const other = await connect(options);
    setTimeout(() => other.close(), 10);
    await other.read(NEVER);
  },
  closedBefore: async () => {
    const other = await connect(options);
    await other.close();
    await other.read(0);
  },
  authentication: async () => await session.authenticate(-1),
};

/** As from a timer: nobody awaits these. */
const unawaited = {
  timeOut: (failed) => session.read(NEVER, { timeout: 10 }).catch(failed),
  refusal: (failed) => session.read(FORBIDDEN).catch(failed),
  nobodyListens: (failed) => connect({ port: 1 }).catch(failed),
  portTaken: (failed) => listen({ port }, () => {}).catch(failed),
};

/** The lines of a stack that are in this file. */
const linesHere = ({ stack }) => stack.split('\n').filter((line) => line.includes('failures.mjs'));

const tell = (how, name, error) => {
  const { serviceId, dataId, peerAddress } = error;
  say('failed', {
    how,
    name,
    port,
    error: shown(error),
    lines: linesHere(error),
    serviceId,
    dataId,
    peerAddress,
  });
};

for (const [name, call] of Object.entries(awaited)) {
  try {
    await call();
    say('did not fail', { name });
  } catch (error) {
    tell('awaited', name, error);
  }
}
for (const [name, call] of Object.entries(unawaited)) {
  await pause(20);
  const error = await new Promise((resolve) => void setTimeout(() => call(resolve), 0));
  tell('not awaited', name, error);
}
say('all', { awaited: Object.keys(awaited), unawaited: Object.keys(unawaited) });
process.exit();
