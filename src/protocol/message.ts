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

/**
 * Types that a caller may give to data: with an interface `Reading { celsius: number }`, `session.read<Reading>(7)` resolves
 * with a `Reading`. Objects with methods, such as a `Date` or a `Map`, never arrive as JSON, so they do not compile. Nothing is
 * checked at run time; a contract does that.
 */
export type PlainData<T> = {
  [Key in keyof T]: T[Key] extends (...parameters: never) => unknown ? never : T[Key];
};

/** What a message is made of; whatever is left out has a default. */
export interface MessageFields {
  /** `NaN`, which no peer gets, where it is left out. */
  readonly serviceId?: number;
  /** `NaN`, which no peer gets, where it is left out. */
  readonly dataId?: number;
  /** `STATUS_OKAY` (0) where it is left out. */
  readonly status?: number | undefined;
  /** Whatever JSON can carry; `null` where it is left out. */
  readonly data?: unknown;
}

/** Messages whose status is okay only because none was given: rare, so that no message pays for it with a field. */
const withoutStatus = new WeakSet<object>();

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

  /** @param fields what the message is made of; nothing makes an empty one, as in Python */
  constructor(fields: MessageFields = {}) {
    const { status, serviceId = Number.NaN, dataId = Number.NaN } = fields;
    this.status = status ?? STATUS_OKAY;
    this.serviceId = serviceId;
    this.dataId = dataId;
    this.data = (fields.data ?? null) as T;
    if (status === undefined) withoutStatus.add(this);
  }

  /** The status, or `fallback` where none was given; `status` is okay then. */
  getStatus<D = null>(fallback: D = null as D): number | D {
    return this.status === STATUS_OKAY && withoutStatus.has(this) ? fallback : this.status;
  }

  /** The service id, or `fallback` where there is none. */
  getServiceId<D = null>(fallback: D = null as D): number | D {
    return Number.isNaN(this.serviceId) ? fallback : this.serviceId;
  }

  /** The data id, or `fallback` where there is none. */
  getDataId<D = null>(fallback: D = null as D): number | D {
    return Number.isNaN(this.dataId) ? fallback : this.dataId;
  }

  /** The data, or `fallback` where there is none (`null` on the wire). */
  getData<D = null>(fallback: D = null as D): T | D {
    return this.data ?? fallback;
  }
}
