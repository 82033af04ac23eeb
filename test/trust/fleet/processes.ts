/** The processes of a fleet besides its devices: gateways, workers, and those who ask. */

import { devices, type Gateway, gateway, worker } from '../../../src/gateway/index.js';
import { contract, execute, type JsonValue, write } from '../../../src/index.js';
import { BusClient } from './bus-client.js';
import type { Cluster } from './cluster.js';
import { OWN_SERVICE } from './device.js';
import { Door, type DoorHost } from './doors.js';
import type { Echo, Entry, Ledger } from './ledger.js';
import { Program, type ProgramHost } from './program.js';

/** What processes need of their world. */
export interface ProcessHost extends ProgramHost, DoorHost {
  readonly cluster: Cluster;
  readonly ledger: Ledger;
  readonly secret: string | null;
  tell(line: () => string): void;
  /** A clock that is wrong by up to an hour. */
  aheadMs(): number;
  /** The time of day on the machine of a program. */
  wallMs(program: Program | null): number;
}

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** What devices ask of the workers. */
const ASKED_BY_DEVICES = contract({ note: write(1), count: execute(2) });

/** Machines on which a process runs, dies and is started again. */
export abstract class Slot {
  readonly name: string;
  program: Program;
  bus: BusClient;
  protected readonly host: ProcessHost;
  #starts = 0;

  constructor(name: string, host: ProcessHost) {
    this.name = name;
    this.host = host;
    this.program = this.#newProgram();
    this.bus = new BusClient(host.cluster, this.program);
  }

  #newProgram(): Program {
    return new Program(`${this.name}-${++this.#starts}`, this.host, this.host.aheadMs());
  }

  /** A process in the place of the one before. */
  protected renew(): void {
    this.program = this.#newProgram();
    this.bus = new BusClient(this.host.cluster, this.program);
  }

  /** The process is gone without a word. @param serverAfterMs when its server finds out; null: at once */
  die(serverAfterMs: number | null): void {
    this.host.tell(() => `${this.program.name} dies`);
    this.program.die();
    this.bus.abandon(serverAfterMs === null, serverAfterMs ?? 0);
  }

  abstract start(): Promise<void>;
}

/** A machine with a gateway. */
export class GatewaySlot extends Slot {
  readonly door: Door;
  gateway: Gateway | null = null;

  constructor(name: string, host: ProcessHost) {
    super(name, host);
    this.door = new Door(host, this.program);
  }

  async start(): Promise<void> {
    if (this.program.isDead || this.bus.state === 'closed') this.renew();
    const { program, bus, door, host } = this;
    door.program = program;
    await bus.up();
    const made = await gateway({
      bus,
      name: program.name,
      wallTime: () => host.wallMs(program),
      clock: program.own,
      random: () => host.random.fraction(),
      services: [OWN_SERVICE],
      // it hears of what fails, so that the process need not be warned
      logger: SILENT,
      listen: {
        memory: door,
        clock: program.own,
        secret: host.secret,
        random: () => 0.5,
        closeTimeout: 1_000,
      },
    });
    if (this.program !== program) return;
    this.gateway = made;
    host.tell(() => `${program.name} is there`);
  }

  /** It ends as programs do. */
  async close(drain: boolean): Promise<void> {
    const { gateway: closing, bus, program } = this;
    this.gateway = null;
    if (closing === null) return;
    this.host.tell(() => `${program.name} closes, drain ${drain}`);
    await closing.close({ drain });
    if (bus.pending > 0)
      this.host.violate('V9', `${program.name} has closed, and ${bus.pending} of its requests wait`);
    await bus.close();
    this.host.tell(() => `${program.name} has closed`);
  }

  /** Whether devices can be reached through it. */
  get isThere(): boolean {
    return this.gateway !== null && !this.program.isDead && !this.program.isFrozen;
  }
}

/** A machine with a worker. */
export class WorkerSlot extends Slot {
  #worker: Awaited<ReturnType<typeof worker>> | null = null;

  async start(): Promise<void> {
    if (this.program.isDead || this.bus.state === 'closed') this.renew();
    const { program, bus } = this;
    await bus.up();
    const made = await worker(
      { bus, clock: program.own, contract: ASKED_BY_DEVICES },
      {
        note: (value, message) => this.#answer(value, message.device),
        count: (value, message) => this.#answer(value, message.device),
      },
    );
    if (this.program === program) this.#worker = made;
  }

  #answer(value: JsonValue, device: string): unknown {
    const { host, program } = this;
    const token = (value as Echo | null)?.t;
    host.ledger.executed(token, 'to the workers', device);
    const answer = { t: token, d: device };
    if (host.random.chance(0.8)) return answer;
    return new Promise((resolve) => program.after(host.random.between(1, 200), () => resolve(answer)));
  }

  get isThere(): boolean {
    return this.#worker !== null && !this.program.isDead;
  }

  override die(serverAfterMs: number | null): void {
    this.#worker = null;
    super.die(serverAfterMs);
  }

  /** It ends as programs do. */
  async close(drain: boolean): Promise<void> {
    const closing = this.#worker;
    this.#worker = null;
    if (closing === null) return;
    await closing.close({ drain });
    await this.bus.close();
  }
}

/** A machine with a program that asks devices, and watches them. */
export class AskerSlot extends Slot {
  #devices: ReturnType<typeof devices> | null = null;
  /** Where it takes each device to be. */
  readonly seen = new Map<string, string>();

  get devices(): ReturnType<typeof devices> {
    if (this.#devices === null) throw new Error(`${this.name} has not been started`);
    return this.#devices;
  }

  async start(): Promise<void> {
    const { program, bus } = this;
    await bus.up();
    this.#devices = devices(bus, { clock: program.own, requestTimeout: 5_000, services: [OWN_SERVICE] });
    void this.#watch();
  }

  async #watch(): Promise<void> {
    for await (const event of this.devices.watch()) {
      const { device, gateway: at } = event as { device?: string; gateway: string };
      this.host.tell(() => `${this.name} hears: ${JSON.stringify(event)}`);
      if (event.event === 'arrived' && device !== undefined) this.seen.set(device, at);
      if (event.event === 'left' && device !== undefined && this.seen.get(device) === at)
        this.seen.delete(device);
      if (event.event === 'gateway.down')
        for (const [name, where] of this.seen) if (where === at) this.seen.delete(name);
    }
  }

  /** Asks a device. */
  ask(entry: Entry, kind: Kind, dataId: number, timeout: number, signal: AbortSignal | undefined): void {
    const { ledger } = this.host;
    const options = signal === undefined ? { timeout } : { timeout, signal };
    const device = this.devices.at(entry.device);
    const payload = { t: entry.token, d: entry.device };
    const asked = {
      read: () => device.read(entry.token, options),
      write: () => device.write(dataId, payload, options),
      execute: () => device.execute(dataId, payload, options),
      request: async () => {
        const { data } = await device.request(OWN_SERVICE[0], dataId, payload, options);
        return data as JsonValue;
      },
    }[kind]();
    asked.then(
      (data) => ledger.answered(entry, data as Echo | null),
      (error: unknown) => ledger.failed(entry, error),
    );
  }

  async close(): Promise<void> {
    await this.#devices?.close();
    await this.bus.close();
  }
}

/** How a device is asked. */
export type Kind = 'read' | 'write' | 'execute' | 'request';
