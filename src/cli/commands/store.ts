/** What `serve` stores for its clients. */

import { StatusError } from '../../protocol/errors.js';
import { STATUS_OPERATION_NOT_PERMITTED, STATUS_SERVICE_OR_DATA_UNKNOWN } from '../../protocol/ids.js';
import type { JsonValue } from '../../protocol/message.js';
import { stringifyJson } from '../../wire/json.js';

/** A limit on stored values, so that no client can fill the memory. */
const MAX_STORED_VALUES = 10_000;
/** A limit on their size together, in characters of JSON: four of the longest frames. */
const MAX_STORED_CHARACTERS = 64 * 1024 * 1024;

/** What clients wrote, by data id; all sessions share it. */
export class Store {
  readonly #values = new Map<number, { value: JsonValue; size: number }>();
  #size = 0;

  has(dataId: number): boolean {
    return this.#values.has(dataId);
  }

  /** @throws StatusError for what has never been written */
  read(dataId: number): JsonValue {
    const entry = this.#values.get(dataId);
    if (entry === undefined) throw new StatusError(STATUS_SERVICE_OR_DATA_UNKNOWN);
    return entry.value;
  }

  /** @throws StatusError for more than there is room for */
  write(dataId: number, value: JsonValue): void {
    const before = this.#values.get(dataId);
    const size = stringifyJson(value, { allowNan: true }).length;
    const grown = this.#size + size - (before?.size ?? 0);
    const isFull = before === undefined && this.#values.size >= MAX_STORED_VALUES;
    if (isFull || grown > MAX_STORED_CHARACTERS) throw new StatusError(STATUS_OPERATION_NOT_PERMITTED);
    this.#values.set(dataId, { value, size });
    this.#size = grown;
  }
}
