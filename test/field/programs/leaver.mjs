/** A program that ends what it has begun: a connection, or itself. */

import { readFile } from 'node:fs';
import { connect, listen, Session, TcpClientStp } from 'socket-protocol';
import { obey, pause } from './lines.mjs';

let server;

/** From where a program can end itself. */
const POSITIONS = {
  'a timer': (act) => setTimeout(act, 1),
  'an I/O callback': (act) => readFile(process.argv[1], act),
  'a check callback': (act) => setImmediate(act),
  'a tick': (act) => process.nextTick(act),
  'a microtask': (act) => queueMicrotask(act),
  'the answer to a request': (act, session) => session.read(0).then(act),
  'a handler': (act, session) => {
    session.onRead(0, act);
    // the peer asks back
    session.send(10, 0);
  },
  'a listener': (act, session) => {
    session.once('message', act);
    session.send(10, 0);
  },
};

obey({
  /** Sends so many messages of such a length and closes; what a transport says of it. */
  'send and close': async ({ port, count, length, options }) => {
    const transport = new TcpClientStp({ port });
    const session = new Session(transport, options);
    await new Promise((resolve) => session.once('connected', resolve));
    const sent = await Promise.all(
      Array.from({ length: count }, (_, n) => session.send(40, n, 'x'.repeat(length), 0, 60_000)),
    );
    const closed = session.close();
    const { lostBytes } = await transport.close();
    await closed;
    return { sent: sent.filter((isSent) => isSent).length, lostBytes };
  },
  /** Sends a message and ends the program. */
  'send and exit': async ({ port, position, text }) => {
    const session = await connect({ port });
    const act = async () => {
      await session.send(40, 1, text);
      process.exit();
    };
    if (position === 'an async function') await act();
    else POSITIONS[position](act, session);
  },
  /** As before, several in one go. */
  'send all and exit': async ({ port, count, text }) => {
    const session = await connect({ port });
    await Promise.all(Array.from({ length: count }, (_, n) => session.send(40, n, text)));
    process.exit();
  },
  /** Sends a message, closes, and does nothing more: the program has to end by itself. */
  'send, close and be done': async ({ port, text }) => {
    const session = await connect({ port });
    await session.send(40, 1, text);
    await session.close();
    process.stdin.destroy();
  },
  /** Answers one question of each client and closes, while more of them come. */
  'answer once': async ({ length, delayMs = 0 }) => {
    server = await listen({ port: 0 }, (session) => {
      session.onRead(0, async () => {
        if (delayMs > 0) await pause(delayMs);
        setImmediate(() => session.close());
        return 'y'.repeat(length);
      });
      session.onRead(1, () => pause(60_000));
    });
    return server.port;
  },
  'close the server': () => server.close(),
});
