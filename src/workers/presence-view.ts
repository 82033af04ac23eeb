/**
 * Which devices are there, put together from the lists of gateways and from their events since.
 *
 * The law: for each device `arrived` and `left` alternate. Where several gateways claim it, the highest epoch counts, for as long
 * as that gateway has it. Events that come twice, late or out of order are put right or left out, and those that were sent while
 * the bus was away are found by asking again.
 */

import type { Clock } from '../base/clock.js';
import type { Bus } from '../bus/bus.js';
import {
  type DeviceArrived,
  type DeviceLeft,
  type PresenceEvent,
  ToldEvents,
} from '../gateway/format/presence.js';
import { BusError } from '../protocol/errors.js';
import { askGateways, type GatewayDevices } from './device-list.js';
import { GatewayBeats } from './gateway-beats.js';
import type { PresenceChannel, PresenceListener } from './presence-channel.js';

/** A gateway has come or gone. */
export interface GatewayChange {
  readonly event: 'gateway.up' | 'gateway.down';
  readonly gateway: string;
  readonly at: string;
}

/** What happens to devices and gateways. */
export type DevicesEvent = DeviceArrived | DeviceLeft | GatewayChange;

/** Who follows a view. */
export interface PresenceViewer {
  happened(event: DevicesEvent): void;
  /** The bus is closed, or cannot be asked: nothing more will come. */
  failed(error: unknown): void;
}

/** What a view works with. */
export interface PresenceViewParts {
  readonly bus: Bus;
  readonly prefix: string;
  readonly clock: Clock;
  readonly channel: PresenceChannel;
}

/** Who is there, kept while somebody follows it. */
export class PresenceView implements PresenceListener {
  readonly #parts: PresenceViewParts;
  readonly #viewers = new Set<PresenceViewer>();
  readonly #present = new Map<string, DeviceArrived>();
  /** What other gateways say they have as well, with lower epochs: true as soon as the one that counts has lost the device. */
  readonly #overruled = new Map<string, DeviceArrived[]>();
  readonly #beats: GatewayBeats;
  readonly #told = new ToldEvents(true);
  /** Gateways whose lists are wanted, and have not come. */
  readonly #owed = new Set<string>();
  /** What is told while the lists are on their way. */
  #held: PresenceEvent[] | null = null;
  /** Counts what is asked for: only the last counts. */
  #round = 0;
  /** Whether the first lists have come. */
  #hasBegun = false;

  constructor(parts: PresenceViewParts) {
    this.#parts = parts;
    this.#beats = new GatewayBeats(parts.bus, parts.clock, (gateway) => this.#gatewayDown(gateway, now()));
  }

