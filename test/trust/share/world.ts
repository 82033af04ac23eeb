/**
 * Programs that share a device: they ask at random, take leases and go away, and the device is slow and loses its connection. Each seed
 * is a world of its own, on virtual time, against what must hold whatever happens.
 */

import {
  connect,
  createMemoryListener,
  isSocketProtocolError,
  listen,
  type Session,
  SID_EXECUTE_REQUEST,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
} from '../../../src/index.js';
import { type ShareLeaseEvent, type ShareStats, share } from '../../../src/share/index.js';
import { turns } from '../../support/fake-socket.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { Random } from '../random.js';

const CLIENTS = 5;
const STEPS = 120;
const REGISTERS = 3;

/** A request as its program made it. */
interface Made {
  readonly client: number;
  readonly kind: 'read' | 'write' | 'execute';
  readonly register: number;
  readonly token: string;
  /** The number of the lease under which it was made; null: under none. */
  readonly fence: number | null;
  /** How many writes to its register were answered when it was made, and how many of its own client were made. */
  readonly least: number;
  readonly own: Made | null;
  readonly madeAt: number;
  /** At which place it was settled; null: it never was. */
  settledAt: number | null;
  error: unknown;
  answer: readonly [status: number, data: unknown] | null;
  /** At which place it reached the device; of a READ, none. */
  reachedAt: number | null;
}

/** What a READ gets. */
interface Register {
  readonly register: number;
  /** How many writes there have been. */
  readonly version: number;
  /** Where in the log the device began with the answer. */
  readonly place: number;
}

class Simulation {
  readonly clock = new VirtualClock();
  readonly random: Random;
  readonly made: Made[] = [];
  readonly byToken = new Map<string, Made>();
  readonly lastWrite = new Map<string, Made>();
  /** What happened, in order: requests that were made, and that reached the device, and leases. */
  readonly log: (
    | { readonly made: Made }
    | { readonly reached: Made }
    | { readonly lease: ShareLeaseEvent }
  )[] = [];
  readonly versions = new Map<number, number>();
  readonly answeredVersions = new Map<number, number>();
  readonly versionOf = new Map<string, number>();
  twice = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /** The device: registers with a version each, which a WRITE counts up; everything takes a while. */
  async atDevice(kind: Made['kind'], register: number, token: unknown): Promise<unknown> {
    const place = this.log.length;
    if (kind !== 'read') {
      const made = this.byToken.get(String(token));
      if (made === undefined) throw new Error(`nobody made ${token}`);
      if (made.reachedAt !== null) this.twice++;
      made.reachedAt = place;
      this.log.push({ reached: made });
    }
    await new Promise<void>((resolve) => void this.clock.setTimeout(resolve, this.random.below(40)));
    const version = (this.versions.get(register) ?? 0) + (kind === 'write' ? 1 : 0);
    this.versions.set(register, version);
    if (kind === 'write') this.versionOf.set(String(token), version);
    return kind === 'read' ? { register, version, place } : token;
  }

  make(client: number, session: Session, fence: number | null): void {
    const kind = this.random.of(['read', 'read', 'read', 'write', 'execute'] as const);
    const register = this.random.below(REGISTERS);
    const token = `${client}-${this.made.length}`;
    const key = `${client} ${register}`;
    const made: Made = {
      client,
      kind,
      register,
      token,
      fence,
      least: this.answeredVersions.get(register) ?? 0,
      own: this.lastWrite.get(key) ?? null,
      madeAt: this.log.length,
      settledAt: null,
      error: null,
      answer: null,
      reachedAt: null,
    };
    this.made.push(made);
    this.byToken.set(token, made);
    this.log.push({ made });
    if (kind === 'write') this.lastWrite.set(key, made);
    const sid = { read: SID_READ_REQUEST, write: SID_WRITE_REQUEST, execute: SID_EXECUTE_REQUEST }[kind];
    const data = kind === 'read' ? null : token;
    const asked =
      fence === null
        ? session.request(sid, register, data)
        : session.request(65_000, 3, { fence, service_id: sid, data_id: register, data });
    asked.then(
      ({ status, data: got }) => {
        made.answer = [status, got];
        made.settledAt = this.log.length;
        const version = this.versionOf.get(token);
        if (version === undefined || status !== 0) return;
        this.answeredVersions.set(register, Math.max(version, this.answeredVersions.get(register) ?? 0));
      },
      (error: unknown) => {
        made.error = error;
        made.settledAt = this.log.length;
      },
    );
  }
}

