import type { AbortSignalLike } from '../base/signals.js';
import { QueueFeed, type QueueHost } from '../session/watching/queue-feed.js';
import type { DevicesEvent, PresenceView, PresenceViewer } from './presence-view.js';

/** Devices and gateways that are there, and then what happens to them. */
export interface DevicesIterator extends AsyncIterableIterator<DevicesEvent, undefined> {
  /** How many events were dropped so far because the loop did not keep up: then it no longer knows who is there. */
  readonly dropped: number;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The events of a view, one by one. */
export class DeviceEvents extends QueueFeed<DevicesEvent> implements DevicesIterator, PresenceViewer {
  readonly #view: PresenceView;

  constructor(
    view: PresenceView,
    host: QueueHost,
    { signal, limit }: { readonly signal: AbortSignalLike | undefined; readonly limit: number },
  ) {
    super(host, signal, limit);
    this.#view = view;
  }

  happened(event: DevicesEvent): void {
    this.offer(event);
  }

  failed(error: unknown): void {
    this.fail(error);
  }

  override sessionClosing(): void {
    this.end();
  }

  protected override begun(): void {
    try {
      this.#view.add(this);
    } catch (error) {
      this.fail(error);
    }
  }

  protected override over(): void {
    this.#view.remove(this);
  }

  protected override describe(event: DevicesEvent): string {
    return event.event;
  }
}
