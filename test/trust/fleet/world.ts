/**
 * One simulated fleet: gateways, workers, those who ask, and devices, on a cluster of message servers and a network that both
 * fail, on virtual time, all of it from one integer. The programs are whole; only the bus, the sockets and the time are
 * simulated.
 */

import { isSocketProtocolError } from '../../../src/index.js';
import { Random } from '../random.js';
import { SimulatedTime } from '../simulation/clock.js';
import { beginSlab } from '../simulation/slab.js';
import { Cluster } from './cluster.js';
import { type FleetConfig, fleetOf } from './config.js';
import { Device, type DeviceHost, LATE_DATA_ID, SLOW_DATA_ID } from './device.js';
import type { Door } from './doors.js';
import { FLEET_FAULTS, type FleetFault, MOVES } from './faults.js';
import { type Entry, Ledger, type LedgerHost } from './ledger.js';
import { AskerSlot, GatewaySlot, type Kind, type ProcessHost, type Slot, WorkerSlot } from './processes.js';
import type { Program } from './program.js';
import { strike } from './strikes.js';

/** What became of a world. */
export interface FleetResult {
  readonly seed: number;
  /** `V2: …`; null: nothing was broken. */
  readonly violation: string | null;
  /** The same for the same seed. */
  readonly hash: number;
  readonly requests: number;
}

/** What all worlds of a run add up. */
export class FleetTally {
  readonly faults = new Map<FleetFault, number>(FLEET_FAULTS.map((fault) => [fault, 0]));
  readonly outcomes = new Map<string, number>();
  requests = 0;
  /** Requests of which the world knew that they must be answered. */
  certain = 0;
}

const MAX_STEPS = 2_000_000;
/** To find a dead link may take a device 33 s. */
const QUIET_MS = 45_000;
/** A device that moves is found after this. */
const FOUND_AFTER_MS = 1_000;
/** Time that a settling may take beyond the time-out. */
const LATENESS_MS = 1_000;
const TIMEOUTS_MS = [50, 400, 1_500, 5_000];
const KINDS: readonly Kind[] = ['read', 'write', 'execute', 'request'];
const NAMES = ['pump', 'Kühlraum', 'a.b*c>', 'lift 7', '東京'];

/** One world; see {@link runFleet}. */
export class FleetWorld implements ProcessHost, DeviceHost, LedgerHost {
  readonly random: Random;
  readonly config: FleetConfig;
  readonly time = new SimulatedTime();
  readonly cluster: Cluster;
  readonly ledger: Ledger;
  readonly gateways: readonly GatewaySlot[];
  readonly workers: readonly WorkerSlot[];
  readonly askers: readonly AskerSlot[];
  readonly devices: Device[] = [];
  readonly doors: readonly Door[];
  running: Program | null = null;
  turnIsDue = false;
  violation: string | null = null;
  /** Before this moment nobody may rely on anything. */
  unsettledUntilMs = 0;
  disturbances = 0;
  /** Things that happen to all of them, and last until they are over. */
  #underWay = 0;
  readonly #seed: number;
  readonly #tally: FleetTally;
  readonly #say: ((line: string) => void) | null;
  #hash = 0x811c9dc5;
  #steps = 0;
  #starting = 0;

  constructor(seed: number, tally: FleetTally, say: ((line: string) => void) | null) {
    this.#seed = seed;
    this.#tally = tally;
    this.#say = say;
    this.random = new Random(seed);
    this.config = fleetOf(seed, this.random);
    const { servers, busLatencyMs, routeLatencyMs, straysAtChance, maxPayload, redialMs } = this.config;
    this.cluster = new Cluster(this.time, this.random, {
      servers,
      latencyMs: busLatencyMs,
      routeLatencyMs,
      straysAtChance,
      maxPayload,
      redialMs,
    });
    this.ledger = new Ledger(this);
    const slots = <T>(count: number, make: (i: number) => T): T[] =>
      Array.from({ length: count }, (_, i) => make(i));
    this.gateways = slots(this.config.gateways, (i) => new GatewaySlot(`gateway-${i}`, this));
    this.workers = slots(this.config.workers, (i) => new WorkerSlot(`worker-${i}`, this));
    this.askers = slots(this.config.askers, (i) => new AskerSlot(`asker-${i}`, this));
    this.doors = this.gateways.map(({ door }) => door);
  }

  // ── what its parts ask ──

  get secret(): string | null {
    return this.config.secret;
  }

  get deviceLatencyMs(): number {
    return this.config.deviceLatencyMs;
  }

  nowMs(): number {
    return this.time.nowMs;
  }

  aheadMs(): number {
    return this.random.below(3_600_000);
  }

