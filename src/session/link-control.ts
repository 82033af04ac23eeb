import type { CommInstance, ReconnectPolicy } from '../transport/comm-instance.js';
import { LOG_LEVEL } from './journal/logging.js';
import type { MessageLog } from './journal/message-log.js';
import type { LinkEffects } from './provided-machines.js';

/** What the connection machine lets happen, done by a transport. */
export class LinkControl implements LinkEffects {
  readonly #comm: CommInstance;
  readonly #log: MessageLog;
  readonly #policy: ReconnectPolicy | null;
  /** Resolves when the transport has closed for good; at once while nobody asked it to. */
  closed: Promise<void> | undefined;

  constructor(comm: CommInstance, log: MessageLog) {
    this.#comm = comm;
    this.#log = log;
    this.#policy = comm.supervise?.() ?? null;
  }

  /** Whether and how this side opens links: input of the session machine. */
  get wishes(): { opensLinks: boolean; reopensLinks: boolean; maxConnectAttempts: number } {
    return {
      opensLinks: this.#policy !== null,
      reopensLinks: this.#policy?.reopens ?? false,
      maxConnectAttempts: this.#policy?.maxAttempts ?? 1,
    };
  }

  open(): void {
    this.#comm.reconnect();
  }

  break(reason: string): void {
    this.#log.socket(LOG_LEVEL.info, `breaking the connection: ${reason}`);
    if (this.#comm.disconnect === undefined) this.#comm.reconnect();
    else this.#comm.disconnect(reason);
  }

  close(): void {
    const { close = () => this.#comm.disconnect?.('the session was closed') } = this.#comm;
    this.closed = Promise.resolve(close.call(this.#comm));
  }

  connectTimeoutMs(): number {
    return this.#policy?.connectTimeoutMs ?? 0;
  }

  reconnectDelayMs(failedAttempts: number): number {
    return this.#policy?.delayMs(failedAttempts) ?? 0;
  }
}
