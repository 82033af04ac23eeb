/** A road to a server that carries little: the systems' buffers fill, and their owners feel it. */

import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';

const TICK_MS = 4;

/** Carries connections to a server of this machine; the end of a stream, and a reset, come after what was before them. */
export class SlowRoad implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #ends = new Set<Socket>();

  private constructor(server: Server, targetPort: number, bytesPerMs: number) {
    this.#server = server;
    this.port = (server.address() as { port: number }).port;
    server.on('connection', (client) => {
      const target = createConnection({
        port: targetPort,
        host: '127.0.0.1',
        noDelay: true,
        allowHalfOpen: true,
      });
      this.#carry(client, target, bytesPerMs);
      this.#carry(target, client, bytesPerMs);
    });
  }

  static async open(targetPort: number, bytesPerMs: number): Promise<SlowRoad> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    return new SlowRoad(server, targetPort, bytesPerMs);
  }

  #carry(from: Socket, to: Socket, bytesPerMs: number): void {
    this.#ends.add(from);
    from.pause();
    const timer = setInterval(() => {
      const length = Math.min(Math.ceil(bytesPerMs * TICK_MS), from.readableLength);
      // reading nothing lets Node fetch more
      const chunk: Buffer | null = from.read(length);
      if (chunk !== null && !to.destroyed) to.write(chunk);
    }, TICK_MS);
    from.once('end', () => to.end());
    from.on('error', () => to.resetAndDestroy());
    from.once('close', () => {
      clearInterval(timer);
      this.#ends.delete(from);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const end of this.#ends) end.destroy();
    await closed;
  }
}
