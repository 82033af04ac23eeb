/**
 * One simulated world: whole sessions of clients and a server, on virtual time, over a network that fails, all of it
 * from one integer. After each step the invariants of docs/reliability.md are checked; the first that is broken
 * ends the world.
 */

import { isSocketProtocolError } from '../../../src/index.js';
import type { Codec } from '../../../src/wire/index.js';
import { encodeStp, pureJson, structJson } from '../../../src/wire/index.js';
import { Random } from '../random.js';
import { CELL_COUNT } from './cells.js';
import { SimulatedTime } from './clock.js';
import { configOf, HERD, OTHER_SECRET, type WorldConfig } from './config.js';
import { FAULTS, type Fault } from './faults.js';
import { FORGERIES } from './hostile.js';
import { Network, type NetworkHost } from './network.js';
import { Party } from './party.js';
import { Peer } from './peer.js';
import { listenToSettles } from './probe.js';
import { Requests } from './requests.js';
import type { SideHost } from './side.js';
import { beginSlab } from './slab.js';
import type { SimulatedSocket } from './socket.js';
import { plan } from './workload.js';

/** What became of a world. */
export interface WorldResult {
  readonly seed: number;
  /** `I4: …`; null: nothing was broken. */
  readonly violation: string | null;
  /** The same for the same seed, or chance has crept in. */
  readonly hash: number;
  readonly steps: number;
}

/** What all worlds of a run add up. */
export class Tally {
  readonly faults = new Map<Fault, number>(FAULTS.map((fault) => [fault, 0]));
  readonly cells = new Uint32Array(CELL_COUNT);
  settled = 0;
  steps = 0;
}

/**
 * More steps than this and the world has an endless loop. The pieces that a narrow window cuts off a write do not count:
 * there are as many as bytes were written, and the end of every write counts all the same.
 */
const MAX_STEPS = 50_000;
/** Virtual time that the peers have to come together again after the last fault: to find a dead link may take 33 s. */
const HEALING_MS = 40_000;
const PROBE_TIMEOUT_MS = 5_000;
const TICKS_OF_STREAMS = 4;

/** One world; see {@link runWorld}. */
export class World implements NetworkHost, SideHost {
  readonly seed: number;
  readonly random: Random;
  readonly config: WorldConfig;
  readonly time = new SimulatedTime();
  readonly serverParty = new Party('server', this.time);
  /** All programs; that of the server is the first. */
  readonly parties: Party[] = [this.serverParty];
  readonly codec: Codec;
  readonly network: Network;
  readonly requests: Requests;
  readonly tally: Tally;
  readonly clients: Peer[] = [];
  readonly servers: Peer[] = [];
  readonly keys: Buffer[] = [];
  readonly seeds: Buffer[] = [];
  serverSecret: string | null;
  violation: string | null = null;
  isHealed = false;
  /** While bytes of a connection that is gone are delivered. */
  isStaleReplay = false;
  /** Every seed that a server sent: none may come twice. */
  readonly allSeeds = new Set<string>();
  readonly allKeys = new Set<string>();
  slept = 0;
  tags = 0;
  steps = 0;
  pieces = 0;
  #hash = 0x811c9dc5;
  readonly #say: ((line: string) => void) | null;

  constructor(seed: number, tally: Tally, say: ((line: string) => void) | null) {
    this.seed = seed;
    this.tally = tally;
    this.#say = say;
    this.random = new Random(seed);
    this.config = configOf(seed, this.random);
    this.codec = this.config.codec === 'pure' ? pureJson : structJson;
    this.serverSecret = this.config.serverSecret;
    this.network = new Network(this);
    this.requests = new Requests(this);
  }

  // ── what its parts ask ──

  nowMs(): number {
    return this.time.nowMs;
  }

  /** Mixes an event into the hash; printed where somebody watches. */
  note(what: string, value: number): void {
    let hash = this.#hash;
    hash = Math.imul(hash ^ what.length ^ (what.charCodeAt(0) << 8), 0x01000193);
    hash = Math.imul(hash ^ (value | 0), 0x01000193);
    this.#hash = Math.imul(hash ^ (this.time.nowMs * 1024), 0x01000193) >>> 0;
    this.#say?.(`${this.time.nowMs.toFixed(3).padStart(10)} ms  ${what} ${value}`);
  }

