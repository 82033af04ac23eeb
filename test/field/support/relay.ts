import { createConnection, type Socket } from 'node:net';
import { RawServer } from './raw.js';

/** What lies between the two ends. */
export interface Road {
  /** One way; milliseconds. */
  readonly latencyMs?: number;
  /** Each way. */
  readonly bytesPerSecond?: number;
}

/** How often a limited road carries something. */
const TICK_MS = 20;

/** Carries bytes between clients and a server, as slowly as asked; can stop without a word, as a dead cable does. */
export class Relay implements AsyncDisposable {
  readonly #server: RawServer;
  readonly #ends: Set<Socket>;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isDead = false;

  private constructor(server: RawServer, ends: Set<Socket>) {
    this.#server = server;
    this.#ends = ends;
  }

  static async open(targetPort: number, road: Road = {}): Promise<Relay> {
    const ends = new Set<Socket>();
    const server = await RawServer.listen((client) => {
      const target = createConnection({ port: targetPort, host: '127.0.0.1', noDelay: true });
      client.setNoDelay();
      target.on('error', () => {});
      ends.add(client).add(target);
      relay.#carry(client, target, road);
      relay.#carry(target, client, road);
    });
    const relay: Relay = new Relay(server, ends);
    return relay;
  }

  get port(): number {
    return this.#server.port;
  }

  /** From now on nothing is carried, and nobody is told. Bytes are taken from the ends, as a router takes them. */
  goDead(): void {
    this.#isDead = true;
  }

  #carry(from: Socket, to: Socket, { latencyMs = 0, bytesPerSecond }: Road): void {
    const later = (act: () => void): void => {
      if (latencyMs === 0) return act();
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        act();
      }, latencyMs);
      this.#timers.add(timer);
    };
    from.once('close', () => later(() => !this.#isDead && to.destroy()));
    if (bytesPerSecond === undefined) {
      from.on('data', (chunk) => later(() => !this.#isDead && to.write(chunk)));
      return;
    }
    const perTick = Math.ceil((bytesPerSecond * TICK_MS) / 1_000);
    // paused: the kernel's buffers fill, and the sender feels how slow the road is
    from.pause();
    const timer = setInterval(() => {
      if (this.#isDead) return;
      const length = Math.min(perTick, from.readableLength);
      const chunk: Buffer | null = length > 0 ? from.read(length) : from.read(0);
      if (chunk !== null) to.write(chunk);
    }, TICK_MS);
    this.#timers.add(timer);
    from.once('close', () => clearInterval(timer));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const end of this.#ends) end.destroy();
    await this.#server[Symbol.asyncDispose]();
  }
}
