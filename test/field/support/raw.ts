/** Peers that are no sessions: they do on a socket what no session does. */

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { pureJson, StpDecoder } from 'socket-protocol/wire';
import type { Message } from '../../../src/index.js';
import { frameOf } from '../../support/bytes.js';

/** A listener; `await using` frees its port and ends its connections. */
export class RawServer implements AsyncDisposable {
  readonly port: number;
  accepted = 0;
  readonly sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #heard = new Set<() => void>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** @param port 0: a free one */
  static async listen(
    onSocket: (socket: Socket, count: number) => void,
    { port = 0, host = '127.0.0.1' } = {},
  ): Promise<RawServer> {
    const server = createServer((socket) => {
      const { sockets } = raw;
      sockets.add(socket);
      socket.on('error', () => {}).once('close', () => sockets.delete(socket));
      onSocket(socket, ++raw.accepted);
      for (const listener of [...raw.#heard]) listener();
    });
    server.listen(port, host);
    await once(server, 'listening');
    const raw: RawServer = new RawServer(server, (server.address() as { port: number }).port);
    return raw;
  }

  /** Resolves when so many connections have come. */
  untilAccepted(count: number): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.accepted < count) return;
        this.#heard.delete(check);
        resolve();
      };
      this.#heard.add(check);
      check();
    });
  }

  /** Cuts every connection, and goes on listening. */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    for (const socket of this.sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  await using server = await RawServer.listen(() => {});
  return server.port;
}

/** A connected socket, whose errors are its end and no more. */
export async function dial(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = createConnection({ port, host: '127.0.0.1', localAddress, noDelay: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Calls for each message that comes on a socket. */
export function onMessage(socket: Socket, listener: (message: Message) => void): void {
  const decoder = new StpDecoder({
    frame: (payload) => listener(pureJson.decode(payload)),
    dropped: () => {},
  });
  socket.on('data', (chunk: Buffer) => decoder.push(chunk));
}

/** How a server without a session behaves in a handshake. */
export interface HandshakeScript {
  readonly secret: string;
  /** Sends the seed when it likes, or never. */
  readonly onSeedRequest: (sendSeed: () => void) => void;
}

/** Speaks the server's part of the protocol on a socket: name, handshake, and "pong" to whatever is read. */
export function actAsServer(socket: Socket, { secret, onSeedRequest }: HandshakeScript): void {
  let seed = '';
  onMessage(socket, ({ serviceId, dataId, data }) => {
    if (serviceId === 8) socket.write(frameOf(9, dataId, null));
    if (serviceId === 0 && dataId === 0) {
      seed = randomBytes(32).toString('hex');
      onSeedRequest(() => socket.write(frameOf(1, 0, seed)));
    }
    if (serviceId === 0 && dataId === 1) {
      const key = createHash('sha512')
        .update(seed + secret, 'utf8')
        .digest('hex');
      socket.write(frameOf(1, 1, data === key));
    }
    if (serviceId === 10) socket.write(frameOf(11, dataId, 'pong'));
  });
}
