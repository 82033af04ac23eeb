/** Gateways and devices in memory, on virtual time: several gateways, each with its own way to one bus. */

import type { BusHeaders, BusMessage } from '../../src/bus/bus.js';
import { type MemoryBus, memoryBus } from '../../src/bus/memory-bus.js';
import { failureOf } from '../../src/gateway/format/failures.js';
import { decodePayload, encodePayload } from '../../src/gateway/format/payload.js';
import { decodePresence, type PresenceEvent } from '../../src/gateway/format/presence.js';
import { encodeWord, requestSubject } from '../../src/gateway/format/subjects.js';
import { gateway } from '../../src/gateway/gateway.js';
import type { GatewayOptions } from '../../src/gateway/gateway-options.js';
import type { Gateway } from '../../src/gateway/running-gateway.js';
import {
  type ConnectOptions,
  connect,
  createMemoryListener,
  type MemoryListener,
  Message,
  type Session,
} from '../../src/index.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { FickleBus } from './fickle-bus.js';

/** When the stories begin: some day. */
export const DAY_MS = Date.UTC(2026, 0, 1);

/** A gateway of a scene. */
export interface Place {
  readonly gateway: Gateway;
  readonly bus: FickleBus;
  /** A device connects here; it is there when this resolves. */
  device(name: string | null, options?: Partial<ConnectOptions>): Promise<Session>;
}

/** What became of a request over the bus. */
export type Outcome = { readonly answer: Message; readonly headers: BusHeaders } | { readonly error: Error };

/** A bus, and gateways on it. */
export class Scene {
  readonly clock = new VirtualClock();
  readonly bus: MemoryBus;
  /** What was told about presence, in order, without the signs of life. */
  readonly events: PresenceEvent[] = [];

  constructor({ maxPayload }: { maxPayload?: number } = {}) {
    this.bus = memoryBus({
      clock: this.clock,
      random: () => 0,
      ...(maxPayload === undefined ? {} : { maxPayload }),
    });
    this.bus.subscribe('sp.$presence', ({ data }) => {
      const event = decodePresence(data);
      if (event !== null && event.event !== 'gateway.alive') this.events.push(event);
    });
  }

  /** Opens a gateway; its clock may be wrong by so much. */
  async open(
    name: string,
    { aheadMs = 0, listen = {}, ...options }: Partial<GatewayOptions> & { aheadMs?: number } = {},
  ): Promise<Place> {
    const { clock } = this;
    const bus = new FickleBus(this.bus.connect(name));
    const memory: MemoryListener = createMemoryListener();
    const opening = gateway({
      bus,
      name,
      listen: { memory, ...listen },
      clock,
      wallTime: () => DAY_MS + aheadMs + clock.now(),
      random: () => 0,
      ...options,
    });
    await this.settle();
    const made = await opening;
    const device = async (
      channelName: string | null,
      more: Partial<ConnectOptions> = {},
    ): Promise<Session> => {
      const session = await connect({
        stream: memory.connect,
        channelName,
        clock,
        reconnect: false,
        ...more,
      });
      await this.settle();
      return session;
    };
    return { gateway: made, bus, device };
  }

  /** Asks a device over the bus. */
  async ask(
    name: string,
    serviceId: number,
    dataId: number,
    data: unknown = null,
    { headers, timeoutMs = 5_000 }: { headers?: BusHeaders; timeoutMs?: number } = {},
  ): Promise<Outcome> {
    const subject = requestSubject('sp', encodeWord(name), serviceId, dataId);
    const payload = encodePayload(new Message<unknown>({ serviceId, dataId, data }));
    try {
      return outcomeOf(await this.bus.request(subject, payload, { timeoutMs, ...(headers && { headers }) }));
    } catch (error) {
      return { error: error as Error };
    }
  }

  /** Lets happen what needs no time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) {
      await this.clock.advanceAsync(0);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    await this.clock.advanceAsync(ms);
    await this.settle();
  }
}

/** What an answer from the bus says. */
export function outcomeOf({ subject, data, headers }: BusMessage): Outcome {
  const asked = { name: subject, serviceId: 0, dataId: 0, peerAddress: undefined };
  const error = failureOf(headers, asked);
  if (error !== null) return { error };
  const text = JSON.parse(Buffer.from(data).toString()) as { service_id: number; data_id: number };
  const answer = decodePayload(data, { serviceId: text.service_id, dataId: text.data_id });
  return { answer, headers: headers ?? {} };
}
