/** A device of a fleet: real sessions of one name, which dial whichever gateway they like. */

import type { Socket } from 'node:net';
import { type JsonValue, type Message, StatusError } from '../../../src/index.js';
import { Session } from '../../../src/session/session.js';
import { TcpClientStp } from '../../../src/transport/tcp-client.js';
import type { Link } from '../simulation/link.js';
import { type Door, type DoorHost, socketOf } from './doors.js';
import type { Echo, Entry, Ledger } from './ledger.js';
import { Program, type ProgramHost } from './program.js';

/** What devices need of their world. */
export interface DeviceHost extends DoorHost, ProgramHost {
  readonly ledger: Ledger;
  readonly secret: string | null;
  /** The doors of the gateways, those that are closed included. */
  readonly doors: readonly Door[];
  nowMs(): number;
  tell(line: () => string): void;
}

/** A service of a device's own making, and the one that answers it. */
export const OWN_SERVICE = [100, 101] as const;
/** Data ids of a request say how a device answers: at once, after a moment, late. */
export const SLOW_DATA_ID = 1;
export const LATE_DATA_ID = 2;

/** A transport that dials simulated sockets. */
class DialingTcp extends TcpClientStp {
  readonly #dial: () => Socket;

  constructor(program: Program, host: DoorHost, dial: () => Socket) {
    super({
      port: 1,
      clock: program.own,
      random: () => host.random.fraction(),
      connectTimeout: 2_000,
      reconnect: { minDelay: 50, maxDelay: 1_000 },
    });
    this.#dial = dial;
  }

  protected override openSocket(): Socket {
    return this.#dial();
  }
}

/** One session of a device: a program of it, in a way. */
export class DeviceSession {
  readonly session: Session;
  /** Since when it has the connection that it has now; Infinity: it has none. */
  arrivedMs = Number.POSITIVE_INFINITY;
  link: Link | null = null;
  door: Door;
  readonly #device: Device;

  constructor(device: Device, door: Door) {
    this.#device = device;
    this.door = door;
    const { host, program, name } = device;
    const transport = new DialingTcp(program, host, () => this.#dial());
    this.session = new Session(transport, {
      clock: program.own,
      random: () => 0.5,
      secret: host.secret,
      channelName: name,
      autoAuth: true,
      closeTimeout: 1_000,
      requestTimeout: 5_000,
    });
    const ready = (): void => {
      this.arrivedMs = host.nowMs();
      device.isThere();
      host.tell(() => `${name} has arrived at gateway ${host.doors.indexOf(this.door)}`);
    };
    this.session.on(host.secret === null ? 'connected' : 'trusted', ready);
    this.session.on('disconnected', () => {
      this.arrivedMs = Number.POSITIVE_INFINITY;
      device.mayBeAway();
      host.tell(() => `${name} has lost its connection`);
    });
    this.session.on('callbackError', () => {});
    this.session.addService(...OWN_SERVICE);
    for (const serviceId of [10, 20, 30, OWN_SERVICE[0]])
      this.session.registerCallback(serviceId, null, (message: Message<JsonValue>) => this.#answer(message));
  }

  #dial(): Socket {
    const { host, program } = this.#device;
    const socket = socketOf(host, program);
    this.door.open(socket, (link) => {
      this.link = link;
    });
    return socket.asSocket();
  }

  #answer({ serviceId, dataId, data }: Message<JsonValue>): unknown {
    const { host, program, name } = this.#device;
    // a read carries no data: its id is its number
    const token = serviceId === 10 ? dataId : (data as Echo | null)?.t;
    host.ledger.executed(token, 'to a device', name);
    const answer = [0, { t: token, d: name }];
    const delayMs = serviceId === 10 ? 0 : delayOf(dataId);
    if (delayMs === 0) return answer;
    return new Promise((resolve) => program.after(delayMs, () => resolve(answer)));
  }

  /** A session whose peer has ended the connection goes on for as long as its callbacks run, and is not there any more. */
  get isConnected(): boolean {
    return this.arrivedMs !== Number.POSITIVE_INFINITY && this.link?.isAlive === true;
  }
}

