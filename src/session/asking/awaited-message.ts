import type { JsonValue, Message } from '../../protocol/message.js';
import { PendingRequest } from './pending-request.js';

/** A `receive` of the program, which waits for a message that the peer sends by itself: settles a promise, with null if none came. */
export class AwaitedMessage extends PendingRequest {
  readonly #resolve: (message: Message<JsonValue> | null) => void;

  /** @param timeoutMs how long it waits */
  constructor(
    resolve: (message: Message<JsonValue> | null) => void,
    serviceId: number,
    dataId: number,
    timeoutMs: number,
  ) {
    super('receive', serviceId, dataId, null, null, timeoutMs);
    this.#resolve = resolve;
  }

  override answered(message: Message<JsonValue>): void {
    this.#resolve(message);
  }

  override timedOut(): void {
    this.#resolve(null);
  }

  override cancelled(): void {
    this.#resolve(null);
  }

  override connectionLost(): void {
    this.#resolve(null);
  }

  override sessionClosed(): void {
    this.#resolve(null);
  }
}
