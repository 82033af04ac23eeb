/** What the tools of NATS see of a gateway (ADR-32): one service, and the kinds of requests that devices are asked. */

import type { Bus } from '../bus/bus.js';
import type { MicroEndpoint } from '../bus/micro/endpoint.js';
import { MicroService } from '../bus/micro/service.js';
import { SID_EXECUTE_REQUEST, SID_READ_REQUEST, SID_WRITE_REQUEST } from '../protocol/ids.js';
import { QUEUE } from './format/subjects.js';

/** What all gateways are together. */
const SERVICE_NAME = 'socket-protocol-gateway';
/** The version of what gateways say on a bus. */
const FORMAT_VERSION = '1.0.0';
const NS_PER_MS = 1e6;

const KINDS = [
  { name: 'read', serviceId: SID_READ_REQUEST },
  { name: 'write', serviceId: SID_WRITE_REQUEST },
  { name: 'execute', serviceId: SID_EXECUTE_REQUEST },
] as const;

/** The kinds of requests of one gateway. */
export class Kinds {
  readonly #service: MicroService;
  readonly #byService = new Map<number, MicroEndpoint>();
  readonly #others: MicroEndpoint;

  /** @throws BusError where the bus is closed */
  constructor(bus: Bus, { prefix, id, started }: { prefix: string; id: string; started: Date }) {
    const kinds = KINDS.map(({ name, serviceId }) => ({
      name,
      subject: `${prefix}.*.${serviceId}.*`,
      queueGroup: QUEUE,
    }));
    const request = { name: 'request', subject: `${prefix}.*.*.*`, queueGroup: QUEUE };
    this.#service = new MicroService({
      bus,
      name: SERVICE_NAME,
      id,
      version: FORMAT_VERSION,
      description: 'Devices that speak socket-protocol',
      metadata: { prefix },
      endpoints: [...kinds, request],
      started,
    });
    for (const { name, serviceId } of KINDS) this.#byService.set(serviceId, this.#service.endpoint(name));
    this.#others = this.#service.endpoint('request');
  }

  /**
   * A request is over.
   *
   * @param ms how long it took
   * @param error what went wrong; null where a device has answered
   */
  done(serviceId: number, ms: number, error: string | null): void {
    (this.#byService.get(serviceId) ?? this.#others).done(ms * NS_PER_MS, error);
  }

  close(): Promise<void> {
    return this.#service.close();
  }
}
