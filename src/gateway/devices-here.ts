/**
 * The devices of one gateway: who has which name here, and what other gateways claim.
 *
 * The law: the newest connection of a name wins, on whichever gateway (machines/device-presence.ts). The holder judges, with
 * the same contests as the server: two devices of one name do not take it from each other for ever.
 */

import type { Clock } from '../base/clock.js';
import type { Bus, BusMessage, BusSubscription } from '../bus/bus.js';
import type { LinkReason } from '../protocol/reasons.js';
import type { NameWatcher } from '../server/directory.js';
import type { NameContests } from '../server/name-contests.js';
import type { Inspector } from '../session/options.js';
import type { Session } from '../session/session.js';
import { type ClaimAnswer, encodeClaimAnswer } from './claim-answers.js';
import type { GatewayCounts } from './counts.js';
import { DelayLine } from './delay-line.js';
import { Device, type Rival } from './device.js';
import { type Epochs, isAbove } from './epochs.js';
import { encodePresence, type PresenceEvent, type PresentDevice } from './format/presence.js';
import { allRequestsSubject, encodeWord, gatewaySubject, presenceSubject, QUEUE } from './format/subjects.js';
import type { GatewayLog } from './gateway-log.js';

/** How long a gateway that had the name may take to say so: many times what a message takes on a busy bus. */
const CLAIM_SETTLES_MS = 5_000;

/** What the devices of a gateway need of it. */
export interface DevicesParts {
  readonly id: string;
  readonly prefix: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly inspect: Inspector | undefined;
  readonly epochs: Epochs;
  readonly contests: NameContests;
  readonly counts: GatewayCounts;
  readonly log: GatewayLog;
  /** The time of day, as ISO 8601 writes it. */
  timestamp(): string;
  /** The bus brings a message for a device. */
  take(device: Device, message: BusMessage): void;
  /** A device can be reached, or cannot any more; for the program. */
  moved(event: PresenceEvent): void;
}

/** The devices of one gateway. */
export class DevicesHere implements NameWatcher {
  readonly parts: DevicesParts;
  /** By their words. */
  readonly #devices = new Map<string, Device>();
  /** Those whose subscriptions are being drained. */
  readonly #going = new Set<Device>();
  /** Claims that may still be contested, with their numbers. */
  readonly #claims: DelayLine<readonly [device: Device, epoch: number]>;
  #seq = 0;
  #isClosing = false;
  #gone: (() => void) | null = null;

  constructor(parts: DevicesParts) {
    this.parts = parts;
    this.#claims = new DelayLine(parts.clock, CLAIM_SETTLES_MS, ([device, epoch]) => device.settled(epoch));
  }

  get size(): number {
    return this.#devices.size;
  }

  /** How many have lost their connection or their name, and still get what the bus had sent. */
  get going(): number {
    return this.#going.size;
  }

  /** The number of the last event of a device: how many there were, also those that did not get out. */
  get seq(): number {
    return this.#seq;
  }

  /** The device of a name. */
  byName(name: string): Device | undefined {
    const word = this.#wordOf(name);
    return word === null ? undefined : this.#devices.get(word);
  }

