/**
 * What gateways say about their devices: events on one subject, and lists for programs that ask. Both are JSON text.
 *
 * The law: of two claims to one device, the one with the higher epoch is the newer, whichever gateway makes it.
 */

import { isLinkReason, type LinkReason } from '../../protocol/reasons.js';

/** How often a gateway says that it is alive, in milliseconds. */
export const ALIVE_EVERY_MS = 2_000;
/** How long a gateway may be silent before others take it for dead, in milliseconds: three beats. */
export const SILENT_AFTER_MS = 3 * ALIVE_EVERY_MS;
/** After how long a gateway announces that it still has a request, in milliseconds. */
export const PROGRESS_AFTER_MS = 1_000;

/**
 * No epoch is as high. In milliseconds it would be the year 10889, which no clock shows, however wrong; a gateway that accepted it
 * would leave no higher numbers.
 */
const MAX_EPOCH = 2 ** 48;

/** Whether a value is the number of a connection of a device. */
export function isEpoch(value: unknown): value is number {
  return isCount(value) && value < MAX_EPOCH;
}

const GATEWAY_EVENTS = ['gateway.up', 'gateway.alive', 'gateway.down'] as const;

/** A device has come to a gateway. */
export interface DeviceArrived {
  readonly event: 'arrived';
  readonly device: string;
  /** The id of the gateway. */
  readonly gateway: string;
  /** Grows with each connection of the device, whichever gateway it comes to. */
  readonly epoch: number;
  /** Where it connected from; `host:port` for TCP. */
  readonly address?: string | undefined;
  /** It was there before: its gateway had lost the bus, and announces it again. The higher epoch keeps the device. */
  readonly again?: true | undefined;
  /** When, as ISO 8601 writes it. */
  readonly at: string;
  /** How many such events its gateway has sent, this one included: a program that misses one asks for the list. */
  readonly seq?: number | undefined;
}

/** A device has left a gateway. */
export interface DeviceLeft {
  readonly event: 'left';
  readonly device: string;
  readonly gateway: string;
  /** That of the connection that has ended. */
  readonly epoch: number;
  /** Why its connection ended; undefined where nobody knows. */
  readonly reason?: LinkReason | undefined;
  /** The id of the gateway that it moved to. */
  readonly to?: string | undefined;
  readonly at: string;
  /** As that of {@link DeviceArrived}. */
  readonly seq?: number | undefined;
}

/** A gateway has come, says that it is there, or goes. */
export interface GatewayEvent {
  readonly event: (typeof GATEWAY_EVENTS)[number];
  readonly gateway: string;
  readonly at: string;
  /** How many events of devices it has sent. */
  readonly seq?: number | undefined;
}

/** What is published about presence. */
export type PresenceEvent = DeviceArrived | DeviceLeft | GatewayEvent;

/** A device that is there, in a list. */
export interface PresentDevice {
  readonly device: string;
  readonly epoch: number;
  /** When it came, as ISO 8601 writes it. */
  readonly since: string;
  readonly address?: string | undefined;
}

/** One part of the list of a gateway; a gateway without devices sends one part with none. */
export interface PresenceList {
  readonly gateway: string;
  readonly devices: readonly PresentDevice[];
  /** Which part it is, from 1. */
  readonly part: number;
  readonly parts: number;
  /** The number of the last event before the list was made: the list holds all events up to it, and none after it. */
  readonly seq?: number | undefined;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** An event as it travels. */
export function encodePresence(event: PresenceEvent): Uint8Array {
  return encoder.encode(JSON.stringify(event));
}

/** A part of a list as it travels. */
export function encodePresenceList(list: PresenceList): Uint8Array {
  return encoder.encode(JSON.stringify(list));
}

/** An event; null for anything else. */
export function decodePresence(data: Uint8Array): PresenceEvent | null {
  const fields = fieldsIn(data);
  const event = fields === null ? null : eventIn(fields);
  const seq: unknown = fields?.['seq'];
  return event !== null && isCount(seq) ? { ...event, seq } : event;
}

function eventIn(fields: Readonly<Record<string, unknown>>): PresenceEvent | null {
  const { event, gateway, at, device, epoch, address, reason, to, again } = fields;
  if (!isText(gateway) || !isText(at)) return null;
  const gatewayEvent = GATEWAY_EVENTS.find((each) => each === event);
  if (gatewayEvent !== undefined) return { event: gatewayEvent, gateway, at };
  if (!isText(device) || !isEpoch(epoch)) return null;
  if (event === 'arrived') {
    const arrived = { event, device, gateway, epoch, address: textOr(address), at } as const;
    return again === true ? { ...arrived, again } : arrived;
  }
  if (event !== 'left') return null;
  const known = isLinkReason(reason) ? reason : undefined;
  return { event, device, gateway, epoch, reason: known, to: textOr(to), at };
}

/** Finds missing events of gateways: some get lost where servers of a cluster cannot reach each other. */
export class ToldEvents {
  readonly #told = new Map<string, number>();
  readonly #asksAtFirst: boolean;

  /**
   * @param asksAtFirst whether events count as missed that a gateway sent before its first one that came here; for programs that
   * have to know all devices, and not only the newcomers
   */
  constructor(asksAtFirst = false) {
    this.#asksAtFirst = asksAtFirst;
  }

  /** A whole list has come, which holds all events up to this number. */
  listed(gateway: string, seq: number | undefined): void {
    if (seq !== undefined) this.#told.set(gateway, Math.max(seq, this.#told.get(gateway) ?? 0));
  }

  /** An event has come. Returns whether one or more before it have not. */
  hasGapBefore({ event, gateway, seq }: PresenceEvent): boolean {
    if (event === 'gateway.down') this.#told.delete(gateway);
    if (event === 'gateway.down' || seq === undefined) return false;
    const known = this.#told.get(gateway);
    // the first that is heard of it, or a late one
    if (known !== undefined && seq <= known) return false;
    this.#told.set(gateway, seq);
    const isOfDevice = event === 'arrived' || event === 'left';
    if (known === undefined && !this.#asksAtFirst) return false;
    return seq > (known ?? 0) + (isOfDevice ? 1 : 0);
  }

  forget(gateway: string): void {
    this.#told.delete(gateway);
  }

  /** Forgets all but these: what came late from one that is gone would be kept for ever. */
  keepOnly(gateways: { has(gateway: string): boolean }): void {
    for (const gateway of this.#told.keys()) if (!gateways.has(gateway)) this.#told.delete(gateway);
  }

  clear(): void {
    this.#told.clear();
  }
}

/** A part of a list; null for anything else. */
export function decodePresenceList(data: Uint8Array): PresenceList | null {
  const fields = fieldsIn(data);
  if (fields === null) return null;
  const { gateway, devices, part, parts, seq } = fields;
  if (!isText(gateway) || !Array.isArray(devices) || !isCount(part) || !isCount(parts)) return null;
  if (part < 1 || part > parts) return null;
  const present = devices.map(presentDevice);
  if (present.includes(null)) return null;
  const list = { gateway, devices: present as PresentDevice[], part, parts };
  return isCount(seq) ? { ...list, seq } : list;
}

function presentDevice(value: unknown): PresentDevice | null {
  if (typeof value !== 'object' || value === null) return null;
  const { device, epoch, since, address } = value as Readonly<Record<string, unknown>>;
  if (!isText(device) || !isEpoch(epoch) || !isText(since)) return null;
  return { device, epoch, since, address: textOr(address) };
}

function fieldsIn(data: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(decoder.decode(data));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function textOr(value: unknown): string | undefined {
  return isText(value) ? value : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
