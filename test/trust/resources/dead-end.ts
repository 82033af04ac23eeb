import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** A road to a server that can end: then it takes what is sent, as a network does, and carries nothing. */
export class DeadEnd implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #ends = new Set<Socket>();
  #isDead = false;

  private constructor(server: Server, port: number, serverPort: number) {
    this.port = port;
    this.#server = server;
    server.on('connection', (client) => {
      // whoever comes back is taken, and hears nothing
      const target = createConnection({ port: serverPort, host: '127.0.0.1', noDelay: true });
      this.#carry(client, target);
      this.#carry(target, client);
    });
  }

  static async open(serverPort: number): Promise<DeadEnd> {
    const server = createServer({ noDelay: true }).listen({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    return new DeadEnd(server, port, serverPort);
  }

  die(): void {
    this.#isDead = true;
  }

  #carry(from: Socket, to: Socket): void {
    this.#ends.add(from);
    from.on('error', () => {});
    from.on('data', (chunk) => {
      if (!this.#isDead) to.write(chunk);
    });
    from.once('close', () => {
      this.#ends.delete(from);
      if (!this.#isDead) to.destroy();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends) end.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}
