import type { Clock } from '../base/clock.js';
import { warnOfThrown } from '../base/thrown.js';
import { watchResult } from '../base/user-code.js';
import { ConnectError } from '../protocol/errors.js';
import type { LinkReason } from '../protocol/reasons.js';
import type { CommInstance, ReconnectPolicy, Unconfirmed } from '../transport/comm-instance.js';
import { Attempts } from './attempts.js';
import type { Journal } from './journal/journal.js';
import { CONNECTS, ConnectTrace } from './observing/trace.js';
import { linkContext } from './observing/trace-contexts.js';
import type { SessionHandle } from './session-handle.js';

/** How long a peer that refused the key is left alone, where the transport does not say it. */
const REFUSAL_DELAY_MS = 60_000;

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
  readonly #clock: Clock;
  readonly #handle: Pick<SessionHandle, 'fail'> | undefined;
  /** Null where others open the links. */
  readonly #attempts: Attempts | null;
  /** Of the attempt that is under way, where somebody hears of it. */
  #trace: ConnectTrace | null = null;
  /** When the link opened; null: there is none. */
  #openedMs: number | null = null;
  /** What the system said of the last failed attempt, and of the end of the last link; the machine knows the reason only. */
  #failure: Error | null = null;
  #lossDetail = '';

  /** @param handle hears what the transport's promises are rejected with, where it returns any */
  constructor(comm: CommInstance, journal: Journal, clock: Clock, handle?: Pick<SessionHandle, 'fail'>) {
    this.#comm = comm;
    this.#handle = handle;
    this.#clock = clock;
    this.#journal = journal;
    this.#policy = comm.supervise?.() ?? null;
    this.#attempts = this.#policy === null ? null : new Attempts();
  }

  /** Whether and how this side opens links, as input for the session machine. */
  get wishes(): {
    opensLinks: boolean;
    reopensLinks: boolean;
    returnsAfterRefusal: boolean;
    maxConnectAttempts: number;
  } {
    return {
      opensLinks: this.#policy !== null,
      reopensLinks: this.#policy?.reopens ?? false,
      returnsAfterRefusal: this.#policy !== null && this.#policy.refusalDelayMs !== null,
      maxConnectAttempts: this.#policy?.maxAttempts ?? 1,
    };
  }

  open(): void {
    this.#attempts?.began(this.#clock.now());
    if (CONNECTS.hasSubscribers && this.#policy !== null) this.#beginTrace();
    this.#watch(this.#comm.reconnect());
  }

  /** A link outlives the attempt to open it: nothing of it runs in the stores of the trace. */
  #beginTrace(): void {
    this.#trace = new ConnectTrace(CONNECTS, linkContext(this.#journal, this.#comm));
    this.#trace.run(() => {});
  }

  /** The transport says why an attempt fails; the machine decides what becomes of it. */
  saysWhyItFails(error: Error): void {
    this.#failure = error;
  }

  /** The transport says more about the end of the link than its reason. */
  saysHowItEnds(detail: string): void {
    this.#lossDetail = detail;
  }

  /** The link is there. */
  opened(): void {
    this.#failure = null;
    this.#openedMs = this.#clock.now();
    this.#trace?.opened(this.#comm.peerAddress ?? null);
    this.#trace = null;
  }

  /** The link is gone. */
  lost(): void {
    this.#openedMs = null;
  }

  /** The attempt to open it came to nothing; returns why. */
  failed(reason: LinkReason): Error {
    const error = this.#failure ?? this.#failureFor(reason);
    this.#failure = null;
    this.#endTrace(error);
    return error;
  }

  #gaveUp(reason: LinkReason): void {
    if (this.#trace !== null) this.#endTrace(this.#failureFor(reason));
  }

  #failureFor(reason: LinkReason): Error {
    return new ConnectError(this.#comm.address ?? 'the peer', reason);
  }

  #endTrace(error: Error): void {
    this.#trace?.failed(error);
    this.#trace = null;
  }

  /** How long there has been a link, in milliseconds; null: there is none. */
  get ageMs(): number | null {
    return this.#openedMs === null ? null : this.#clock.now() - this.#openedMs;
  }

  break(reason: LinkReason): void {
    this.#gaveUp(reason);
    this.#journal.note('breaking-connection', reason);
    const { disconnect = () => this.#comm.reconnect() } = this.#comm;
    this.#watch(disconnect.call(this.#comm, reason));
  }

  /** An async transport that rejects has failed like one that throws. */
  #watch(result: unknown): void {
    watchResult(result, (error) => this.#handle?.fail(error));
  }

  /**
   * Closes the transport, which sends what it has.
   *
   * @param closed called once, also where the transport fails, with the bytes that it could not get rid of: never at once,
   *   for the machines may be in the middle of something that has to end before they do
   */
  close(closed: (lostBytes: number) => void): void {
    this.#gaveUp('session-closed');
    const { close = () => this.#comm.disconnect?.('session-closed') } = this.#comm;
    new Promise((resolve) => resolve(close.call(this.#comm))).then(
      (report) => closed(lostBytesOf(report)),
      (error: unknown) => {
        warnOfThrown('the transport threw while it closed', error, 'SP_SESSION_FAILED', { scope: this });
        closed(0);
      },
    );
  }

  /** What the system said of the end of the link, and what may be lost with it, which is counted. */
  detailOfLoss(reason: LinkReason): string {
    const said = this.#lossDetail;
    const unconfirmed = this.#unconfirmedAfter(reason);
    if (unconfirmed === null) return said;
    const { messages, bytes } = unconfirmed;
    this.#journal.counts.messagesUnconfirmed += messages;
    const sent = `messages sent after the last byte from the peer: ${messages} (${bytes} bytes); whether they arrived is unknown`;
    return said === '' ? sent : `${said}; ${sent}`;
  }

  /** What was sent on a link that died, and may not have arrived; null where there is no doubt. */
  #unconfirmedAfter(reason: LinkReason): Unconfirmed | null {
    const { unconfirmed } = this.#comm;
    return unconfirmed !== undefined && unconfirmed.messages > 0 && DEATHS.has(reason) ? unconfirmed : null;
  }

  connectTimeoutMs(): number {
    return this.#policy?.connectTimeoutMs ?? 0;
  }

  /**
   * How long the pause before the next attempt is.
   *
   * @param failedAttempts how many failed in a row
   * @param firstDeadlineMs when the time of the first who waits for the connection is over
   */
  reconnectDelayMs(failedAttempts: number, firstDeadlineMs: number): number {
    const delayMs = this.#policy?.delayMs(failedAttempts) ?? 0;
    return this.#attempts?.pause(this.#clock.now(), delayMs, firstDeadlineMs) ?? delayMs;
  }

  /** How long the pause that runs still is, now that somebody waits. */
  shortenedDelayMs(firstDeadlineMs: number): number {
    return this.#attempts?.shorten(this.#clock.now(), firstDeadlineMs) ?? 0;
  }

  /** How long a peer that refused the key is left alone. */
  refusalDelayMs(): number {
    return this.#policy?.refusalDelayMs?.() ?? REFUSAL_DELAY_MS;
  }

  isDueSooner(deadlineMs: number): boolean {
    return this.#attempts?.isDueSooner(this.#clock.now(), deadlineMs) ?? false;
  }
}

/** A transport of the user's own may say nothing of it. */
function lostBytesOf(report: unknown): number {
  if (typeof report !== 'object' || report === null || !('lostBytes' in report)) return 0;
  const { lostBytes } = report;
  return typeof lostBytes === 'number' && lostBytes > 0 ? lostBytes : 0;
}