  /**
   * Begins to follow: what is known to be there first, then what happens.
   *
   * @throws BusError where the bus is closed
   */
  add(viewer: PresenceViewer): void {
    const isFirst = this.#viewers.size === 0;
    if (isFirst) this.#parts.channel.add(this);
    this.#viewers.add(viewer);
    for (const gateway of this.#beats.gateways) viewer.happened({ event: 'gateway.up', gateway, at: now() });
    for (const arrived of [...this.#present.values()]) viewer.happened(arrived);
    if (isFirst) this.#ask();
  }

  /** Follows no more. */
  remove(viewer: PresenceViewer): void {
    if (!this.#viewers.delete(viewer) || this.#viewers.size > 0) return;
    this.#round++;
    this.#held = null;
    this.#parts.channel.remove(this);
    this.#present.clear();
    this.#overruled.clear();
    this.#told.clear();
    this.#owed.clear();
    this.#hasBegun = false;
    this.#beats.close();
  }

  told(event: PresenceEvent): void {
    const isOwed = event.event === 'gateway.alive' && this.#owed.has(event.gateway);
    if (isOwed && this.#held === null) this.#ask();
    this.#take(event);
  }

  /** Applies an event, unless lists are on their way: what is missing before it may be in those. */
  #take(event: PresenceEvent): void {
    if (this.#held === null && this.#told.hasGapBefore(event)) this.#askFor(event.gateway);
    if (this.#held === null) this.#apply(event);
    else this.#held.push(event);
  }

  resumed(): void {
    this.#beats.resumed();
    // it may be out of date: what followed it is lost
    this.#held = null;
    this.#ask();
  }

  busClosed(): void {
    this.#fail(new BusError('bus-closed'));
  }

  #fail(error: unknown): void {
    for (const viewer of [...this.#viewers]) viewer.failed(error);
  }

  // ── asking the gateways ──

  #askFor(gateway: string): void {
    this.#owed.add(gateway);
    this.#ask();
  }

  #ask(): void {
    const round = ++this.#round;
    this.#held ??= [];
    this.#askOnce(round).catch((error: unknown) => {
      // the bus comes back by itself, and then everything is asked again
      const isAway = this.#parts.bus.state === 'away' || isBusAway(error);
      if (round === this.#round && !isAway) this.#fail(error);
    });
  }

  async #askOnce(round: number): Promise<void> {
    const { bus, prefix } = this.#parts;
    await bus.flush();
    const answers = await askGateways(bus, prefix);
    if (round !== this.#round) return;
    const held = this.#held ?? [];
    this.#held = null;
    for (const gateway of answers.keys()) this.#gatewayHeard(gateway, now());
    const [before, after] = partition(held, (event) => isIn(answers.get(event.gateway), event));
    // the lists hold the result of earlier events, but not their reasons; a loop begins with those who are there
    if (this.#hasBegun) for (const event of before) this.#apply(event);
    this.#hasBegun = true;
    for (const [gateway, list] of answers) this.#listed(gateway, list);
    for (const event of after) this.#take(event);
  }

  #listed(gateway: string, { devices, isWhole, seq }: GatewayDevices): void {
    for (const { device, epoch, since, address } of devices)
      this.#arrived({ event: 'arrived', device, gateway, epoch, address, at: since });
    if (!isWhole) return;
    this.#told.listed(gateway, seq);
    this.#owed.delete(gateway);
    this.#leaveUnless(gateway, new Set(devices.map(({ device }) => device)));
  }

  /** What a gateway no longer has has left it. */
  #leaveUnless(gateway: string, there: ReadonlySet<string>): void {
    for (const device of [...this.#overruled.keys()]) if (!there.has(device)) this.#forget(device, gateway);
    for (const arrived of [...this.#present.values()]) {
      if (arrived.gateway === gateway && !there.has(arrived.device)) this.#leave(arrived, { at: now() });
    }
  }

  // ── what gateways tell ──

  #apply(event: PresenceEvent): void {
    switch (event.event) {
      case 'arrived': {
        const isNew = this.#gatewayHeard(event.gateway, event.at);
        this.#arrived(event);
        // the gateway may have more that it told before this side listened
        if (isNew) this.#askFor(event.gateway);
        return;
      }
      case 'left':
        return this.#left(event);
      case 'gateway.down':
        return this.#gatewayDown(event.gateway, event.at);
      case 'gateway.up':
        this.#gatewayHeard(event.gateway, event.at);
        // a gateway that had lost the bus says so as well, and what it told meanwhile is lost
        return this.#askFor(event.gateway);
      case 'gateway.alive':
        // what it told before this side listened is unknown
        if (this.#gatewayHeard(event.gateway, event.at)) this.#askFor(event.gateway);
        return;
    }
  }

  #arrived(event: DeviceArrived): void {
    const { device, gateway, epoch } = event;
    const known = this.#present.get(device);
    this.#forget(device, gateway);
    if (known !== undefined) {
      const isSame = known.gateway === gateway;
      if (known.epoch >= epoch) return isSame ? undefined : this.#overrule(event);
      if (!isSame) this.#overrule(known);
      this.#tellLeft(known, { reason: 'name-taken-over', to: isSame ? undefined : gateway, at: event.at });
    }
    this.#present.set(device, event);
    this.#tell(event);
  }

  #left(event: DeviceLeft): void {
    const { device, gateway, epoch, reason, to, at } = event;
    this.#forget(device, gateway, epoch);
    const known = this.#present.get(device);
    if (known?.gateway === gateway && known.epoch <= epoch) this.#leave(known, { reason, to, at });
  }

  #leave(arrived: DeviceArrived, how: Pick<DeviceLeft, 'reason' | 'to' | 'at'>): void {
    const { device } = arrived;
    this.#present.delete(device);
    this.#tellLeft(arrived, how);
    const others = this.#overruled.get(device);
    if (others === undefined) return;
    const next = others.reduce((one, other) => (other.epoch > one.epoch ? other : one));
    this.#arrived(next);
  }

  #tellLeft({ device, gateway, epoch }: DeviceArrived, how: Pick<DeviceLeft, 'reason' | 'to' | 'at'>): void {
    this.#tell({ event: 'left', device, gateway, epoch, ...how });
  }

  /** Another gateway has the device with a higher epoch. */
  #overrule(arrived: DeviceArrived): void {
    const others = this.#overruled.get(arrived.device);
    if (others === undefined) this.#overruled.set(arrived.device, [arrived]);
    else others.push(arrived);
  }

  /** What a gateway has said of a device, up to this epoch, does not hold any more. */
  #forget(device: string, gateway: string, epoch = Number.POSITIVE_INFINITY): void {
    const others = this.#overruled.get(device);
    if (others === undefined) return;
    const left = others.filter((each) => each.gateway !== gateway || each.epoch > epoch);
    if (left.length === 0) this.#overruled.delete(device);
    else this.#overruled.set(device, left);
  }

  #gatewayHeard(gateway: string, at: string): boolean {
    const isNew = this.#beats.heard({ event: 'gateway.alive', gateway });
    if (isNew) this.#tell({ event: 'gateway.up', gateway, at });
    return isNew;
  }

  #gatewayDown(gateway: string, at: string): void {
    this.#beats.heard({ event: 'gateway.down', gateway });
    this.#told.forget(gateway);
    this.#owed.delete(gateway);
    for (const device of [...this.#overruled.keys()]) this.#forget(device, gateway);
    for (const arrived of [...this.#present.values()])
      if (arrived.gateway === gateway) this.#leave(arrived, { reason: 'gateway-down', at });
    this.#tell({ event: 'gateway.down', gateway, at });
  }

  #tell(event: DevicesEvent): void {
    for (const viewer of [...this.#viewers]) viewer.happened(event);
  }
}

/** Whether an event of a device was told before a list was made. */
function isIn(list: GatewayDevices | undefined, event: PresenceEvent): boolean {
  if (list?.seq === undefined || event.seq === undefined) return false;
  return (event.event === 'arrived' || event.event === 'left') && event.seq <= list.seq;
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): readonly [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

function now(): string {
  return new Date().toISOString();
}

/** The bus may have said so of a call before it says so of itself. */
function isBusAway(error: unknown): boolean {
  return error instanceof BusError && error.reason === 'bus-away';
}
