/**
 * Two honest peers with random limits over a link with random windows, on virtual time: both send in bulk, ask, and let
 * their callbacks ask back. Whatever they do, nobody waits for ever, nothing is lost, and no limit is exceeded.
 *
 * The sessions are whole, with the framing over sockets; only the sockets and the time are simulated.
 */

import type { Socket } from 'node:net';
import { type JsonValue, Session, STATUS_CALLBACK_ERROR, STATUS_OKAY } from '../../../src/index.js';
import { TcpComm } from '../../../src/transport/tcp-comm.js';
import { Random } from '../random.js';
import { SimulatedTime } from '../simulation/clock.js';
import { Link, type Weather } from '../simulation/link.js';
import { Party } from '../simulation/party.js';
import { SimulatedSocket } from '../simulation/socket.js';

/** What became of a world. */
export interface FlowResult {
  /** What was broken; null: nothing. */
  readonly violation: string | null;
  /** How many requests and messages there were, and how many requests were refused. */
  readonly exchanges: number;
  readonly refused: number;
  readonly virtualMs: number;
}

/** Longer than any honest pair needs; each time that all stands still costs them a second. */
const HORIZON_MS = 30 * 60_000;
const MAX_STEPS = 400_000;
const BULK_SID = 200;
/** The most that one act brings; more only takes longer. */
const MAX_ACT_BYTES = 2 * 1024 * 1024;
const MESSAGE_ROOM_BYTES = 1024 * 1024;

/** The transport of a socket that is there already. */
class AdoptedTcpStp extends TcpComm {
  readonly isClient: boolean;

  constructor(isClient: boolean, socket: Socket, time: SimulatedTime) {
    super(time.clock);
    this.isClient = isClient;
    this.adopt(socket);
  }

  reconnect(): void {
    this.disconnect('reconnect-requested');
  }
}

/** One of the two. */
class Side {
  readonly name: string;
  readonly session: Session;
  readonly transport: AdoptedTcpStp;
  readonly limits: Limits;
  other: Side | null = null;
  /** Requests whose callbacks have begun, and requests that came. */
  ran = 0;
  arrived = 0;
  /** Numbers of the bulk messages, in the order in which they came. */
  readonly bulk: number[] = [];
  /** Numbers of those that it has sent. */
  readonly bulkSent: number[] = [];
  bulkNotSent = 0;

  constructor(name: string, socket: SimulatedSocket, time: SimulatedTime, limits: Limits) {
    this.name = name;
    this.limits = limits;
    this.transport = new AdoptedTcpStp(name === 'client', socket.asSocket(), time);
    this.session = new Session(this.transport, {
      clock: time.clock,
      // the jitter of heartbeats: a seed must give the same world again
      random: () => 0.5,
      requestTimeout: HORIZON_MS,
      callbackTimeout: HORIZON_MS,
      // with limits this tight a side does not read for minutes, and a heartbeat takes it for dead after half of one
      heartbeat: false,
      ...limits,
    });
    // callbacks that ask back fail on purpose, when too much is asked at once
    this.session.on('callbackError', () => {});
    this.session.on('message', ({ serviceId }) => {
      if ([10, 20, 30].includes(serviceId)) this.arrived++;
    });
  }

  /** How many messages were not sent because too much waited already. */
  get full(): number {
    const { dropped } = this.session.counters;
    return (dropped['too-many-pending'] ?? 0) + (dropped['too-many-queued-bytes'] ?? 0);
  }

  get refused(): number {
    return this.session.counters.dropped['too-many-waiting'] ?? 0;
  }
}

interface Limits {
  readonly maxRunningCallbacks: number;
  readonly maxWaitingCallbacks: number;
  readonly maxWaitingCallbackBytes: number;
  readonly maxOutputBytes: number;
  readonly maxPendingRequests: number;
}

