/** Which callback handles a message (protocol.md section 5, rule 4). */

import type { JsonValue, Message } from '../../protocol/message.js';
import { type MessageKey, messageKey } from '../../protocol/message-key.js';
import type { BoundCallback } from '../answering/backlog.js';

/** What a callback of a request answers: a status and the data, now or later. */
export type CallbackResult = readonly [status: number, data: unknown];

/**
 * A callback in the form of the original: gets the message and the extra arguments of its registration. For a request
 * it returns (or resolves with) `[status, data]`; for any other message the result is not used.
 */
export type Callback<Args extends unknown[] = unknown[]> = (
  message: Message<JsonValue>,
  ...args: Args
) => unknown;

/** The registered callbacks of a session. */
export class Callbacks {
  // made when there is something to hold: most sessions have one of them
  #exact: Map<MessageKey, BoundCallback> | undefined;
  #byService: Map<number, BoundCallback> | undefined;
  #byData: Map<number, BoundCallback> | undefined;
  #any: BoundCallback | undefined;

  /** Registers a callback; `null` stands for any id. Replaces one registered for the same ids. */
  register(serviceId: number | null, dataId: number | null, callback: BoundCallback): void {
    if (serviceId !== null && dataId !== null) {
      this.#exact ??= new Map();
      this.#exact.set(messageKey(serviceId, dataId), callback);
    } else if (serviceId !== null) {
      this.#byService ??= new Map();
      this.#byService.set(serviceId, callback);
    } else if (dataId !== null) {
      this.#byData ??= new Map();
      this.#byData.set(dataId, callback);
    } else {
      this.#any = callback;
    }
  }

  /** The callback that names the service of a message, with its data id or with any. */
  findForService(serviceId: number, dataId: number): BoundCallback | undefined {
    return this.#exact?.get(messageKey(serviceId, dataId)) ?? this.#byService?.get(serviceId);
  }

  /** The callback for a message: exact ids, then the service, then the data id, then any. */
  find(serviceId: number, dataId: number): BoundCallback | undefined {
    return this.findForService(serviceId, dataId) ?? this.#byData?.get(dataId) ?? this.#any;
  }
}
