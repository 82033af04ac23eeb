import { warnOfThrown } from '../base/thrown.js';
import type { LinkReason } from '../protocol/reasons.js';
import type { CommInstance, ReconnectPolicy, Unconfirmed } from '../transport/comm-instance.js';
import type { Journal } from './journal/journal.js';

/** How a link ends that nobody closed: what was last sent on it may be lost. */
const DEATHS: ReadonlySet<LinkReason> = new Set<LinkReason>([
  'peer-silent',
  'slow-consumer',
  'output-stalled',
  'connection-reset',
  'host-unreachable',
  'network-error',
]);

/** What the connection machine lets happen, done by a transport. */
export class Link {
  readonly #comm: CommInstance;
  readonly #journal: Journal;
  readonly #policy: ReconnectPolicy | null;
  /** Resolves when the transport has closed for good; undefined while nobody asked it to. */
  closed: Promise<void> | undefined;

  constructor(comm: CommInstance, journal: Journal) {
    this.#comm = comm;
    this.#journal = journal;
    this.#policy = comm.supervise?.() ?? null;
  }

  /** Whether and how this side opens links, as input for the session machine. */
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

  break(reason: LinkReason): void {
    this.#journal.note('breaking-connection', reason);
    if (this.#comm.disconnect === undefined) this.#comm.reconnect();
    else this.#comm.disconnect(reason);
  }

  close(): void {
    const { close = () => this.#comm.disconnect?.('session-closed') } = this.#comm;
    this.closed = Promise.resolve(close.call(this.#comm));
  }

  /** Closes the transport after a machine has failed and can no longer do it. */
  closeAnyway(): void {
    try {
      this.close();
    } catch (error) {
      warnOfThrown('the transport threw while it closed', error);
    }
  }

  /** What was sent on a link that died, and nobody knows whether it arrived; null where there is no doubt. */
  unconfirmedAfter(reason: LinkReason): Unconfirmed | null {
    const { unconfirmed } = this.#comm;
    return unconfirmed !== undefined && unconfirmed.messages > 0 && DEATHS.has(reason) ? unconfirmed : null;
  }

  connectTimeoutMs(): number {
    return this.#policy?.connectTimeoutMs ?? 0;
  }

  reconnectDelayMs(failedAttempts: number): number {
    return this.#policy?.delayMs(failedAttempts) ?? 0;
  }
}
