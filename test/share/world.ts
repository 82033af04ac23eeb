/** A device, a share and programs in one process, on virtual time. The test answers for the device. */

import {
  connect,
  createMemoryListener,
  listen,
  type Server,
  type Session,
  type SessionOptions,
} from '../../src/index.js';
import { type Share, type ShareOptions, share } from '../../src/share/index.js';
import { turns } from '../support/fake-socket.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** A request that has reached the device. */
export interface Reached {
  /** `read 3`, `write 3 "x"`. */
  readonly text: string;
  answer(data: unknown): void;
  fail(error: Error): void;
}

/** What a world may be made with. */
export interface WorldOptions {
  readonly device?: SessionOptions;
  readonly upstream?: object;
  readonly listen?: object;
  readonly share?: Partial<ShareOptions>;
  /** The device answers at once, with what it was asked. */
  readonly answersAtOnce?: boolean;
}

export class ShareWorld {
  readonly clock = new VirtualClock();
  readonly #deviceMemory = createMemoryListener();
  readonly #clientMemory = createMemoryListener();
  readonly #options: WorldOptions;
  /** All that has reached the device, in order. */
  readonly reached: Reached[] = [];
  readonly events: unknown[] = [];
  device!: Server;
  share!: Share;
  readonly clients: Session[] = [];
  #taken = 0;

  private constructor(options: WorldOptions) {
    this.#options = options;
  }

  static async open(options: WorldOptions = {}): Promise<ShareWorld> {
    const world = new ShareWorld(options);
    await world.startDevice();
    const { upstream, listen: listening, share: more } = options;
    world.share = await share({
      upstream: { stream: world.#deviceMemory.connect, random: () => 0.5, ...upstream },
      listen: { memory: world.#clientMemory, ...listening },
      clock: world.clock,
      ...more,
    });
    for (const name of ['device', 'lease', 'refused', 'lost'] as const)
      world.share.on(name, (event: unknown) => world.events.push([name, event]));
    await turns();
    return world;
  }

  async startDevice(): Promise<void> {
    const { clock } = this;
    this.device = await listen({ memory: this.#deviceMemory, clock, ...this.#options.device }, (session) => {
      session.onRead(null, (_, { dataId }) => this.#asked(`read ${dataId}`));
      session.onWrite(null, (data, { dataId }) => this.#asked(`write ${dataId} ${JSON.stringify(data)}`));
      session.onExecute(null, (data, { dataId }) => this.#asked(`execute ${dataId} ${JSON.stringify(data)}`));
    });
  }

  #asked(text: string): unknown {
    if (this.#options.answersAtOnce === true) {
      this.reached.push({ text, answer: () => {}, fail: () => {} });
      return text;
    }
    return new Promise((answer, fail) => {
      this.reached.push({ text, answer, fail });
    });
  }

  /** The device as a peer of the share. */
  get atDevice(): Session {
    const [session] = this.device.sessions;
    if (session === undefined) throw new Error('the device has no connection');
    return session;
  }

  /** A program connects. */
  async join(channelName: string | null = null, options: object = {}): Promise<Session> {
    const { clock } = this;
    const client = await connect({ stream: this.#clientMemory.connect, clock, channelName, ...options });
    this.clients.push(client);
    await turns();
    return client;
  }

  /** The connection of a program ends. */
  async cut(name: string): Promise<void> {
    for (const session of this.share.server.sessions) if (session.peerName === name) void session.close();
    await this.settle();
  }

  /** Lets happen what needs no time. */
  async settle(): Promise<void> {
    await turns(3);
  }

  async pass(ms: number): Promise<void> {
    await turns(2);
    await this.clock.advanceAsync(ms);
    await turns(2);
  }

  /** What has reached the device since the last look. */
  news(): string[] {
    const texts = this.reached.slice(this.#taken).map(({ text }) => text);
    this.#taken = this.reached.length;
    return texts;
  }

  /** Answers the oldest request that has reached the device and is unanswered. */
  async answer(data: unknown): Promise<void> {
    const request = this.reached[this.#answered++];
    if (request === undefined) throw new Error('nothing has reached the device');
    request.answer(data);
    await this.settle();
  }
  #answered = 0;

  async close(): Promise<number> {
    for (const client of this.clients) await client.close();
    await turns();
    await this.share.close();
    await this.device.close();
    await turns(3);
    return this.clock.pending;
  }
}

/** What became of a promise so far. */
export function outcomeOf(promise: Promise<unknown>): { value: unknown } {
  const outcome: { value: unknown } = { value: 'pending' };
  promise.then(
    (value) => {
      outcome.value = value;
    },
    (error: Error) => {
      outcome.value = error;
    },
  );
  return outcome;
}
