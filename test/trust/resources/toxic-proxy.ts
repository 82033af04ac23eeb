/** A TCP proxy in this process, between a client and its server, that does to their bytes what a bad network does. */

import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../random.js';
import type { NetworkPlan, ToxicKind, Toxics } from './toxics.js';

/** Called each time that a toxic does something. */
export type OnToxic = (kind: ToxicKind) => void;

/** Listens for one client; every connection of it suffers the same. */
export class ToxicProxy implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #plan: NetworkPlan;
  readonly #random: Random;
  readonly #onToxic: OnToxic;
  readonly #serverPort: number;
  readonly #sockets = new Set<Socket>();
  readonly #closing = new AbortController();
  #isDown = false;

  private constructor(server: Server, port: number, serverPort: number, options: ToxicProxyOptions) {
    this.#server = server;
    this.port = port;
    this.#serverPort = serverPort;
    this.#plan = options.plan;
    this.#random = options.random;
    this.#onToxic = options.onToxic;
    server.on('connection', (socket) => this.#accept(socket));
    if (options.plan.down !== null) void this.#goDown(options.plan.down.afterMs, options.plan.down.lengthMs);
  }

  /** Opens a proxy to a server on this machine. */
  static async open(serverPort: number, options: ToxicProxyOptions): Promise<ToxicProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('expected a port, got none');
    return new ToxicProxy(server, address.port, serverPort, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(client: Socket): void {
    if (this.#isDown) return void client.resetAndDestroy();
    const server = createConnection({
      port: this.#serverPort,
      host: '127.0.0.1',
      noDelay: true,
      allowHalfOpen: true,
    });
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      // its close says the same
      socket.on('error', () => {});
      socket.once('close', () => this.#sockets.delete(socket));
    }
    this.#suffer(client, server, this.#plan.upstream);
    this.#suffer(server, client, this.#plan.downstream);
  }

  #suffer(from: Socket, to: Socket, toxics: Toxics): void {
    const { reset_peer: reset, timeout } = toxics;
    if (reset !== undefined)
      void this.#later(reset.afterMs, () => {
        this.#onToxic('reset_peer');
        from.resetAndDestroy();
        to.resetAndDestroy();
      });
    if (timeout !== undefined)
      void this.#later(timeout.afterMs, () => {
        from.destroy();
        to.destroy();
      });
    new Lane(to, toxics, {
      random: this.#random,
      onToxic: this.#onToxic,
      wait: (ms) => this.#wait(ms),
    }).carry(from);
  }

  async #goDown(afterMs: number, lengthMs: number): Promise<void> {
    await this.#wait(afterMs);
    this.#onToxic('down');
    this.#isDown = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await this.#wait(lengthMs);
    this.#isDown = false;
  }

  async #later(ms: number, action: () => void): Promise<void> {
    await this.#wait(ms);
    if (!this.#closing.signal.aborted) action();
  }

  /** Ends early when the proxy closes. */
  async #wait(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#closing.signal }).catch(() => {});
  }
}

/** What a proxy does, and who hears of it. */
export interface ToxicProxyOptions {
  readonly plan: NetworkPlan;
  readonly random: Random;
  readonly onToxic: OnToxic;
}

interface LaneOptions {
  readonly random: Random;
  readonly onToxic: OnToxic;
  wait(ms: number): Promise<void>;
}

/** One direction of a connection. */
class Lane {
  readonly #to: Socket;
  readonly #toxics: Toxics;
  readonly #options: LaneOptions;
  #carriedBytes = 0;
  #tail: Promise<void> = Promise.resolve();

  constructor(to: Socket, toxics: Toxics, options: LaneOptions) {
    this.#to = to;
    this.#toxics = toxics;
    this.#options = options;
  }

  carry(from: Socket): void {
    from.on('data', (chunk: Buffer) => this.#after(() => this.#carryChunk(chunk)));
    from.once('end', () => this.#after(() => this.#end()));
    from.once('close', () => this.#after(() => this.#end()));
  }

  /** In order, whatever each takes. */
  #after(step: () => Promise<void>): void {
    this.#tail = this.#tail.then(step);
  }

  async #carryChunk(chunk: Buffer): Promise<void> {
    const { onToxic, wait, random } = this.#options;
    const { latency, timeout, slicer } = this.#toxics;
    if (timeout !== undefined) return onToxic('timeout');
    if (latency !== undefined) {
      onToxic('latency');
      await wait(latency.delayMs + random.below(latency.jitterMs + 1));
    }
    if (slicer === undefined) return this.#carryPiece(chunk);
    onToxic('slicer');
    for (let at = 0; at < chunk.length; at += slicer.pieceLength) {
      await this.#carryPiece(chunk.subarray(at, at + slicer.pieceLength));
      if (slicer.gapMs > 0) await wait(slicer.gapMs);
    }
  }

  async #carryPiece(piece: Buffer): Promise<void> {
    const { bandwidth, limit_data: limit } = this.#toxics;
    const { onToxic, wait } = this.#options;
    if (bandwidth !== undefined) {
      onToxic('bandwidth');
      await wait(piece.length / bandwidth.bytesPerMs);
    }
    const room = limit === undefined ? piece.length : Math.max(0, limit.bytes - this.#carriedBytes);
    this.#carriedBytes += piece.length;
    if (!this.#to.destroyed && room > 0) this.#to.write(piece.subarray(0, room));
    if (room < piece.length) {
      onToxic('limit_data');
      this.#to.end();
    }
  }

  async #end(): Promise<void> {
    const { slow_close: slowClose } = this.#toxics;
    if (slowClose !== undefined && !this.#to.destroyed) {
      this.#options.onToxic('slow_close');
      await this.#options.wait(slowClose.delayMs);
    }
    this.#to.end();
  }
}
