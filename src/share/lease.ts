/**
 * The lease of a device: its holder, and the clients that wait for it.
 *
 * The law: the machine decides when a lease begins and when it ends; this file knows who waits, in which order, and for how long. The
 * order goes round: a client that wants many leases waits for its second until each other client that waits has had one.
 */

import type { LeaseEvent } from '../../machines/index.js';
import type { Clock } from '../base/clock.js';
import type { JsonValue } from '../protocol/message.js';
import type { Inspector } from '../session/options.js';
import { type LeaseEffects, type LeaseEnd, makeLeaseActor, type ShareActor } from './actors.js';
import { type Answer, type ShareRefusalReason, TO_NOBODY } from './answers.js';
import type { Client } from './client.js';

/** Data ids of the lease service. */
export const LEASE_ACQUIRE = 0;
export const LEASE_RENEW = 1;
export const LEASE_RELEASE = 2;
export const LEASE_GUARDED = 3;

/** A client that waits for the lease. */
interface Waiter {
  readonly client: Client;
  readonly ttlMs: number;
  readonly settle: (answer: Answer) => void;
  timer: unknown;
}

/** Who has the lease. */
export interface Holder {
  readonly client: Client;
  readonly fence: number;
  untilMs: number;
}

/** What a lease works with. */
export interface LeaseParts {
  readonly clock: Clock;
  readonly maxLeaseMs: number;
  /** How many clients may wait, and for how many leases each of them. */
  readonly maxWaiters: number;
  /** How long an acquire waits that does not say. */
  readonly waitMs: number;
  readonly inspect: Inspector | undefined;
  readonly device: {
    letBegin(who: 'nobody' | 'everybody' | 'holder', turns?: boolean): void;
    refuseGuarded(client: Client): void;
    refused(client: Client, reason: ShareRefusalReason, detail?: string): Answer;
  };
  readonly news: LeaseNews;
}

/** Hears what happens to the lease. */
export interface LeaseNews {
  leaseBegan(holder: Holder, ttlMs: number): void;
  leaseEnded(holder: Holder, reason: LeaseEnd): void;
  /** Somebody waits for the lease, or no longer does. */
  changed(): void;
  crashed(error: unknown): void;
}

