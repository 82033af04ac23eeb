import type { Socket } from 'node:net';
import type { Message } from '../../../src/index.js';
import { frameOf } from '../../support/bytes.js';
import { onMessage, RawServer } from './raw.js';

const MESSAGE_SID = 40;

/** A peer that takes messages, answers questions, and asks one back whenever it is asked to. */
export class Sink implements AsyncDisposable {
  readonly messages: Message[] = [];
  readonly #raw: RawServer;
  readonly #heard = new Set<() => void>();

  private constructor(raw: RawServer) {
    this.#raw = raw;
  }

  /** @param acknowledges whether it says something for each message that comes */
  static async open(acknowledges = false): Promise<Sink> {
    const raw = await RawServer.listen((socket) =>
      onMessage(socket, (message) => sink.#take(socket, message, acknowledges)),
    );
    const sink: Sink = new Sink(raw);
    return sink;
  }

  #take(socket: Socket, message: Message, acknowledges: boolean): void {
    const { serviceId, dataId } = message;
    if (serviceId === 8) socket.write(frameOf(9, dataId, null));
    if (serviceId === 10)
      socket.write(Buffer.concat([frameOf(11, dataId, 'pong'), frameOf(10, 0), frameOf(50, 0)]));
    if (serviceId !== MESSAGE_SID) return;
    this.messages.push(message);
    if (acknowledges) socket.write(frameOf(MESSAGE_SID + 1, dataId, 'taken'));
    for (const listener of [...this.#heard]) listener();
  }

  get port(): number {
    return this.#raw.port;
  }

  /** Resolves when so many messages have come. */
  until(count: number): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.messages.length < count) return;
        this.#heard.delete(check);
        resolve();
      };
      this.#heard.add(check);
      check();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#raw[Symbol.asyncDispose]();
  }
}
