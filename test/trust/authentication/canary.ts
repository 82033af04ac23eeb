/**
 * C4: sessions with a canary for a secret, in everything that goes well and everything that fails, with all outputs
 * collected. The canary, the seeds and the keys are on the wire and nowhere else.
 */

import {
  createMemoryPair,
  type MemoryComm,
  type Message,
  Session,
  type SessionOptions,
} from '../../../src/index.js';
import { withInternals } from '../../../src/session/internals.js';
import { type Codec, pureJson } from '../../../src/wire/index.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { Random } from '../random.js';
import type { Outputs } from './output.js';

export const CANARY = 'canary*Zb7qWx0yT3-secret-of-the-test';
export const OTHER_CANARY = 'other*canary*Jk5mPz8uR1-not-the-same';

/** What a story is told with: where the outputs go, and what must not be in them. */
export class CanaryWorld {
  readonly outputs: Outputs;
  readonly random: Random;
  /** The canaries, and each seed and key that went over a wire. */
  readonly secrets = new Map<string, Buffer>([
    ['the secret', Buffer.from(CANARY)],
    ['the other secret', Buffer.from(OTHER_CANARY)],
  ]);

  constructor(outputs: Outputs, seed: number) {
    this.outputs = outputs;
    this.random = new Random(seed);
  }

  /** Options of a session that says everything. */
  options(options: SessionOptions): SessionOptions {
    return withInternals(
      { ...this.outputs.options(), ...options },
      { randomBytes: (length) => this.random.bytes(length) },
    );
  }

  /** Remembers the seeds and keys among what is sent. */
  overhear(comm: MemoryComm, codec: Codec): void {
    const send = comm.send.bind(comm);
    comm.send = (payload) => {
      this.remember(codec.decode(payload));
      return send(payload);
    };
  }

  remember({ serviceId, dataId, data }: Message<unknown>): void {
    if (typeof data !== 'string' || serviceId > 1) return;
    const what = dataId === 0 ? 'a seed' : 'a key';
    this.secrets.set(`${what} (number ${this.secrets.size})`, Buffer.from(data));
    // the bytes that the hex of a seed or key stands for
    if (/^([0-9a-f]{2})+$/.test(data))
      this.secrets.set(`${what} (number ${this.secrets.size}), its bytes`, Buffer.from(data, 'hex'));
  }
}

/** Two sessions on virtual time whose outputs are all collected. */
export class CanaryPair {
  readonly clock = new VirtualClock();
  readonly client: Session;
  readonly server: Session;
  readonly clientComm: MemoryComm;
  readonly #world: CanaryWorld;

  constructor(
    world: CanaryWorld,
    options: { client?: SessionOptions; server?: SessionOptions; both?: SessionOptions },
  ) {
    this.#world = world;
    const { client, server } = createMemoryPair({ clock: this.clock });
    this.clientComm = client;
    const codec = options.both?.codec ?? pureJson;
    for (const comm of [client, server]) world.overhear(comm, codec);
    const base = { clock: this.clock, secret: CANARY, autoAuth: true, ...options.both };
    this.server = new Session(server, world.options({ ...base, ...options.server }));
    this.client = new Session(client, world.options({ ...base, ...options.client }));
    for (const session of [this.client, this.server]) world.outputs.listen(session);
  }

  pass(ms: number): Promise<void> {
    return this.clock.advanceAsync(ms);
  }

  /** Notes what becomes of a promise; needs the clock to get anywhere. */
  note(promise: Promise<unknown>): Promise<void> {
    return this.#world.outputs.outcome(promise);
  }

  async close(): Promise<void> {
    for (const session of [this.client, this.server]) this.#world.outputs.session(session);
    await Promise.all([this.client.close(), this.server.close()]);
    await this.pass(0);
    for (const session of [this.client, this.server]) this.#world.outputs.session(session);
  }
}

/** A session of which only one end is real: the other says what no honest one would. */
export class CanaryPuppet {
  readonly clock = new VirtualClock();
  readonly session: Session;
  readonly comm: MemoryComm;
  readonly heard: Message[] = [];
  readonly #world: CanaryWorld;

  constructor(world: CanaryWorld, role: 'client' | 'server', options: SessionOptions = {}) {
    this.#world = world;
    const { client, server } = createMemoryPair({ clock: this.clock });
    const own = role === 'server' ? server : client;
    this.comm = role === 'server' ? client : server;
    world.overhear(own, pureJson);
    this.comm.registerCallback((payload) => this.heard.push(pureJson.decode(payload)));
    this.session = new Session(
      own,
      world.options({
        clock: this.clock,
        secret: CANARY,
        autoAuth: true,
        maxUntrustedBadFrames: 1_000,
        ...options,
      }),
    );
    world.outputs.listen(this.session);
    if (role === 'server') this.comm.reconnect();
  }

  /** Says something, and waits for what comes of it. */
  async say(payload: Buffer): Promise<void> {
    this.comm.send(payload);
    await this.clock.advanceAsync(0);
  }

  /** The data of the last message that the session sent with these ids. */
  lastData(serviceId: number, dataId: number): string {
    const heard = this.heard.findLast((each) => each.serviceId === serviceId && each.dataId === dataId);
    return typeof heard?.data === 'string' ? heard.data : '';
  }

  async close(): Promise<void> {
    this.#world.outputs.session(this.session);
    await this.session.close();
    await this.clock.advanceAsync(0);
  }
}