  /** As a list of presence has them. */
  list(): PresentDevice[] {
    return Array.from(this.#devices.values(), ({ name, epoch, since, address }) => ({
      device: name,
      epoch,
      since,
      address,
    }));
  }

  // ── what the server says ──

  entered(name: string, session: Session): void {
    const address = session.peerAddress;
    const word = this.#wordOf(name);
    if (this.#isClosing) return this.#turnAway(word, session);
    if (word === null) return this.#unaddressable(session);
    const known = this.#devices.get(word);
    if (known !== undefined) return known.replace(session, address);
    this.#begin({ name, word, session, address });
  }

  left(name: string, session: Session, reason: LinkReason): void {
    const device = this.byName(name);
    if (device?.session === session) device.lost(reason);
  }

  /** The gateway takes no more devices. Where the server has given the name to the newcomer, its owner has lost the connection. */
  #turnAway(word: string | null, session: Session): void {
    if (word !== null) this.#devices.get(word)?.lost('name-taken-over');
    session.commInstance.disconnect?.('gateway-down');
  }

  #begin(fields: Pick<Device, 'name' | 'word' | 'session' | 'address'>): void {
    const { bus, counts, log } = this.parts;
    try {
      const device = new Device(this, fields);
      this.#devices.set(fields.word, device);
      device.arrive(bus.state === 'up');
    } catch (error) {
      // the bus is closed, or does not take such a subject
      counts.failure(error);
      log.tell('unreachable', fields.address, error);
    }
  }

  #wordOf(name: string): string | null {
    try {
      return encodeWord(name);
    } catch {
      return null;
    }
  }

  #unaddressable(session: Session): void {
    this.parts.counts.unaddressable++;
    this.parts.log.tell('unaddressable', session.peerAddress);
  }

  // ── what the bus says ──

  /** It is there again, or is away. */
  busMoved(isUp: boolean): void {
    for (const device of [...this.#devices.values()]) device.busMoved(isUp);
  }

  /** Another gateway can be heard that could not before: both may have a device. */
  gatewaysMet(): void {
    for (const device of [...this.#devices.values()]) device.gatewaysMet();
  }

  /** Another gateway claims a name. */
  claimed(name: string, rival: Rival): void {
    this.parts.epochs.saw(rival.epoch);
    const device = this.byName(name);
    if (device !== undefined) device.rivalled(this.#judge(device, rival), rival);
  }

  #judge(device: Device, rival: Rival): 'above' | 'below' | 'jailed' {
    if (!isAbove(rival, this.#claimOf(device))) return 'below';
    // after a time apart it is no takeover: each had the name on its own
    if (rival.isAgain) return 'above';
    return this.parts.contests.claim(device.name) === 'holder' ? 'jailed' : 'above';
  }

  #claimOf({ epoch }: Device): { readonly epoch: number; readonly gateway: string } {
    return { epoch, gateway: this.parts.id };
  }

  /** A gateway has answered a claim of this one. */
  answered({ device: name, verdict, about, epoch, gateway }: ClaimAnswer): void {
    this.parts.epochs.saw(epoch);
    this.byName(name)?.answered(verdict, about, gateway);
  }

  // ── what the machines of the devices let happen ──

  subscribe(word: string, onMessage: (message: BusMessage) => void): BusSubscription {
    const { bus, prefix } = this.parts;
    return bus.subscribe(allRequestsSubject(prefix, word), onMessage, { queue: QUEUE });
  }

  claim(device: Device, isAgain: boolean): void {
    const { id, timestamp } = this.parts;
    const { name, epoch, address, since } = device;
    const event = { event: 'arrived', device: name, gateway: id, epoch, address } as const;
    this.publish(isAgain ? { ...event, again: true, at: timestamp() } : { ...event, at: since });
    if (!isAgain) this.#claims.add([device, epoch]);
    // one that came while the bus was away can be reached only from now on
    if (device.toldEpoch === epoch) return;
    device.toldEpoch = epoch;
    this.parts.moved({ ...event, at: since });
  }

  answerClaim(
    device: Device,
    rival: { gateway: string; epoch: number },
    verdict: ClaimAnswer['verdict'],
  ): void {
    const { id, prefix, bus, counts } = this.parts;
    counts[verdict]++;
    const answer = { verdict, device: device.name, about: rival.epoch, epoch: device.epoch, gateway: id };
    try {
      bus.publish(gatewaySubject(prefix, rival.gateway), encodeClaimAnswer(answer));
    } catch (error) {
      counts.failure(error);
    }
  }

  announceLeft(device: Device, reason: LinkReason): void {
    const { id, counts, timestamp, log } = this.parts;
    const { name, epoch, holder } = device;
    if (holder !== null) {
      const what = reason === 'name-flapping' ? 'refusedByFlapping' : 'takeovers';
      counts[what]++;
      log.tell(what, device.address);
    }
    const event = { event: 'left', device: name, gateway: id, epoch, reason, at: timestamp() } as const;
    const told = holder === null ? event : { ...event, to: holder };
    this.publish(told);
    // one that is here again already, on a newer connection, has not left
    const isHere = (this.#devices.get(device.word) ?? device) !== device;
    if (device.toldEpoch !== null && !isHere) this.parts.moved(told);
  }

  /** Its subscription is being drained. Its name is free here, unless the gateway closes and takes nobody else. */
  goes(device: Device): void {
    this.#going.add(device);
    if (!this.#isClosing) this.#strike(device);
  }

  #strike(device: Device): void {
    if (this.#devices.get(device.word) === device) this.#devices.delete(device.word);
  }

  forget(device: Device): void {
    this.#going.delete(device);
    this.#strike(device);
    if (this.#going.size === 0) this.#gone?.();
  }

  /** Tells all programs. What cannot be published while the bus is away they find by asking when it is back. */
  publish(event: PresenceEvent): void {
    const { bus, prefix, counts } = this.parts;
    if (event.event === 'arrived' || event.event === 'left') this.#seq++;
    try {
      bus.publish(presenceSubject(prefix), encodePresence({ ...event, seq: this.#seq }));
    } catch {
      counts.presenceDropped++;
    }
  }

  // ── the end ──

  /**
   * Takes no devices any more, and drains the subscriptions of those that are there.
   *
   * @returns when all has come that the bus had sent
   */
  close(): Promise<void> {
    this.#isClosing = true;
    this.#claims.close();
    for (const device of [...this.#devices.values()]) device.closing();
    if (this.#going.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#gone = resolve;
    });
  }
}