/** What became of a world. */
export interface ShareRun {
  readonly world: Simulation;
  readonly stats: ShareStats;
  /** Timers that were left at the end. */
  readonly pending: number;
}

/** Runs the world of a seed to its end. */
export async function runShare(seed: number): Promise<ShareRun> {
  const world = new Simulation(seed);
  const { clock } = world;
  const [deviceMemory, clientMemory] = [createMemoryListener(), createMemoryListener()];
  const device = await listen({ memory: deviceMemory, clock }, (session) => {
    session.onRead(null, (_, { dataId }) => world.atDevice('read', dataId, null));
    session.onWrite(null, (data, { dataId }) => world.atDevice('write', dataId, data));
    session.onExecute(null, (data, { dataId }) => world.atDevice('execute', dataId, data));
  });
  const shared = await share({
    upstream: { stream: deviceMemory.connect, random: () => 0.5 },
    listen: { memory: clientMemory },
    clock,
    requestTimeout: 20_000,
    // whether READs meet on their way to the device
    concurrency: seed % 3 === 0 ? 3 : 1,
  });
  shared.on('lease', (event) => world.log.push({ lease: event }));
  const fences: (number | null)[] = Array(CLIENTS).fill(null);
  // of leases that it had before
  const old: (number | null)[] = Array(CLIENTS).fill(null);
  const join = async (i: number): Promise<Session> => {
    const session = await connect({
      stream: clientMemory.connect,
      clock,
      channelName: String(i),
      requestTimeout: 60_000,
      random: () => 0.5,
      reconnect: false,
    });
    return session.addService(65_000, 65_001);
  };
  const sessions = await Promise.all(Array.from({ length: CLIENTS }, (_, i) => join(i)));
  await turns(3);
  for (let step = 0; step < STEPS; step++) {
    const i = world.random.below(CLIENTS);
    const session = sessions[i] as Session;
    const chance = world.random.fraction();
    if (chance < 0.75) {
      // one of them asks much more than the others
      for (let n = i === 0 ? 8 : 1; n > 0; n--)
        world.make(
          i,
          session,
          world.random.of([null, null, fences[i] ?? null, fences[i] ?? null, old[i] ?? null]),
        );
    } else if (chance < 0.85) {
      const ttl = 20 + world.random.below(300);
      session.request(65_000, 0, { ttl, wait: 2_000 }).then(
        ({ status, data }) => {
          if (status !== 0) return;
          old[i] = fences[i] ?? null;
          fences[i] = (data as { fence: number }).fence;
        },
        () => {},
      );
    } else if (chance < 0.93) {
      if (fences[i] !== null) session.request(65_000, 2, { fence: fences[i] ?? 0 }).catch(() => {});
    } else if (chance < 0.97) {
      for (const each of shared.server.sessions) if (each.peerName === String(i)) void each.close();
      await turns(2);
      fences[i] = old[i] = null;
      sessions[i] = await join(i);
    } else for (const each of device.sessions) void each.close();
    await turns(1);
    await clock.advanceAsync(world.random.below(30));
  }
  await turns(3);
  await clock.advanceAsync(70_000);
  await turns(3);
  const stats = shared.stats();
  for (const session of sessions) void session.close();
  await shared.close();
  await device.close();
  await clock.advanceAsync(20_000);
  await turns(3);
  return { world, stats, pending: clock.pending };
}

/**
 * What a world has shown that must never be.
 *
 * @returns one line each
 */
export function brokenIn({ world, stats, pending }: ShareRun): string[] {
  const broken = [
    ...(world.twice > 0 ? [`S1: ${world.twice} requests reached the device twice`] : []),
    ...intruders(world).map((token) => `S2: ${token} reached the device while somebody else had it alone`),
    ...listeners(world).map(
      (token) => `S2: ${token} got what was read while somebody else had the device alone`,
    ),
    ...strays(world).map((token) => `S3: ${token} reached the device under a lease that was over`),
    ...unfair(world).map((token) => `S4: ${token} waited for more than one turn of another program`),
    ...world.made.flatMap((made) => wrongWith(world, made)),
  ];
  const { device, waiting, underWay, lease } = stats;
  const isAtRest = device === 'idle' && waiting + underWay + lease.waiting === 0 && lease.state === 'free';
  if (!isAtRest) broken.push(`S7: at the end ${JSON.stringify({ device, waiting, underWay, lease })}`);
  if (pending > 0) broken.push(`S7: ${pending} timers are left`);
  return broken;
}

