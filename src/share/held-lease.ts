/** A lease in the hands of a program: renews it, and sends requests under it. */

import type { Clock } from '../base/clock.js';
import { LeaseError, StatusError } from '../protocol/errors.js';
import {
  SID_EXECUTE_REQUEST,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
  STATUS_BUFFERING_UNHANDLED_REQUEST,
  STATUS_OKAY,
  STATUS_OPERATION_NOT_PERMITTED,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../protocol/ids.js';
import type { JsonValue, Message, PlainData } from '../protocol/message.js';
import type { RequestOptions } from '../session/request-options.js';
import type { Session } from '../session/session.js';
import type { RefusalData } from './answers.js';
import { LEASE_GUARDED, LEASE_RELEASE, LEASE_RENEW } from './lease.js';

/**
 * A device that one session has alone. What is asked through it reaches the device only while the lease lasts; it rejects with a
 * LeaseError (`lease-over`) otherwise.
 */
export interface DeviceLease extends AsyncDisposable {
  /** Its number, higher than those of all leases before it. */
  readonly fence: number;
  /** Aborted when it is over, by a LeaseError. */
  readonly signal: AbortSignal;
  /** Makes it last for another `ttl` milliseconds, from now on; for as long as before unless given. */
  renew(ttl?: number): Promise<void>;
  /** Gives it back; does nothing where it is over. */
  release(): Promise<void>;
  /** Sends a request under the lease; resolves with the status and the data of the answer. */
  request(
    requestSid: number,
    dataId: number,
    data?: unknown,
    options?: RequestOptions,
  ): Promise<{ readonly status: number; readonly data: JsonValue }>;
  /** As `session.read`, under the lease. */
  read<T extends PlainData<T> = JsonValue>(dataId: number, options?: RequestOptions): Promise<T>;
  /** As `session.write`, under the lease. */
  write<T extends PlainData<T> = JsonValue>(
    dataId: number,
    data: unknown,
    options?: RequestOptions,
  ): Promise<T>;
  /** As `session.execute`, under the lease. */
  execute<T extends PlainData<T> = JsonValue>(
    dataId: number,
    data?: unknown,
    options?: RequestOptions,
  ): Promise<T>;
}

/** What a lease works with. */
export interface HeldLeaseParts {
  readonly session: Session;
  readonly requestSid: number;
  readonly clock: Clock;
  readonly fence: number;
  readonly ttlMs: number;
  readonly isRenewing: boolean;
}

/** A lease that the share has given. */
export class HeldLease implements DeviceLease {
  readonly fence: number;
  readonly #parts: HeldLeaseParts;
  readonly #over = new AbortController();
  readonly #ended: () => void;
  #expiry: unknown = null;
  #renewal: unknown = null;

  constructor(parts: HeldLeaseParts, expiresInMs: number) {
    this.#parts = parts;
    this.fence = parts.fence;
    this.#ended = () => this.#end();
    parts.session.once('disconnected', this.#ended);
    this.#lasts(expiresInMs);
    // the connection may have ended since the answer came
    if (!parts.session.isConnected()) this.#end();
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  async renew(ttl: number = this.#parts.ttlMs): Promise<void> {
    const { session, requestSid, fence } = this.#parts;
    this.#assertHeld();
    const answer = await session.request(requestSid, LEASE_RENEW, { fence, ttl });
    if (refusalOf(answer)?.reason === 'fence-not-current') throw this.#lost(answer);
    const grant = grantOf(answer);
    if (grant === null) throw leaseErrorOf(answer, fence);
    this.#lasts(grant.expiresIn);
  }

  async release(): Promise<void> {
    const { session, requestSid, fence } = this.#parts;
    if (this.#over.signal.aborted) return;
    this.#end();
    // whatever the answer says, it is over
    await session.request(requestSid, LEASE_RELEASE, { fence });
  }

  async request(
    serviceId: number,
    dataId: number,
    data: unknown = null,
    options: RequestOptions = {},
  ): Promise<{ readonly status: number; readonly data: JsonValue }> {
    return await this.#guarded(serviceId, dataId, data, options);
  }

  async read<T extends PlainData<T> = JsonValue>(dataId: number, options: RequestOptions = {}): Promise<T> {
    return (await this.#okay(SID_READ_REQUEST, dataId, null, options)) as T;
  }

  async write<T extends PlainData<T> = JsonValue>(
    dataId: number,
    data: unknown,
    options: RequestOptions = {},
  ): Promise<T> {
    return (await this.#okay(SID_WRITE_REQUEST, dataId, data, options)) as T;
  }

  async execute<T extends PlainData<T> = JsonValue>(
    dataId: number,
    data: unknown = null,
    options: RequestOptions = {},
  ): Promise<T> {
    return (await this.#okay(SID_EXECUTE_REQUEST, dataId, data, options)) as T;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.release();
    } catch {
      // the connection is gone, and with it the lease
    }
  }

  async #okay(serviceId: number, dataId: number, data: unknown, options: RequestOptions): Promise<JsonValue> {
    const answer = await this.#guarded(serviceId, dataId, data, options);
    if (answer.status === STATUS_OKAY) return answer.data;
    const text = `request (${serviceId}, ${dataId}) under lease ${this.fence}: status ${answer.status}`;
    throw new StatusError(answer.status, text, answer);
  }

  async #guarded(
    serviceId: number,
    dataId: number,
    data: unknown,
    options: RequestOptions,
  ): Promise<Message> {
    const { session, requestSid, fence } = this.#parts;
    this.#assertHeld();
    const inner = { fence, service_id: serviceId, data_id: dataId, data };
    const answer = await session.request(requestSid, LEASE_GUARDED, inner, options);
    if (refusalOf(answer)?.reason === 'fence-not-current') throw this.#lost(answer);
    return answer;
  }

  #assertHeld(): void {
    if (this.#over.signal.aborted) throw new LeaseError('lease-over', this.fence);
  }

  #lost(answer: Message): Error {
    this.#end();
    return leaseErrorOf(answer, this.fence);
  }

  /** Counted from when the answer came: it ends here later than at the share, by the time that the answer took. */
  #lasts(ms: number): void {
    const { clock, isRenewing } = this.#parts;
    if (this.#over.signal.aborted) return;
    this.#stop();
    this.#expiry = clock.setTimeout(() => this.#end(), ms);
    clock.unref?.(this.#expiry);
    if (isRenewing) this.#renewIn(ms / 3);
  }

  /** An answer that does not come says nothing about the lease: it is tried again for as long as the lease lasts. */
  #renewIn(ms: number): void {
    const { clock } = this.#parts;
    if (this.#over.signal.aborted) return;
    clock.clearTimeout(this.#renewal);
    this.#renewal = clock.setTimeout(() => void this.renew().catch(() => this.#renewIn(ms)), ms);
    clock.unref?.(this.#renewal);
  }

  #stop(): void {
    const { clock } = this.#parts;
    clock.clearTimeout(this.#expiry);
    clock.clearTimeout(this.#renewal);
  }

  #end(): void {
    if (this.#over.signal.aborted) return;
    this.#stop();
    this.#parts.session.off('disconnected', this.#ended);
    this.#over.abort(new LeaseError('lease-over', this.fence));
  }
}

/** What the share says of a lease that it gives. */
export interface Grant {
  readonly fence: number;
  readonly expiresIn: number;
}

/** The lease that an answer gives; null where it gives none. */
export function grantOf({ status, data }: Message): Grant | null {
  if (status !== STATUS_OKAY || typeof data !== 'object' || data === null) return null;
  const { fence, expiresIn } = data as Partial<Grant>;
  return typeof fence === 'number' && typeof expiresIn === 'number' ? { fence, expiresIn } : null;
}

/** What the share says of a request that it refused; null where the answer is the device's. */
function refusalOf({ status, data }: Message): Partial<RefusalData> | null {
  if (status === STATUS_OKAY || typeof data !== 'object' || data === null || Array.isArray(data)) return null;
  return data as Partial<RefusalData>;
}

/** Answers of a peer that is no share: some answer everything with "okay", and give no lease. */
const NO_SERVICE: ReadonlySet<number> = new Set([
  STATUS_OKAY,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
  STATUS_BUFFERING_UNHANDLED_REQUEST,
]);

/** Why there is no lease, or none any more. */
export function leaseErrorOf(answer: Message, fence: number | null): Error {
  const { status } = answer;
  if (NO_SERVICE.has(status)) return new LeaseError('no-lease-service', fence);
  const reason = refusalOf(answer)?.reason;
  if (reason === 'lease-not-acquired') return new LeaseError('lease-not-acquired', fence);
  if (reason === 'fence-not-current') return new LeaseError('lease-over', fence);
  if (status === STATUS_OPERATION_NOT_PERMITTED || reason !== undefined)
    return new LeaseError('lease-refused', fence, reason);
  return new StatusError(status, `lease: status ${status}`, answer);
}
