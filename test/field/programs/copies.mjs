/** A program with two copies of the package, as two dependencies of it may bring them. */

import { once } from 'node:events';
import { createConnection } from 'node:net';
import * as one from 'socket-protocol';
import { openInspector } from 'socket-protocol/inspector';
import { obey, shown } from './lines.mjs';
import * as other from './second/index.mjs';
import * as otherWire from './second/wire.mjs';

const SECRET = 'correct horse battery staple';

/** Uses a session of the first copy on a server of the first copy. */
async function between(onSession, use) {
  const server = await one.listen({ port: 0, secret: SECRET }, onSession);
  const session = await one.connect({ port: server.port, secret: SECRET });
  try {
    return await use(session);
  } catch (error) {
    return shown(error);
  } finally {
    await session.close();
    await server.close();
  }
}

obey({
  'are two': () => one.StatusError !== other.StatusError && one.connect !== other.connect,
  'status error': ({ isAsync }) =>
    between(
      (session) => {
        const refuse = () => {
          throw new other.StatusError(other.STATUS_OPERATION_NOT_PERMITTED);
        };
        session.onWrite(0, isAsync ? async () => refuse() : refuse);
      },
      (session) => session.write(0, 1),
    ),
  /** What a program does in a `catch`, with the helpers of one copy and an error of the other. */
  recognised: async () => {
    const [error] = await Promise.allSettled([other.connect({ port: 1 })]);
    return [one.isSocketProtocolError(error.reason), error.reason.code];
  },
  transport: async () => {
    const server = await one.listen({ port: 0, secret: SECRET }, (session) =>
      session.onRead(0, () => 'pong'),
    );
    const session = new one.PureJsonProtocol(new other.TcpClientStp({ port: server.port }), {
      secret: SECRET,
      autoAuth: true,
    });
    const answer = await session.read(0);
    await session.close();
    await server.close();
    return answer;
  },
  'memory pair': async () => {
    const { client, server } = other.createMemoryPair();
    const asking = new one.PureJsonProtocol(client);
    const answering = new other.PureJsonProtocol(server);
    answering.onRead(0, () => 'pong');
    const answer = await asking.read(0);
    await asking.close();
    await answering.close();
    return answer;
  },
  'taken port': async () => {
    const server = await one.listen({ port: 0 }, () => {});
    const session = new one.PureJsonProtocol(new other.TcpServerStp({ port: server.port }));
    const [reason] = await once(session, 'abandoned');
    await session.close();
    await server.close();
    return reason;
  },
  /** A frame whose checksum is wrong, and one that is right, with the codec of the other copy. */
  codec: async () => {
    let dropped;
    const drop = new Promise((resolve) => {
      dropped = resolve;
    });
    const server = await one.listen({ port: 0, codec: otherWire.createPureJson() }, (session) => {
      session.on('dropped', ({ reason }) => dropped(reason));
      session.onRead(0, () => 'pong');
    });
    const text = '{"data_id": 0, "service_id": 10, "status": 0, "data": null}';
    const socket = createConnection(server.port);
    socket.write(otherWire.encodeStp(Buffer.from(`${text}----`)));
    const reason = await drop;
    socket.destroy();
    const session = await one.connect({ port: server.port, codec: otherWire.pureJson });
    const answer = await session.read(0);
    await session.close();
    await server.close();
    return { answer, reason };
  },
  inspector: async () => {
    const inspector = await openInspector();
    const server = await other.listen({ port: 0 }, (session) => session.onRead(0, () => 'pong'));
    const session = await other.connect({ port: server.port, ...inspector.watch('pump') });
    const answer = await session.read(0);
    await session.close();
    await server.close();
    await inspector.close();
    return answer;
  },
});