  /** A line for a watching person, which does not count for the hash. */
  tell(line: () => string): void {
    this.#say?.(`${this.time.nowMs.toFixed(3).padStart(10)} ms  ${line()}`);
  }

  violate(invariant: string, text: string): void {
    this.violation ??= `${invariant}: ${text}`;
    this.tell(() => `BROKEN ${invariant}: ${text}`);
  }

  fired(fault: Fault): void {
    this.tally.faults.set(fault, (this.tally.faults.get(fault) ?? 0) + 1);
    this.note(`fault ${fault}`, 0);
  }

  accept(socket: SimulatedSocket): void {
    const name = `server ${this.servers.length}`;
    this.servers.push(new Peer(this, 'server', name, this.serverParty, socket, this.serverSecret));
  }

  /** Everybody who has a session. */
  *peers(): Generator<Peer> {
    yield* this.clients;
    yield* this.servers;
  }

  /** Somebody puts a frame of his own into a stream. */
  forge(way = this.random.chance(0.5)): void {
    const links = this.network.aliveLinks;
    if (links.length === 0 || this.isHealed) return;
    const link = this.random.of(links);
    const direction = way ? link.up : link.down;
    const bytes = this.random.of(FORGERIES)(
      this.codec,
      this.random,
      this,
      -this.random.between(1, 1_000_000),
    );
    this.note('forged', bytes.length);
    direction.carry(bytes, 0);
  }

  overhear(payload: Buffer, serviceId: number, dataId: number): void {
    if (!this.config.isHostile) return;
    if (serviceId === 0 && dataId === 1) this.keys.push(encodeStp(payload));
    if (serviceId === 1 && dataId === 0) this.seeds.push(encodeStp(payload));
  }

  // ── its course ──

  async run(): Promise<WorldResult> {
    listenToSettles(this.requests);
    this.#startClients();
    plan(this);
    await this.#until(this.config.activeMs);
    this.#heal();
    await this.#until(this.time.nowMs + HEALING_MS);
    await this.#probe();
    await this.#close();
    listenToSettles(null);
    this.tally.steps += this.steps;
    return { seed: this.seed, violation: this.violation, hash: this.#hash, steps: this.steps };
  }

  #startClients(): void {
    const { clients, clientSecret, hasBadNeighbour } = this.config;
    if (clients >= HERD) this.fired('herd');
    for (let i = 0; i < clients; i++) {
      const party = new Party(`client ${i}`, this.time);
      this.parties.push(party);
      const isBad = hasBadNeighbour && i === clients - 1;
      const secret = isBad ? OTHER_SECRET : clientSecret;
      const client = new Peer(this, 'client', party.name, party, null, secret);
      if (isBad) client.session.on('authenticationFailed', () => this.fired('bad-neighbour'));
      this.clients.push(client);
    }
  }