/** One world; see {@link runFlowWorld}. */
class FlowWorld implements Weather {
  readonly #random: Random;
  readonly #time = new SimulatedTime();
  readonly #latencyMs: number;
  readonly #largestBytes: number;
  readonly #sides: readonly [Side, Side];
  #isClosing = false;
  #numbers = 0;
  #open = 0;
  #exchanges = 0;
  #violation: string | null = null;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#latencyMs = this.#random.of([0, 0, 1, 20]);
    this.#largestBytes = this.#random.of([100, 5_000, 60_000]);
    const socket = new SimulatedSocket(this.#time, new Party('client', this.#time));
    const link = new Link(socket, new Party('server', this.#time), this.#time, this);
    for (const way of [link.up, link.down]) way.windowBytes = this.#random.of([16_000, 64_000]);
    const client = new Side('client', link.client, this.#time, this.#limits());
    const server = new Side('server', link.server, this.#time, this.#limits());
    client.other = server;
    server.other = client;
    this.#sides = [client, server];
    for (const side of this.#sides) {
      this.#answer(side);
      side.session.on('disconnected', (reason) => {
        if (!this.#isClosing) this.#violate(`${side.name} was disconnected: ${reason}`);
      });
    }
  }

  latencyMs(): number {
    return this.#latencyMs;
  }

  distort(_: unknown, bytes: Buffer): Buffer[] {
    return [bytes];
  }

  /** Its windows are wide, and its limit of steps is as well: every piece counts. */
  cut(): void {}

  #limits(): Limits {
    const random = this.#random;
    return {
      maxRunningCallbacks: random.of([1, 2, 4, 64]),
      maxWaitingCallbacks: random.of([1, 5, 50, 10_000]),
      maxWaitingCallbackBytes: random.of([1_000, 50_000, 64 * 1024 * 1024]),
      maxOutputBytes: random.of([100, 2_000, 50_000, 8 * 1024 * 1024]),
      maxPendingRequests: random.of([20, 200, 10_000]),
    };
  }

  #violate(text: string): void {
    this.#violation ??= text;
  }

  // ── what they answer: data is how deep to ask back, and how long to take ──

  #answer(side: Side): void {
    const { session } = side;
    session.onRead(null, (data) => this.#run(side, data, 'x'.repeat(this.#random.below(this.#largestBytes))));
    session.onWrite(null, (data) => this.#run(side, data, null));
    session.onExecute(null, (data) => this.#run(side, data, data));
    session.registerCallback(BULK_SID, null, ({ dataId }) => side.bulk.push(dataId));
  }

  #run(side: Side, data: JsonValue, answer: JsonValue): unknown {
    side.ran++;
    const { depth, delayMs } = data as { depth: number; delayMs: number };
    if (depth === 0 && delayMs === 0) return answer;
    return (async () => {
      if (delayMs > 0) await this.#after(delayMs);
      if (depth > 0) await this.#askBack(side, depth - 1);
      return answer;
    })();
  }

  /** The ids say how deep it is: a request must not wait for one of its own ids, which is answered after it. */
  #askBack(side: Side, depth: number): Promise<unknown> {
    const random = this.#random;
    const wait = random.chance(0.2) ? random.below(30) : 0;
    return side.session.request(random.of([10, 20, 30]), 100 * depth + random.below(2), {
      depth,
      delayMs: wait,
    });
  }

  #after(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#time.after(delayMs, resolve));
  }

  // ── what they do ──

  #plan(): void {
    for (const side of this.#sides) {
      const rounds = this.#random.between(1, 4);
      for (let round = 0; round < rounds; round++)
        this.#time.after(this.#random.of([0, 0, 5, 100]), () => this.#act(side));
    }
  }

  #act(side: Side): void {
    const random = this.#random;
    const count = Math.min(random.of([1, 10, 70, 300]), Math.ceil(MAX_ACT_BYTES / this.#largestBytes));
    switch (random.below(4)) {
      case 0:
        return this.#sendBulk(side, count);
      case 1:
        // requests as bare messages: their answers come although nobody waits for them
        for (let i = 0; i < count; i++)
          this.#count(() => side.session.send(20, 9_000, this.#wish(0), 0, HORIZON_MS));
        return;
      default: {
        const depth = random.of([0, 0, 1, 2, 4]);
        const isLater = random.chance(0.5);
        for (let i = 0; i < count; i++) {
          const delayMs = isLater ? random.below(20) : 0;
          this.#ask(side, depth, delayMs);
        }
      }
    }
  }

  #sendBulk(side: Side, count: number): void {
    for (let i = 0; i < count; i++) {
      const number = this.#numbers++;
      const data = 'x'.repeat(this.#random.below(this.#largestBytes));
      this.#count(async () => {
        const isSent = await side.session.send(BULK_SID, number, data, 0, HORIZON_MS);
        if (isSent) side.bulkSent.push(number);
        else if (++side.bulkNotSent > side.full) this.#violate(`${side.name} could not send ${number}`);
      });
    }
  }