function delayOf(dataId: number): number {
  if (dataId === SLOW_DATA_ID) return 30;
  return dataId === LATE_DATA_ID ? 1_500 : 0;
}

/** A device, with the sessions that it has: one, or for a while two. */
export class Device {
  readonly name: string;
  readonly host: DeviceHost;
  readonly program: Program;
  readonly sessions: DeviceSession[] = [];
  /** Before this moment nobody may expect that it is found. */
  unsettledUntilMs = 0;
  /** How often something happened to it. */
  disturbances = 0;
  /** Since when it has had a connection, one after the other without a pause; Infinity: it has none. */
  thereSinceMs = Number.POSITIVE_INFINITY;

  constructor(name: string, host: DeviceHost) {
    this.name = name;
    this.host = host;
    this.program = new Program(name, host, host.random.below(1_000_000));
    this.sessions.push(new DeviceSession(this, host.random.of(host.doors)));
  }

  /** The one that counts. */
  get session(): DeviceSession {
    return this.sessions[0] as DeviceSession;
  }

  get isConnected(): boolean {
    return this.sessions.some(({ isConnected }) => isConnected);
  }

  /** One of its sessions has a connection. */
  isThere(): void {
    this.thereSinceMs = Math.min(this.thereSinceMs, this.host.nowMs());
  }

  /** One of its sessions has lost its connection. */
  mayBeAway(): void {
    if (!this.isConnected) this.thereSinceMs = Number.POSITIVE_INFINITY;
  }

  /** Something happens to it, which lasts so long. */
  disturb(forMs: number): void {
    this.disturbances++;
    this.unsettledUntilMs = Math.max(this.unsettledUntilMs, this.host.nowMs() + forMs);
  }

  /** It goes to another gateway, or comes back to the same. @param how how its connection ends */
  move(how: 'closes' | 'vanishes'): void {
    const { session, host } = this;
    this.disturb(0);
    const old = session.link;
    session.door = this.#otherDoor();
    host.tell(() => `${this.name} ${how} and goes to gateway ${host.doors.indexOf(session.door)}`);
    if (how === 'vanishes' && old?.isAlive === true) old.goSilent(host.random.between(2_000, 60_000));
    session.session.reconnect();
  }

  /** A second session of the name, at another gateway, while the first is still there. @returns what ends the first */
  overlap(): () => void {
    const { host } = this;
    this.disturb(0);
    const second = new DeviceSession(this, this.#otherDoor());
    host.tell(() => `${this.name} has a second session at gateway ${host.doors.indexOf(second.door)}`);
    this.sessions.unshift(second);
    return () => this.#end(this.sessions.find((each) => each !== this.session) ?? null);
  }

  #end(session: DeviceSession | null): void {
    if (session === null) return;
    this.disturb(0);
    this.host.tell(() => `${this.name} ends its other session`);
    this.sessions.splice(this.sessions.indexOf(session), 1);
    void session.session.close();
  }

  #otherDoor(): Door {
    const { doors, random } = this.host;
    const others = doors.filter((door) => door !== this.session.door);
    return random.of(others.length > 0 && random.chance(0.9) ? others : doors);
  }

  /** It asks the workers. */
  ask(entry: Entry, serviceId: number, dataId: number, timeoutMs: number): void {
    const { ledger } = this.host;
    this.session.session
      .request(serviceId, dataId, { t: entry.token, d: this.name }, { timeout: timeoutMs })
      .then(
        ({ status, data }) => {
          if (status === 0) ledger.answered(entry, data as Echo | null);
          else ledger.failed(entry, new StatusError(status));
        },
        (error: unknown) => ledger.failed(entry, error),
      );
  }

  /** Since when it has been connected, with one session, through a gateway; Infinity: it is not. */
  get arrivedMs(): number {
    const isThere = this.sessions.length === 1 && this.session.isConnected;
    return isThere ? this.session.arrivedMs : Number.POSITIVE_INFINITY;
  }

  async close(): Promise<void> {
    await Promise.all(this.sessions.map(({ session }) => session.close()));
  }
}