/** Whose requests reached the device while somebody else had it alone. */
function intruders({ log }: Simulation): string[] {
  let holder: string | null = null;
  const found: string[] = [];
  for (const entry of log) {
    if ('lease' in entry) holder = entry.lease.event === 'began' ? entry.lease.client.name : null;
    else if ('reached' in entry && holder !== null && String(entry.reached.client) !== holder)
      found.push(entry.reached.token);
  }
  return found;
}

/** Who got what was read while somebody else had the device alone: that is for the holder only. */
function listeners({ made, log }: Simulation): string[] {
  const found: string[] = [];
  for (const { client, kind, token, answer } of made) {
    if (kind !== 'read' || answer?.[0] !== 0) continue;
    const { place } = answer[1] as Register;
    const last = log.slice(0, place).findLast((entry) => 'lease' in entry);
    const lease = last !== undefined && 'lease' in last ? last.lease : null;
    if (lease?.event === 'began' && lease.client.name !== String(client)) found.push(token);
  }
  return found;
}

/**
 * What reached the device under a lease that was over, or another's. What was under way when its lease ended may still arrive: that is
 * one at most, and nothing of anybody's before it.
 */
function strays({ log }: Simulation): string[] {
  let fence: number | null = null;
  let underWay: number | null = null;
  const found: string[] = [];
  for (const entry of log) {
    if ('lease' in entry) {
      underWay = entry.lease.event === 'began' ? null : entry.lease.fence;
      fence = entry.lease.event === 'began' ? entry.lease.fence : null;
    } else if ('reached' in entry) {
      const { fence: under, token } = entry.reached;
      if (under !== null && under !== fence && under !== underWay) found.push(token);
      underWay = null;
    }
  }
  return found;
}

/** Requests that waited, with nobody having the device alone, for more than one turn of another client. */
function unfair({ log, made }: Simulation): string[] {
  const found: string[] = [];
  let leaseAt = 0;
  log.forEach((entry, at) => {
    if ('lease' in entry) leaseAt = at;
    if (!('reached' in entry)) return;
    const { client, madeAt, token } = entry.reached;
    const begun: number[] = [];
    const over: number[] = [madeAt, leaseAt];
    for (const before of made) {
      if (before.client !== client || before.madeAt >= madeAt) continue;
      const place = begunAt(before);
      if (place !== null) begun.push(place);
      else if (before.settledAt === null || (before.answer === null && before.settledAt > madeAt)) return;
      else over.push(before.settledAt);
    }
    // at the head of its client's requests since the one before it began, and since everybody may ask
    const since = Math.max(...begun, ...over);
    let turns = log.slice(since + 1, at).filter((other) => 'reached' in other);
    // what had been sent to the device already when it came there
    if (since === madeAt || !begun.includes(since)) turns = turns.slice(1);
    const turnsOf = new Map<number, number>();
    for (const other of turns)
      if (other.reached.client !== client)
        turnsOf.set(other.reached.client, (turnsOf.get(other.reached.client) ?? 0) + 1);
    if ([...turnsOf.values()].some((count) => count > 1)) found.push(token);
  });
  return found;
}

/** Where in the log the device began with a request; null: nobody knows, or it never did. */
function begunAt({ kind, reachedAt, answer }: Made): number | null {
  return kind === 'read' && answer?.[0] === 0 ? (answer[1] as Register).place : reachedAt;
}

/** What is wrong with the end of a request. */
function wrongWith(
  world: Simulation,
  { kind, token, register, answer, error, settledAt, least, own }: Made,
): string[] {
  if (settledAt === null) return [`S5: ${token} has never settled`];
  if (isSocketProtocolError(error) && error.code === 'ERR_TIMEOUT') return [`S5: ${token} got no answer`];
  if (answer === null || answer[0] !== 0) return [];
  if (kind !== 'read') return answer[1] === token ? [] : [`S6: ${token} got the answer of ${answer[1]}`];
  const got = answer[1] as Register;
  if (got.register !== register) return [`S6: ${token} got the register ${got.register}`];
  // what was answered before it was made, and what its own client wrote before it
  const ownVersion = own === null ? 0 : (world.versionOf.get(own.token) ?? 0);
  const isOld = got.version < Math.max(least, ownVersion);
  return isOld ? [`S6: ${token} got what was there before it was made`] : [];
}