  note(what: string, value: number): void {
    let hash = Math.imul(this.#hash ^ what.length ^ (what.charCodeAt(0) << 8), 0x01000193);
    hash = Math.imul(hash ^ (value | 0), 0x01000193);
    this.#hash = Math.imul(hash ^ (this.time.nowMs * 1024), 0x01000193) >>> 0;
  }

  tell(line: () => string): void {
    this.#say?.(`${this.time.nowMs.toFixed(3).padStart(10)} ms  ${line()}`);
  }

  violate(invariant: string, text: string): void {
    this.violation ??= `${invariant}: ${text}`;
    this.tell(() => `BROKEN ${invariant}: ${text}`);
  }

  /** Something happens to all of them, which lasts so long. */
  disturb(forMs: number): void {
    this.disturbances++;
    this.unsettledUntilMs = Math.max(this.unsettledUntilMs, this.time.nowMs + forMs);
  }

  /** Something happens to all of them, which lasts until it is over. */
  async disturbWhile(happens: Promise<unknown>): Promise<void> {
    this.disturbances++;
    this.#underWay++;
    await happens;
    this.#underWay--;
  }

  /** A gateway has died: whoever was connected to it is not, and may not know. */
  lost({ door }: GatewaySlot): void {
    for (const device of this.devices)
      for (const session of device.sessions)
        if (session.door === door) session.arrivedMs = Number.POSITIVE_INFINITY;
  }

  /** A process is started, and is there when it has reached the bus. */
  async started(slot: Slot): Promise<void> {
    this.#starting++;
    try {
      await slot.start();
    } catch (error) {
      // the bus went away just then: whoever runs the process starts it again
      const isAway = isSocketProtocolError(error) && error.reason === 'bus-away';
      if (isAway) return void this.time.after(100, () => void this.started(slot));
      if (!slot.program.isDead) this.violate('V8', `${slot.name} does not start: ${String(error)}`);
    } finally {
      this.#starting--;
    }
  }

  wallMs(program: Program | null): number {
    return Date.UTC(2030, 0) + this.time.nowMs + (program?.aheadMs ?? 0);
  }

  // ── its course ──

  async run(): Promise<FleetResult> {
    await this.#start();
    this.#plan();
    await this.#until(this.time.nowMs + this.config.activeMs);
    await this.#heal();
    await this.#probe();
    await this.#close();
    this.#tally.requests += this.ledger.entries.length;
    for (const [outcome, count] of this.ledger.outcomes)
      this.#tally.outcomes.set(outcome, (this.#tally.outcomes.get(outcome) ?? 0) + count);
    return {
      seed: this.#seed,
      violation: this.violation,
      hash: this.#hash,
      requests: this.ledger.entries.length,
    };
  }

  async #start(): Promise<void> {
    this.tell(() => `the fleet: ${JSON.stringify(this.config)}`);
    for (const slot of [...this.gateways, ...this.workers, ...this.askers]) void this.started(slot);
    await this.#until(this.time.nowMs + 10_000, () => this.#starting === 0);
    if (this.#starting > 0) this.violate('V8', `${this.#starting} processes do not start`);
    for (let i = 0; i < this.config.devices; i++) {
      const name = i === 0 ? this.random.of(NAMES) : `device-${i}`;
      this.devices.push(new Device(name, this));
    }
    await this.#until(this.time.nowMs + 3_000);
  }

  #plan(): void {
    const { random, time, config } = this;
    const moment = (): number => random.fraction() * config.activeMs;
    for (let left = config.requests; left > 0; ) {
      // several at one moment meet each other
      const count = Math.min(left, random.chance(0.2) ? random.between(2, 8) : 1);
      const atMs = moment();
      for (let n = 0; n < count; n++) time.after(atMs, () => this.#ask());
      left -= count;
    }
    for (const fault of config.faults)
      for (let n = config.strikes * this.#crowdOf(fault); n > 0; n--)
        time.after(moment(), () => this.#strike(fault));
  }

  /** Where there are a thousand devices, many of them move. */
  #crowdOf(fault: FleetFault): number {
    return MOVES.has(fault) ? Math.ceil(this.config.devices / 20) : 1;
  }

  #strike(fault: FleetFault): void {
    if (this.violation !== null) return;
    this.tell(() => `fault ${fault}`);
    if (!strike(this, fault)) return;
    this.note(fault, 0);
    this.#tally.faults.set(fault, (this.#tally.faults.get(fault) ?? 0) + 1);
  }

  #ask(): void {
    const { random, devices } = this;
    if (this.violation !== null) return;
    const device = random.of(random.chance(0.3) ? devices.slice(0, 3) : devices);
    if (random.chance(0.25)) this.#askWorkers(device);
    else this.#askDevice(device);
  }