  /** Lets everything happen that is due until then. */
  async #until(endMs: number, isDone: () => boolean = () => false): Promise<void> {
    await this.#settle();
    while (this.violation === null && !isDone()) {
      if (this.time.nextMs > endMs) return this.time.jump(Math.max(0, endMs - this.time.nowMs));
      this.time.step();
      await this.#settle();
      for (const peer of this.clients) peer.check();
      for (const peer of this.servers) peer.check();
      if (++this.steps - this.pieces > MAX_STEPS) this.violate('I16', `more than ${MAX_STEPS} steps`);
    }
  }

  /** Lets happen what needs no time. A stream of Node's takes some ticks for what a simulated socket does at once. */
  #settle(): Promise<void> {
    return this.config.isOverStreams ? ticks(TICKS_OF_STREAMS) : tick();
  }

  #heal(): void {
    this.note('healed', 0);
    this.isHealed = true;
    this.network.heal();
    for (const party of this.parties) this.network.thaw(party);
    const { serverSecret, isHostile, faults } = this.config;
    // whoever was told a lie about trust on a connection believes it for as long as the connection lasts
    const wasLiedTo = isHostile || faults.includes('duplicate-frame');
    if (wasLiedTo || this.serverSecret !== serverSecret) this.network.resetAll();
    this.serverSecret = serverSecret;
    for (const client of this.clients) client.heal();
  }

  /**
   * I16: after the faults have stopped, whoever has the secret gets an answer. Nobody helps: the only call from here on
   * is the question itself.
   */
  async #probe(): Promise<void> {
    const deaf = this.network.pausedLinks;
    if (deaf > 0) this.violate('I16', `${deaf} links are not read any more, though nothing is under way`);
    for (const client of this.clients) {
      if (this.violation !== null || client.session.isClosed) continue;
      if (!client.wasConnectedSinceHealing && !client.isRefusedForGood)
        this.violate('I16', `${client.name} was not connected within ${HEALING_MS} ms`);
      await this.#probeAnswer(client);
    }
  }

  async #probeAnswer(client: Peer, mayMeetAGhost = true): Promise<void> {
    const { session } = client;
    const expected = this.#expectedOf(client);
    if (expected === null) return;
    const outcome = await this.#outcomeOfProbe(client);
    // a request of before that nobody answers breaks the connection 30 s after its time-out, as it should: just now
    if (mayMeetAGhost && outcome === 'ERR_CONNECTION_LOST answer-overdue') {
      await this.#until(this.time.nowMs + HEALING_MS, () => session.isConnected());
      return this.#probeAnswer(client, false);
    }
    if (!expected.includes(outcome ?? ''))
      this.violate('I16', `${client.name}: after the faults got ${outcome}, not ${expected}`);
  }

  /** What the last question may lead to; null: whatever. */
  #expectedOf(client: Peer): readonly string[] | null {
    const { serverSecret, isAutoAuthOn } = this.config;
    const { secret, session, isRefusedForGood } = client;
    if (secret === null) return [serverSecret === null ? 'status 0' : 'status 3'];
    // whoever authenticates by hand may not have done so
    if (!isAutoAuthOn) return session.isTrusted ? ['status 0'] : null;
    const [wrong, none] = ['ERR_AUTHENTICATION wrong-secret', 'ERR_AUTHENTICATION peer-has-no-secret'];
    // a server without the secret may have told it so, or somebody who lied
    if (isRefusedForGood) return [wrong, none];
    if (secret === serverSecret) return ['status 0'];
    return [serverSecret === null ? none : wrong];
  }

  async #outcomeOfProbe(client: Peer): Promise<string | null> {
    let outcome: string | null = null;
    client.session.request(10, 4_242, { t: ++this.tags }, { timeout: PROBE_TIMEOUT_MS }).then(
      ({ status }) => (outcome = `status ${status}`),
      (error: unknown) =>
        (outcome = isSocketProtocolError(error) ? `${error.code} ${error.reason}` : String(error)),
    );
    await this.#until(this.time.nowMs + PROBE_TIMEOUT_MS, () => outcome !== null);
    await this.#settle();
    return outcome;
  }

  /** I13: nothing is left of what has been closed. */
  async #close(): Promise<void> {
    if (this.violation !== null) return;
    for (const peer of this.peers()) this.requests.checkGhosts(peer);
    let open = 0;
    for (const peer of this.peers()) {
      open++;
      void peer.session.close().then(() => open--);
    }
    await this.#until(this.time.nowMs + 5_000, () => open === 0);
    await this.#settle();
    if (this.violation !== null) return;
    if (open > 0) this.violate('I13', `${open} sessions do not close`);
    if (this.time.programTimers > 0) this.violate('I13', `${this.time.programTimers} timers are left`);
    for (const peer of this.peers()) peer.checkClosed();
    this.requests.checkEnd();
  }
}

const SETTLED = Promise.resolve();

/** Lets promises settle and what was put off to the end of the tick happen: everything that needs no time. */
function tick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(afterMicrotasks, resolve));
}

async function ticks(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await tick();
}

function afterMicrotasks(resolve: () => void): void {
  // what a promise has put off to the next tick meanwhile comes before this one; a promise is lighter than queueMicrotask
  SETTLED.then(() => process.nextTick(resolve));
}

/**
 * Runs the world of a seed.
 *
 * @param say prints the event log, line by line; null: nobody watches
 */
export function runWorld(
  seed: number,
  tally: Tally,
  say: ((line: string) => void) | null = null,
): Promise<WorldResult> {
  beginSlab();
  return new World(seed, tally, say).run();
}
