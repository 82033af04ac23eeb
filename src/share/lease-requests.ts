/** Requests of clients to the lease service: checks their data and their rights. */

import type { ServiceIds } from '../base/service-ids.js';
import {
  SID_EXECUTE_REQUEST,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../protocol/ids.js';
import type { JsonValue, Message } from '../protocol/message.js';
import type { Session } from '../session/session.js';
import type { Answer, ShareRefusalReason } from './answers.js';
import type { Client } from './client.js';
import { LEASE_ACQUIRE, LEASE_GUARDED, LEASE_RELEASE, LEASE_RENEW, type Lease, memberOf } from './lease.js';
import type { Wanted } from './line.js';

/** What the requests of leases need of their share. */
export interface LeaseRequestParts {
  readonly lease: Lease;
  /** The services of the device besides the built-in ones. */
  readonly services: readonly ServiceIds[];
  mayLease(client: Client): boolean;
  mayAsk(client: Client, serviceId: number, dataId: number): boolean;
  refuse(client: Client, reason: ShareRefusalReason, detail?: string): Answer;
  /** Takes a request for the device that must not be sent once the lease is over. */
  takeGuarded(client: Client, wanted: Wanted): Promise<Answer>;
}

const BUILT_IN: ReadonlySet<number> = new Set([SID_READ_REQUEST, SID_WRITE_REQUEST, SID_EXECUTE_REQUEST]);

/** The requests of the lease service. */
export class LeaseRequests {
  readonly #parts: LeaseRequestParts;

  constructor(parts: LeaseRequestParts) {
    this.#parts = parts;
  }

  /** Answers one of them, now or later. */
  asked(client: Client, { dataId, data }: Message<JsonValue>): Answer | Promise<Answer> {
    const { lease } = this.#parts;
    if (!this.#parts.mayLease(client)) return this.#parts.refuse(client, 'not-permitted');
    switch (dataId) {
      case LEASE_ACQUIRE:
        return new Promise((resolve) => {
          lease.acquire(client, data, resolve);
        });
      case LEASE_RENEW:
        return lease.renew(client, data);
      case LEASE_RELEASE:
        return lease.release(client, data);
      case LEASE_GUARDED:
        return this.#guarded(client, data);
      default:
        return [STATUS_SERVICE_OR_DATA_UNKNOWN, null];
    }
  }

  #guarded(client: Client, data: JsonValue): Answer | Promise<Answer> {
    const parts = this.#parts;
    const serviceId = memberOf(data, 'service_id');
    const dataId = memberOf(data, 'data_id');
    if (!isId(serviceId) || !isId(dataId) || !this.#isService(serviceId))
      return parts.refuse(client, 'bad-request', 'guarded takes { fence, service_id, data_id, data }');
    if (parts.lease.heldBy(client, data) === null) return parts.refuse(client, 'fence-not-current');
    if (!parts.mayAsk(client, serviceId, dataId)) return parts.refuse(client, 'not-permitted');
    const inner = memberOf(data, 'data') ?? null;
    return parts.takeGuarded(client, { serviceId, dataId, data: inner, status: 0 });
  }

  #isService(serviceId: number): boolean {
    return BUILT_IN.has(serviceId) || this.#parts.services.some(([requestSid]) => requestSid === serviceId);
  }
}

/** Makes the lease service known to the session of a client. */
export function addLeaseService(session: Session, service: ServiceIds): void {
  session.addService(...service, 'lease request', 'lease response');
  session.addData(service, LEASE_ACQUIRE, 'acquire');
  session.addData(service, LEASE_RENEW, 'renew');
  session.addData(service, LEASE_RELEASE, 'release');
  session.addData(service, LEASE_GUARDED, 'guarded');
}

function isId(value: JsonValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
