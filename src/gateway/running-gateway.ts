/** A gateway, as its program has it. */

import { EventEmitter } from 'node:events';
import type { Clock } from '../base/clock.js';
import { warnOfThrown } from '../base/thrown.js';
import { runUserCode } from '../base/user-code.js';
import { within } from '../base/waiting.js';
import type { Bus } from '../bus/bus.js';
import type { Server } from '../server/server.js';
import { CLOSE_OPTIONS, type CloseOptions } from '../session/close-options.js';
import type { GatewayCounts } from './counts.js';
import type { PresenceState } from './device-actor.js';
import type { DevicesHere } from './devices-here.js';
import type { DeviceArrived, DeviceLeft, PresenceEvent } from './format/presence.js';
import type { GatewayLog } from './gateway-log.js';
import { type GatewayStats, statsOf } from './gateway-stats.js';
import type { Kinds } from './kinds.js';
import type { Neighbours } from './neighbours.js';
import { admitGatewayCloseOptions } from './option-table.js';
import type { Requests } from './requests.js';

/** The events of a gateway. */
export interface GatewayEvents {
  /** A device can be reached here, or is here again on a newer connection. */
  arrived: [event: DeviceArrived];
  /** A device cannot be reached here any more; `to` is the gateway that has it, where it is known. */
  left: [event: DeviceLeft];
  /** The gateway has closed. */
  closed: [];
}

/** A device of a gateway, for people. */
export interface DeviceView {
  readonly device: string;
  readonly state: PresenceState;
  readonly epoch: number;
  readonly since: string;
  readonly address: string | undefined;
  /** Requests that it has not answered. */
  readonly inFlight: number;
}

/** What became of what was under way when a gateway closed. */
export interface GatewayCloseReport {
  /** Requests that were answered with `gateway-down`. */
  readonly cutRequests: number;
  /** How many sessions there were to close. */
  readonly sessions: number;
}

/**
 * A gateway: devices that are connected here can be reached through its bus. `gateway` makes it. Its events are
 * {@link GatewayEvents}; a listener that throws or rejects is a process warning.
 */
export interface Gateway extends EventEmitter<GatewayEvents> {
  /** What other gateways and workers know it by. */
  readonly id: string;
  readonly bus: Bus;
  /** Where devices connect. */
  readonly server: Server;
  /** How it is, in numbers: plain data. */
  stats(): GatewayStats;
  /** A device that can be reached here; null where there is none of the name. */
  device(name: string): DeviceView | null;
  /**
   * Closes the gateway. Devices and requests that the bus has sent already are served first with `drain`, for at most `timeout`; then,
   * or without it at once, what has no answer is answered with `gateway-down`. The bus stays open unless `closeBus` is set.
   *
   * @returns what had to be cut; the same for every call. A second one without `drain` ends the draining
   * @throws (rejects) OptionError for a wrong option
   */
  close(options?: CloseOptions): Promise<GatewayCloseReport>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What a gateway is made of. */
export interface RunningGatewayParts {
  readonly id: string;
  readonly bus: Bus;
  readonly server: Server;
  readonly clock: Clock;
  readonly counts: GatewayCounts;
  readonly log: GatewayLog;
  readonly devices: DevicesHere;
  readonly requests: Requests;
  readonly neighbours: Neighbours;
  readonly kinds: Kinds;
  readonly closesBus: boolean;
  /** What devices ask from now on is refused. */
  readonly stopRelays: () => void;
  /** What devices have asked and no worker has answered yet is not waited for any longer. */
  readonly giveUpRelays: () => void;
}

/** How long the bus may take to give what it has sent, where the gateway does not wait for more: it may be away. */
const BRIEF_MS = 1_000;

/** The gateway as its program has it. */
export class RunningGateway extends EventEmitter<GatewayEvents> implements Gateway {
  readonly #parts: RunningGatewayParts;
  #closing: Promise<GatewayCloseReport> | null = null;
  /** When the draining is over. */
  #dueMs = 0;
  /** Ends it before its time. */
  #hurry: () => void = () => {};
  readonly #hurried = new Promise<void>((resolve) => {
    this.#hurry = resolve;
  });
  #isServerClosing = false;

  constructor(parts: RunningGatewayParts) {
    super();
    this.#parts = parts;
  }

  get id(): string {
    return this.#parts.id;
  }

  get bus(): Bus {
    return this.#parts.bus;
  }

  get server(): Server {
    return this.#parts.server;
  }

  stats(): GatewayStats {
    return statsOf(this.#parts);
  }

  device(name: string): DeviceView | null {
    const device = this.#parts.devices.byName(name);
    if (device === undefined) return null;
    const { state, epoch, since, address, inFlight } = device;
    return { device: device.name, state, epoch, since, address, inFlight };
  }

  /** A device can be reached, or cannot any more. */
  moved(event: PresenceEvent): void {
    if (event.event === 'arrived') this.#announce('arrived', [event]);
    else if (event.event === 'left') this.#announce('left', [event]);
  }

  #announce<K extends keyof GatewayEvents>(name: K, args: GatewayEvents[K]): void {
    for (const listener of this.rawListeners(name))
      runUserCode(
        () => Reflect.apply(listener, this, args),
        (thrown) =>
          warnOfThrown(`a listener of "${name}" failed`, thrown, 'SP_LISTENER_FAILED', { scope: this }),
      );
  }

  // ── the end ──

  async close(options: CloseOptions = {}): Promise<GatewayCloseReport> {
    admitGatewayCloseOptions(options);
    const drains = CLOSE_OPTIONS.drain.check('drain', options.drain);
    const timeoutMs = CLOSE_OPTIONS.timeout.check('timeout', options.timeout);
    if (!drains && this.#closing !== null) this.#endDraining();
    this.#closing ??= this.#close(drains ? timeoutMs : 0);
    return this.#closing;
  }

  #endDraining(): void {
    const { server, clock, requests } = this.#parts;
    this.#dueMs = Math.min(this.#dueMs, clock.now());
    requests.refuseNew();
    requests.stopWaiting();
    this.#hurry();
    if (this.#isServerClosing) void server.close();
  }

  async #close(drainMs: number): Promise<GatewayCloseReport> {
    const { bus, server, clock, log, devices, requests, neighbours, kinds, closesBus } = this.#parts;
    const { stopRelays, giveUpRelays } = this.#parts;
    this.#dueMs = clock.now() + drainMs;
    const leftMs = (): number => Math.max(0, this.#dueMs - clock.now());
    stopRelays();
    if (drainMs === 0) requests.refuseNew();
    const gone = devices.close();
    const goneSoon = this.#hurried.then(() => within(clock, BRIEF_MS, gone));
    await within(clock, Math.max(leftMs(), BRIEF_MS), Promise.race([gone, goneSoon]));
    await requests.idle(leftMs());
    const cutRequests = requests.cut();
    this.#isServerClosing = true;
    const { sessions } = await server.close(drainMs === 0 ? {} : { drain: true, timeout: leftMs() });
    giveUpRelays();
    neighbours.leave();
    await within(clock, BRIEF_MS, kinds.close());
    if (bus.state === 'up') await within(clock, Math.max(leftMs(), BRIEF_MS), bus.flush());
    requests.close();
    log.close();
    if (closesBus) await bus.close();
    this.#announce('closed', []);
    return Object.freeze({ cutRequests, sessions });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
