import type { AbortSignalLike } from '../../base/signals.js';
import { Feed, type FeedHost } from './feed.js';

/** What a queue asks of those that hold it. */
export interface QueueHost extends FeedHost {
  /** Something was dropped for want of room. */
  countDropped(what: string): void;
}

/** A feed that keeps what its loop has not taken yet, up to a limit. */
export abstract class QueueFeed<T> extends Feed<T> {
  /** How many values this iterator has dropped so far because its loop did not keep up. */
  dropped = 0;
  readonly #queueHost: QueueHost;
  readonly #limit: number;

  constructor(host: QueueHost, signal: AbortSignalLike | undefined, limit: number) {
    super(host, signal);
    this.#queueHost = host;
    this.#limit = limit;
  }

  /** What a value is called in the log. */
  protected abstract describe(value: T): string;

  protected override offer(value: T): void {
    super.offer(value);
    if (this.waiting <= this.#limit) return;
    const oldest = this.takeBack() as T;
    this.dropped++;
    this.#queueHost.countDropped(this.describe(oldest));
  }
}
