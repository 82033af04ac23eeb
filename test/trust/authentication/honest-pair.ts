/** Two honest sessions with the victim's secret, on a connection that the attacker hears and cannot write to. */

import { createMemoryPair, type MemoryComm, Session } from '../../../src/index.js';
import { withInternals } from '../../../src/session/internals.js';
import { pureJson } from '../../../src/wire/index.js';
import type { Knowledge } from './knowledge.js';
import { VICTIM_SECRET, type VictimWorld } from './victim.js';

/** So that a handshake takes four steps of the clock, and the attacker can act between them. */
const LATENCY_MS = 1;
const HANDSHAKE_MS = 100;

export class HonestPair {
  readonly #world: VictimWorld;
  readonly #client: Session;
  readonly #server: Session;

  constructor(world: VictimWorld, knowledge: Knowledge) {
    this.#world = world;
    const { client, server } = createMemoryPair({ clock: world.clock, latency: LATENCY_MS });
    for (const comm of [client, server]) overhear(comm, knowledge);
    const options = withInternals(
      { clock: world.clock, secret: VICTIM_SECRET, autoAuth: true },
      { randomBytes: (length) => world.random.bytes(length) },
    );
    this.#server = new Session(server, options);
    this.#client = new Session(client, options);
  }

  /** Begins another connection and another handshake. */
  reconnect(): void {
    this.#client.reconnect();
  }

  /** Closes both; whether they trusted each other, as honest ones must. */
  async close(): Promise<boolean> {
    this.#world.clock.advance(HANDSHAKE_MS);
    const isTrusted = this.#client.isTrusted && this.#server.isTrusted;
    await Promise.all([this.#client.close(), this.#server.close()]);
    this.#world.clock.advance(HANDSHAKE_MS);
    return isTrusted;
  }
}

function overhear(comm: MemoryComm, knowledge: Knowledge): void {
  const send = comm.send.bind(comm);
  comm.send = (payload) => {
    knowledge.hear(pureJson.decode(payload));
    return send(payload);
  };
}
