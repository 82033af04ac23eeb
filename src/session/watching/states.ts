import type { SessionAnnouncement } from '../../../machines/index.js';
import type { AbortSignalLike } from '../../base/signals.js';
import { QueueFeed, type QueueHost } from './queue-feed.js';
import type { ConnectionState } from './types.js';

/** What a feed of states asks of those that hold it. */
export interface StatesHost extends QueueHost {
  readonly connectionState: ConnectionState;
}

/** The states of a connection: the present one, and then each that follows. */
export class States extends QueueFeed<ConnectionState> {
  readonly #statesHost: StatesHost;

  constructor(host: StatesHost, { signal, limit }: { signal: AbortSignalLike | undefined; limit: number }) {
    super(host, signal, limit);
    this.#statesHost = host;
  }

  /** The session announces something. */
  announced(announcement: SessionAnnouncement): void {
    switch (announcement.type) {
      case 'connected':
      case 'trusted':
      case 'untrusted':
        return this.offer({ state: announcement.type, reason: null });
      case 'disconnected':
        return this.offer({ state: 'disconnected', reason: announcement.reason });
      case 'closed':
        this.offer({ state: 'closed', reason: null });
        return this.end();
    }
  }

  /** Waits for the last states; of a session that is over there are none. */
  override sessionClosing(): void {
    if (this.#statesHost.connectionState.state === 'closed') this.end();
  }

  protected override begun(): void {
    this.offer(this.#statesHost.connectionState);
  }

  protected override over(): void {}

  protected override describe({ state }: ConnectionState): string {
    return `the state ${state}`;
  }
}