/** The lease of a device. */
export class Lease implements LeaseEffects {
  /** How many leases have begun, and how many of them expired. */
  granted = 0;
  expired = 0;
  holding: Holder | null = null;
  readonly #parts: LeaseParts;
  /** What each client that waits waits for; the one whose turn it is first. */
  readonly #waiters = new Map<Client, Set<Waiter>>();
  readonly #actor: ShareActor<LeaseEvent>;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.#actor = makeLeaseActor(this, parts.clock, parts.inspect);
  }

  /** The name of the state that it is in. */
  get state(): string {
    return this.#actor.state;
  }

  get waiting(): number {
    let waiting = 0;
    for (const { size } of this.#waiters.values()) waiting += size;
    return waiting;
  }

  /** Who waits for it. */
  get waitingClients(): ReadonlySet<Client> {
    return new Set(this.#waiters.keys());
  }

  get holder(): Client | null {
    return this.holding?.client ?? null;
  }

  get fence(): number | null {
    return this.holding?.fence ?? null;
  }

  /** How long the lease still lasts, in milliseconds; null: nobody has it. */
  get expiresInMs(): number | null {
    return this.holding === null ? null : this.restMs();
  }

  // ── what clients ask ──

  /** Takes a request for the lease, and sees to it that it is answered. */
  acquire(client: Client, data: JsonValue, settle: (answer: Answer) => void): void {
    const { clock, maxLeaseMs, maxWaiters, waitMs, device } = this.#parts;
    const ttlMs = msOf(data, 'ttl', maxLeaseMs);
    const patienceMs = msOf(data, 'wait', maxLeaseMs, waitMs);
    if (ttlMs === null || patienceMs === null)
      return settle(device.refused(client, 'bad-request', 'acquire takes { ttl, wait } in milliseconds'));
    if (this.#actor.state === 'closed') return settle(device.refused(client, 'share-closed'));
    const own = this.#waiters.get(client);
    if ((own ?? this.#waiters).size >= maxWaiters) return settle(device.refused(client, 'too-many-waiting'));
    const waiter: Waiter = { client, ttlMs, settle, timer: null };
    waiter.timer = clock.setTimeout(() => {
      waiter.timer = null;
      this.#giveUp(waiter);
      settle(device.refused(client, 'lease-not-acquired'));
    }, patienceMs);
    if (own === undefined) this.#waiters.set(client, new Set([waiter]));
    else own.add(waiter);
    this.#actor.send({ type: 'lease.wanted' });
    this.#parts.news.changed();
  }

  /** Makes the lease last for another `ttl`, from now on. */
  renew(client: Client, data: JsonValue): Answer {
    const { clock, maxLeaseMs, device } = this.#parts;
    const held = this.heldBy(client, data);
    if (held === null) return device.refused(client, 'fence-not-current');
    const ttlMs = msOf(data, 'ttl', maxLeaseMs);
    if (ttlMs === null) return device.refused(client, 'bad-request', 'renew takes { fence, ttl }');
    held.untilMs = clock.now() + ttlMs;
    this.#actor.send({ type: 'lease.renewed' });
    return [0, { fence: held.fence, expiresIn: ttlMs }];
  }

  release(client: Client, data: JsonValue): Answer {
    const held = this.heldBy(client, data);
    if (held === null) return this.#parts.device.refused(client, 'fence-not-current');
    this.#actor.send({ type: 'lease.released' });
    return [0, null];
  }

  /** The lease, if a client has it under the fence that it names. */
  heldBy(client: Client, data: JsonValue): Holder | null {
    const held = this.holding;
    return held !== null && held.client === client && held.fence === memberOf(data, 'fence') ? held : null;
  }

  /** A client is gone, and with it what it waited for or had. */
  clientLeft(client: Client): void {
    for (const waiter of [...(this.#waiters.get(client) ?? [])]) {
      this.#giveUp(waiter);
      waiter.settle(TO_NOBODY);
    }
    if (this.holder === client) this.#actor.send({ type: 'holder.left' });
  }

  close(): void {
    this.#actor.send({ type: 'share.closed' });
  }

  // ── what the device says ──

  deviceAlone(): void {
    this.#actor.send({ type: 'device.alone' });
  }

  turnsOver(): void {
    this.#actor.send({ type: 'turns.over' });
  }

  // ── what the machine lets happen ──

  letBegin(who: 'nobody' | 'everybody'): void {
    this.#parts.device.letBegin(who);
  }

  letTakeTurns(): void {
    this.#parts.device.letBegin('everybody', true);
  }

  give(fence: number): void {
    const { clock, device, news } = this.#parts;
    const waiter = this.#takeFirst();
    const { client, ttlMs } = waiter;
    this.holding = { client, fence, untilMs: clock.now() + ttlMs };
    this.granted++;
    device.letBegin('holder');
    waiter.settle([0, { fence, expiresIn: ttlMs }]);
    news.leaseBegan(this.holding, ttlMs);
  }

  takeBack(reason: LeaseEnd): void {
    const { device, news } = this.#parts;
    const held = this.holding;
    if (held === null) return;
    this.holding = null;
    if (reason === 'expired') this.expired++;
    device.refuseGuarded(held.client);
    news.leaseEnded(held, reason);
  }

  refuseWaiters(): void {
    for (const waiter of [...this.#waiters.values()].flatMap((own) => [...own])) {
      this.#forget(waiter);
      waiter.settle(this.#parts.device.refused(waiter.client, 'share-closed'));
    }
  }

  restMs(): number {
    return this.holding === null ? 0 : Math.max(0, this.holding.untilMs - this.#parts.clock.now());
  }

  announced(): void {}

  stepped(): void {}

  crashed(error: unknown): void {
    this.#parts.news.crashed(error);
  }

  #giveUp(waiter: Waiter): void {
    this.#forget(waiter);
    this.#actor.send({ type: 'lease.givenUp' });
    this.#parts.news.changed();
  }

  /** Takes the first of the client whose turn it is, which is the last from now on. */
  #takeFirst(): Waiter {
    const [[client, own] = []] = this.#waiters;
    const [waiter] = own ?? [];
    if (client === undefined || own === undefined || waiter === undefined)
      throw new Error('a lease begins for which nobody waits');
    this.#forget(waiter);
    if (this.#waiters.delete(client)) this.#waiters.set(client, own);
    return waiter;
  }

  #forget(waiter: Waiter): void {
    const own = this.#waiters.get(waiter.client);
    own?.delete(waiter);
    if (own?.size === 0) this.#waiters.delete(waiter.client);
    if (waiter.timer !== null) this.#parts.clock.clearTimeout(waiter.timer);
  }
}

/** A member of what a client has sent; undefined where it is not there. */
export function memberOf(data: JsonValue, name: string): JsonValue | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined;
  return Object.hasOwn(data, name) ? data[name] : undefined;
}

/** A time that a client names, at most `mostMs`; null where it names none. */
function msOf(data: JsonValue, name: string, mostMs: number, otherwiseMs?: number): number | null {
  const value = memberOf(data, name) ?? otherwiseMs;
  const least = otherwiseMs === undefined ? 1 : 0;
  if (typeof value !== 'number' || !(value >= least)) return null;
  return Math.min(value, mostMs);
}
