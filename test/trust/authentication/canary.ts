/**
 * C4: sessions with a canary for a secret, in everything that goes well and everything that fails, with all outputs
 * collected. The canary, the seeds and the keys are on the wire and nowhere else.
 */

import type { MemoryComm, Message, Role, SessionOptions } from '../../../src/index.js';
import { withInternals } from '../../../src/session/internals.js';
import { type Codec, pureJson } from '../../../src/wire/index.js';
import { Pair, type PairOptions } from '../../support/pair.js';
import { MemoryPuppet } from '../../support/puppet.js';
import { Random } from '../random.js';
import type { Outputs } from './output.js';

export const CANARY = 'canary*Zb7qWx0yT3-secret-of-the-test';
export const OTHER_CANARY = 'other*canary*Jk5mPz8uR1-not-the-same';

/** The world of a story: where the outputs go, and what must not be in them. */
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

/** Two sessions whose outputs are all collected. */
export class CanaryPair extends Pair {
  readonly #world: CanaryWorld;

  constructor(world: CanaryWorld, { client, server, both }: PairOptions) {
    super({
      client: world.options({ secret: CANARY, ...both, ...client }),
      server: world.options({ secret: CANARY, autoAuth: true, ...both, ...server }),
    });
    this.#world = world;
    const codec = both?.codec ?? pureJson;
    for (const comm of [this.clientComm, this.serverComm]) world.overhear(comm, codec);
    for (const session of [this.client, this.server]) world.outputs.listen(session);
  }

  pass(ms: number): Promise<void> {
    return this.clock.advanceAsync(ms);
  }

  /** Notes what becomes of a promise; needs the clock to get anywhere. */
  note(promise: Promise<unknown>): Promise<void> {
    return this.#world.outputs.outcome(promise);
  }

  override async close(): Promise<number> {
    for (const session of [this.client, this.server]) this.#world.outputs.session(session);
    const timersLeft = await super.close();
    for (const session of [this.client, this.server]) this.#world.outputs.session(session);
    return timersLeft;
  }
}

/** A session whose outputs are all collected, and a peer that says what no honest one would. */
export class CanaryPuppet extends MemoryPuppet {
  readonly #world: CanaryWorld;

  /** @param role of the session; the puppet has the other */
  constructor(world: CanaryWorld, role: Role, options: SessionOptions = {}) {
    const usual = { secret: CANARY, autoAuth: true, maxUntrustedBadFrames: 1_000 };
    super(role, { session: world.options({ ...usual, ...options }) });
    this.#world = world;
    world.overhear(this.nearComm, pureJson);
    world.outputs.listen(this.session);
    if (role === 'server') this.comm.reconnect();
  }

  /** Sends a payload, whatever is in it; resolves when what comes of it has come. */
  async sendPayload(payload: Buffer): Promise<void> {
    this.comm.send(payload);
    await this.settle();
  }

  override async close(): Promise<number> {
    this.#world.outputs.session(this.session);
    return await super.close();
  }
}