  #askWorkers(device: Device): void {
    const { random } = this;
    const timeoutMs = random.of(TIMEOUTS_MS);
    const isWrite = random.chance(0.5);
    const entry = this.#open(device, 'to the workers', isWrite ? 'write' : 'execute', timeoutMs);
    const at = device.session;
    if (at === undefined) return;
    this.#expect(entry, device, timeoutMs, 0);
    device.program.act(() => device.ask(entry, isWrite ? 20 : 30, isWrite ? 1 : 2, timeoutMs));
  }

  /** Several ask a device at about the same time. */
  crowd(device: Device): void {
    for (let n = 4; n > 0; n--) this.time.after(this.random.below(60), () => this.#askDevice(device));
  }

  #askDevice(device: Device): void {
    const { random, time } = this;
    if (this.violation !== null) return;
    const asker = random.of(this.askers);
    const timeoutMs = random.of(TIMEOUTS_MS);
    const kind = random.of(KINDS);
    const dataId = random.of([0, 0, 0, SLOW_DATA_ID, SLOW_DATA_ID, LATE_DATA_ID]);
    const givesUp = random.chance(0.05) ? new AbortController() : null;
    const reason = new Error('given up');
    const entry = this.#open(device, 'to a device', kind, timeoutMs, givesUp === null ? undefined : reason);
    if (givesUp === null) this.#expect(entry, device, timeoutMs, kind === 'read' ? 0 : dataId);
    else time.after(random.below(timeoutMs), () => asker.program.act(() => givesUp.abort(reason)));
    asker.program.act(() => asker.ask(entry, kind, dataId, timeoutMs, givesUp?.signal));
  }

  #open(device: Device, way: Entry['way'], what: string, timeoutMs: number, givesUpWith?: unknown): Entry {
    const askedMs = this.time.nowMs;
    return this.ledger.open({
      way,
      device: device.name,
      what,
      askedMs,
      dueMs: askedMs + timeoutMs + LATENESS_MS,
      givesUpWith,
      mustBeAnswered: null,
      wasThere: null,
      mayVanish: true,
    });
  }

  /** V5: where nothing has happened for long enough, and nothing happens meanwhile, the only end of a request is its answer. */
  #expect(entry: Entry, device: Device, timeoutMs: number, dataId: number): void {
    const isSettled = (): boolean =>
      this.#underWay === 0 &&
      this.time.nowMs >= this.unsettledUntilMs &&
      this.time.nowMs >= device.unsettledUntilMs &&
      this.time.nowMs - device.arrivedMs >= FOUND_AFTER_MS;
    if (timeoutMs < 1_000 || dataId === LATE_DATA_ID) return;
    entry.mayVanish = !this.config.losesNothing;
    const { thereSinceMs } = device;
    if (this.config.isCalm && this.time.nowMs - thereSinceMs >= FOUND_AFTER_MS)
      entry.wasThere = () => device.isConnected && device.thereSinceMs === thereSinceMs;
    if (!isSettled()) return;
    this.#tally.certain++;
    const { disturbances } = this;
    const { disturbances: ofDevice, arrivedMs } = device;
    entry.mustBeAnswered = () =>
      isSettled() &&
      !this.ledger.isBehindLost(entry) &&
      this.disturbances === disturbances &&
      device.disturbances === ofDevice &&
      device.arrivedMs === arrivedMs;
  }

  /** Lets everything happen that is due until then. */
  async #until(endMs: number, isDone: () => boolean = () => false): Promise<void> {
    await tick();
    while (this.violation === null && !isDone()) {
      if (this.time.nextMs > endMs) return this.time.jump(Math.max(0, endMs - this.time.nowMs));
      this.time.step();
      await tick();
      if (this.turnIsDue) await this.#turn();
      if (++this.#steps > MAX_STEPS) this.violate('V1', `more than ${MAX_STEPS} steps`);
    }
  }

  async #turn(): Promise<void> {
    this.turnIsDue = false;
    await new Promise((resolve) => setImmediate(resolve));
  }

  async #heal(): Promise<void> {
    if (this.violation !== null) return;
    this.tell(() => 'nothing is broken any more');
    this.cluster.healAll();
    await this.#until(this.time.nowMs + QUIET_MS);
    if (this.#starting > 0) this.violate('V6', `${this.#starting} processes are not there again`);
  }

  /** V6: all that is connected is found, in one place, by everybody. */
  async #probe(): Promise<void> {
    const { violation } = this;
    if (violation !== null) return;
    for (const device of this.devices) this.#checkConnected(device);
    for (const device of this.devices) this.#checkHolder(device);
    for (const asker of this.askers) {
      await this.#checkList(asker);
      for (const device of this.devices) {
        if (device.sessions.length > 1) continue;
        const entry = this.#open(device, 'to a device', 'read', 2_000);
        entry.mustBeAnswered = () => true;
        asker.program.act(() => asker.ask(entry, 'read', 0, 2_000, undefined));
      }
    }
    for (const device of this.devices) {
      const entry = this.#open(device, 'to the workers', 'write', 2_000);
      entry.mustBeAnswered = () => true;
      device.program.act(() => device.ask(entry, 20, 1, 2_000));
    }
    await this.#until(this.time.nowMs + 2_000 + LATENESS_MS);
  }

  #checkConnected({ name, isConnected }: Device): void {
    if (!isConnected) this.violate('V6', `${name} is not connected ${QUIET_MS} ms after the last fault`);
  }

  #checkHolder(device: Device): void {
    const holders = this.gateways.flatMap(({ gateway }) =>
      gateway?.device(device.name) ? [gateway.id] : [],
    );
    const right = this.#gatewayOf(device);
    if (holders.length !== 1 || holders[0] !== right)
      this.violate('V6', `${device.name} is at ${right}, and ${holders.join(', ') || 'nobody'} has it`);
  }

  #gatewayOf({ session }: Device): string | null {
    return this.gateways.find(({ door }) => door === session.door)?.gateway?.id ?? null;
  }

  async #checkList(asker: AskerSlot): Promise<void> {
    let list: readonly { device: string; gateway: string }[] | null = null;
    asker.program.act(() => {
      void asker.devices.list().then(
        (found) => (list = found),
        (error: unknown) => this.violate('V6', `the list of devices failed: ${String(error)}`),
      );
    });
    await this.#until(this.time.nowMs + 5_000, () => list !== null);
    const found = list ?? [];
    this.#compare(
      `the list that ${asker.name} gets`,
      found.map(({ device, gateway }) => [device, gateway]),
    );
    this.#compare(`what ${asker.name} has watched`, [...asker.seen]);
  }

  #compare(what: string, found: readonly (readonly [string, string])[]): void {
    const truth = new Map(this.devices.map((device) => [device.name, this.#gatewayOf(device)]));
    for (const [name, gateway] of found) {
      const right = truth.get(name);
      if (right !== gateway) this.violate('V7', `${what} has ${name} at ${gateway}, it is at ${right}`);
    }
    const names = new Set(found.map(([name]) => name));
    if (names.size < found.length) this.violate('V7', `${what} has a device twice`);
    for (const name of truth.keys()) if (!names.has(name)) this.violate('V7', `${what} lacks ${name}`);
  }

  /** V9: nothing is left of what has been closed. */
  async #close(): Promise<void> {
    if (this.violation !== null) return;
    let open = 0;
    const close = async (closing: Promise<unknown>, name: string): Promise<void> => {
      open++;
      await closing.catch((error: unknown) => this.violate('V9', `${name} does not close: ${String(error)}`));
      open--;
    };
    for (const asker of this.askers) void close(asker.close(), asker.name);
    await this.#until(this.time.nowMs + 10_000, () => open === 0);
    for (const slot of [...this.workers, ...this.gateways]) void close(slot.close(true), slot.name);
    await this.#until(this.time.nowMs + 40_000, () => open === 0);
    for (const device of this.devices) void close(device.close(), device.name);
    await this.#until(this.time.nowMs + 10_000, () => open === 0);
    await this.#until(this.time.nowMs + 10_000);
    if (this.violation !== null) return;
    if (open > 0) this.violate('V9', `${open} do not close`);
    if (this.cluster.subscriptions > 0)
      this.violate('V9', `${this.cluster.subscriptions} subscriptions are left`);
    for (const { name, program, bus } of [...this.gateways, ...this.workers, ...this.askers]) {
      if (program.own.timers > 0) this.violate('V9', `${program.own.timers} timers of ${name} are left`);
      if (bus.pending > 0) this.violate('V9', `${bus.pending} requests of ${name} are left`);
    }
    this.ledger.checkEnd();
  }
}

const SETTLED = Promise.resolve();

/** Lets promises settle and what was put off to the end of the tick happen: everything that needs no time. */
function tick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(afterMicrotasks, resolve));
}

function afterMicrotasks(resolve: () => void): void {
  SETTLED.then(() => process.nextTick(resolve));
}

/**
 * Runs the world of a seed.
 *
 * @param say prints what happens, line by line; null: nobody watches
 */
export async function runFleet(
  seed: number,
  tally: FleetTally,
  say: ((line: string) => void) | null = null,
): Promise<FleetResult> {
  beginSlab();
  const world = new FleetWorld(seed, tally, say);
  const end = setTimeOfDay(() => world.wallMs(world.running));
  try {
    return await world.run();
  } finally {
    end();
  }
}

/** The time of day is that of the world, wrong on each machine in its own way. Returns what ends that. */
function setTimeOfDay(wallMs: () => number): () => void {
  const Real = globalThis.Date;
  globalThis.Date = class extends Real {
    constructor(value: number = wallMs()) {
      super(value);
    }

    static override now(): number {
      return wallMs();
    }
  } as DateConstructor;
  return () => {
    globalThis.Date = Real;
  };
}
