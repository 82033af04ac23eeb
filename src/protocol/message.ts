import { STATUS_OKAY } from './ids.js';

/**
 * What `data` can hold: JSON, with a `bigint` for each integer beyond ±(2^53 - 1), so that none is rounded.
 */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | JsonValue[]
  | { [key: string]: JsonValue };

/** What a message is made of; only the two ids have no default. */
export interface MessageFields {
  readonly serviceId: number;
  readonly dataId: number;
  /** `STATUS_OKAY` (0) where it is left out. */
  readonly status?: number;
  /** Whatever JSON can carry; `null` where it is left out. */
  readonly data?: unknown;
}

/**
 * One message: the original's `data_storage` (protocol.md section 2).
 *
 * The getters exist for code that comes from Python; new code reads the fields.
 *
 * @example
 * ```ts
 * import { Message, SID_READ_REQUEST } from 'socket-protocol';
 *
 * const message = new Message({ serviceId: SID_READ_REQUEST, dataId: 7 });
 * console.log(message.status, message.getData('nothing')); // 0 'nothing'
 * ```
 */
export class Message<T = JsonValue> {
  readonly status: number;
  readonly serviceId: number;
  readonly dataId: number;
  readonly data: T;

  constructor(fields: MessageFields) {
    this.status = fields.status ?? STATUS_OKAY;
    this.serviceId = fields.serviceId;
    this.dataId = fields.dataId;
    this.data = (fields.data ?? null) as T;
  }

  /** The status, or `fallback` where there is none. */
  getStatus<D = null>(fallback: D = null as D): number | D {
    return this.status ?? fallback;
  }

  /** The service id, or `fallback` where there is none. */
  getServiceId<D = null>(fallback: D = null as D): number | D {
    return this.serviceId ?? fallback;
  }

  /** The data id, or `fallback` where there is none. */
  getDataId<D = null>(fallback: D = null as D): number | D {
    return this.dataId ?? fallback;
  }

  /** The data, or `fallback` where there is none (`null` on the wire). */
  getData<D = null>(fallback: D = null as D): T | D {
    return this.data ?? fallback;
  }
}
