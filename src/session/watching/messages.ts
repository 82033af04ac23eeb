import type { JsonValue, Message } from '../../protocol/message.js';
import { QueueFeed, type QueueHost } from './queue-feed.js';

/** Which messages a feed takes. */
export interface MessageFilter {
  readonly serviceId: number | undefined;
  readonly dataId: number | undefined;
}

/** What a feed of messages asks of those that hold it. */
export interface MessagesHost extends QueueHost {
  /** A message, for the log. */
  describe(message: Message<JsonValue>): string;
}

/** The messages of a session that pass its trust, in the order in which they came. */
export class Messages extends QueueFeed<Message<JsonValue>> {
  readonly #messagesHost: MessagesHost;
  readonly #filter: MessageFilter;

  constructor(
    host: MessagesHost,
    filter: MessageFilter,
    {
      signal,
      limit,
    }: { readonly signal: ConstructorParameters<typeof QueueFeed>[1]; readonly limit: number },
  ) {
    super(host, signal, limit);
    this.#messagesHost = host;
    this.#filter = filter;
  }

  /**
   * A message came.
   *
   * @returns whether it is one of these
   */
  heard(message: Message<JsonValue>): boolean {
    const { serviceId = message.serviceId, dataId = message.dataId } = this.#filter;
    if (serviceId !== message.serviceId || dataId !== message.dataId) return false;
    this.offer(message);
    return true;
  }

  override sessionClosing(): void {
    this.end();
  }

  protected override describe(message: Message<JsonValue>): string {
    return this.#messagesHost.describe(message);
  }

  protected override begun(): void {}
  protected override over(): void {}
}