  #wish(depth: number, delayMs = 0): JsonValue {
    return { depth, delayMs, pad: 'x'.repeat(this.#random.below(this.#largestBytes)) };
  }

  #ask(side: Side, depth: number, delayMs: number): void {
    const random = this.#random;
    this.#count(async () => {
      const { status } = await side.session.request(
        random.of([10, 20, 30]),
        100 * depth + random.below(3),
        this.#wish(depth, delayMs),
      );
      if (status !== STATUS_OKAY && status !== STATUS_CALLBACK_ERROR)
        this.#violate(`${side.name} was answered with status ${status}`);
    });
  }

  /** Something that must end; that too much was asked at once is an honest end as well. */
  #count(run: () => Promise<unknown>): void {
    this.#open++;
    this.#exchanges++;
    run().then(
      () => this.#open--,
      (error: { code?: string; message?: string }) => {
        this.#open--;
        if (error.code !== 'ERR_TOO_MANY_REQUESTS') this.#violate(String(error.message));
      },
    );
  }

  // ── its course ──

  async run(): Promise<FlowResult> {
    this.#plan();
    await tick();
    for (let steps = 0; this.#violation === null && this.time.nextMs <= HORIZON_MS / 2; steps++) {
      if (steps > MAX_STEPS) this.#violate(`more than ${MAX_STEPS} steps`);
      this.#time.step();
      await tick();
      for (const side of this.#sides) this.#check(side);
    }
    this.#checkEnd();
    const virtualMs = this.#time.nowMs;
    await this.#close();
    const refused = this.#sides.reduce((sum, side) => sum + side.refused, 0);
    return { violation: this.#violation, exchanges: this.#exchanges, refused, virtualMs };
  }

  get time(): SimulatedTime {
    return this.#time;
  }

  #check(side: Side): void {
    const { limits, transport, name } = side;
    const waiting = side.arrived - side.ran - side.refused;
    // what came with the last byte that was read
    if (waiting > limits.maxWaitingCallbacks + 1) this.#violate(`${name}: ${waiting} requests wait`);
    const maxOutput = Math.max(limits.maxOutputBytes, MESSAGE_ROOM_BYTES) + 2 * this.#largestBytes + 1_000;
    if (transport.bufferedBytes > maxOutput)
      this.#violate(`${name}: ${transport.bufferedBytes} bytes of output`);
  }

  #checkEnd(): void {
    if (this.#violation !== null) return;
    if (this.#open > 0) this.#violate(`${this.#open} of ${this.#exchanges} exchanges never end`);
    for (const side of this.#sides) {
      const { bulk, name, arrived, ran, refused } = side;
      const sent = side.other?.bulkSent ?? [];
      if (bulk.join() !== sent.join())
        this.#violate(`${name} got ${bulk.length} of ${sent.length} messages, or not in order`);
      if (arrived !== ran + refused)
        this.#violate(`${name}: of ${arrived} requests ${ran} ran and ${refused} were refused`);
    }
  }

  async #close(): Promise<void> {
    this.#isClosing = true;
    for (const { session } of this.#sides) void session.close();
    for (let steps = 0; this.#time.nextMs < Number.POSITIVE_INFINITY && steps < MAX_STEPS; steps++) {
      this.#time.step();
      await tick();
    }
    if (this.#time.programTimers > 0) this.#violate(`${this.#time.programTimers} timers are left`);
  }
}

/** Lets everything happen that needs no time. */
function tick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(() => queueMicrotask(() => process.nextTick(resolve))));
}

/** Runs the world of a seed. */
export function runFlowWorld(seed: number): Promise<FlowResult> {
  return new FlowWorld(seed).run();
}
