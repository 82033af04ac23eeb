/**
 * The other gateways: what they claim, what they answer, and whether they can be heard. And what this one announces: that it is
 * there, and which devices it has.
 */

import type { Clock } from '../base/clock.js';
import type { Bus, BusMessage, BusState, BusSubscription } from '../bus/bus.js';
import { decodeClaimAnswer } from './claim-answers.js';
import type { GatewayCounts } from './counts.js';
import type { DevicesHere } from './devices-here.js';
import { GATEWAY_HEADER } from './format/headers.js';
import {
  ALIVE_EVERY_MS,
  decodePresence,
  encodePresenceList,
  type GatewayEvent,
  type PresentDevice,
  SILENT_AFTER_MS,
  ToldEvents,
} from './format/presence.js';
import { gatewaySubject, presenceListSubject, presenceSubject } from './format/subjects.js';

/** What the rest of a part of a list may take. */
const LIST_FRAME_BYTES = 1_024;

/** What the neighbourhood of a gateway needs of it. */
export interface NeighboursParts {
  readonly id: string;
  readonly prefix: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly counts: GatewayCounts;
  readonly devices: DevicesHere;
  timestamp(): string;
}

/** The other gateways, as one of them sees them. */
export class Neighbours {
  readonly #parts: NeighboursParts;
  /** When each was heard last. */
  readonly #heardMs = new Map<string, number>();
  readonly #told = new ToldEvents();
  #subscriptions: BusSubscription[] = [];
  #busState: BusState | null = null;
  #stopListening: (() => void) | null = null;
  #beat: unknown;

  constructor(parts: NeighboursParts) {
    this.#parts = parts;
  }

  /** How many other gateways can be heard. */
  get size(): number {
    return this.#heardMs.size;
  }

  /**
   * Listens to the others.
   *
   * @throws (rejects) BusError where the bus is closed, or goes away
   */
  async open(): Promise<void> {
    const { id, prefix, bus } = this.#parts;
    this.#subscriptions = [
      bus.subscribe(presenceSubject(prefix), (message) => this.#heard(message)),
      bus.subscribe(presenceListSubject(prefix), (message) => this.#list(message)),
      bus.subscribe(gatewaySubject(prefix, id), (message) => this.#answered(message)),
    ];
    this.#busState = bus.state;
    this.#stopListening = bus.onState((state) => this.#busMoved(state));
    if (bus.state === 'up') await bus.flush();
  }

  /** Tells everybody that this gateway is there, from now on. */
  begin(): void {
    if (this.#parts.bus.state === 'up') this.#say('gateway.up');
    this.#expectBeat();
  }

  /** Tells everybody that it goes, and nothing after that: what came later would bring it back. */
  leave(): void {
    this.#say('gateway.down');
    this.close();
  }

  close(): void {
    this.#parts.clock.clearTimeout(this.#beat);
    this.#stopListening?.();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#subscriptions = [];
  }

  #say(event: GatewayEvent['event']): void {
    const { id, devices, timestamp } = this.#parts;
    devices.publish({ event, gateway: id, at: timestamp() });
  }

  #expectBeat(): void {
    const { clock, bus } = this.#parts;
    this.#beat = clock.setTimeout(() => {
      if (bus.state === 'up') this.#say('gateway.alive');
      this.#forgetTheSilent();
      this.#expectBeat();
    }, ALIVE_EVERY_MS);
    clock.unref?.(this.#beat);
  }

  #forgetTheSilent(): void {
    const sinceMs = this.#parts.clock.now() - SILENT_AFTER_MS;
    for (const [gateway, heardMs] of this.#heardMs) {
      if (heardMs <= sinceMs) this.#heardMs.delete(gateway);
    }
    this.#told.keepOnly(this.#heardMs);
  }

  #busMoved(state: BusState): void {
    // only more details of the same state; announcing it now might be what the server forbids, and would bring more details
    if (state === this.#busState) return;
    this.#busState = state;
    const isUp = state === 'up';
    // programs that keep a list begin a new one for this gateway
    if (isUp) this.#say('gateway.up');
    else this.#heardMs.clear();
    this.#parts.devices.busMoved(isUp);
  }

  #heard({ data }: BusMessage): void {
    const event = decodePresence(data);
    if (event === null) return void this.#parts.counts.unreadable++;
    if (event.gateway === this.#parts.id) return;
    const { gateway } = event;
    const hasGap = this.#told.hasGapBefore(event);
    if (event.event === 'gateway.down') return void this.#heardMs.delete(gateway);
    const isKnown = this.#heardMs.has(gateway);
    const isMet = event.event === 'gateway.alive' && !isKnown;
    // what else it says, however late, is no sign that it can be heard from now on
    if (isKnown || isMet || event.event === 'gateway.up') this.#heardMs.set(gateway, this.#parts.clock.now());
    // a claim that was not heard here may be above one of ours: said again, ours is contested
    if (isMet || hasGap) this.#parts.devices.gatewaysMet();
    if (event.event !== 'arrived') return;
    this.#parts.devices.claimed(event.device, {
      gateway,
      epoch: event.epoch,
      isAgain: event.again === true,
    });
  }

  #answered({ data }: BusMessage): void {
    const answer = decodeClaimAnswer(data);
    if (answer === null) this.#parts.counts.unreadable++;
    else this.#parts.devices.answered(answer);
  }

  // ── who is here ──

  #list(message: BusMessage): void {
    const { id, bus, counts, devices } = this.#parts;
    const headers = { [GATEWAY_HEADER]: id };
    const parts = partsOf(devices.list(), bus.maxPayload - LIST_FRAME_BYTES);
    try {
      for (const [index, part] of parts.entries()) {
        const list = { gateway: id, devices: part, part: index + 1, parts: parts.length, seq: devices.seq };
        message.respond(encodePresenceList(list), headers);
      }
    } catch {
      counts.presenceDropped++;
    }
  }
}

/** A list in parts, none of which is longer than that; at least one. */
function partsOf(devices: readonly PresentDevice[], mostBytes: number): PresentDevice[][] {
  let part: PresentDevice[] = [];
  let bytes = 0;
  const parts = [part];
  for (const device of devices) {
    const length = Buffer.byteLength(JSON.stringify(device)) + 1;
    if (bytes + length > mostBytes && part.length > 0) {
      part = [];
      parts.push(part);
      bytes = 0;
    }
    part.push(device);
    bytes += length;
  }
  return parts;
}
