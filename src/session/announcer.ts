/** What a session tells its user: after the step of the machines in which it happened, when all of it is true. */

import type { Clock } from '../base/clock.js';
import type { CommInstance } from '../transport/comm-instance.js';
import type { Answerer } from './answering/answerer.js';
import type { BadInputBudget } from './journal/bad-input-budget.js';
import type { MutableCounts } from './journal/counters.js';
import { LOG_LEVEL } from './journal/logging.js';
import type { MessageLog } from './journal/message-log.js';
import type { SessionEvents } from './journal/session-events.js';
import type { TrustLimits } from './options.js';
import type { Announcements, Gate } from './provided-machines.js';
import type { ReceiveBuffer } from './receiving/receive-buffer.js';
import type { Outlet } from './sending/output.js';

/** What the announcer needs of its session. */
export interface AnnouncerHost {
  readonly comm: CommInstance;
  readonly log: MessageLog;
  readonly counts: MutableCounts;
  readonly settings: { readonly clock: Clock };
  readonly buffer: ReceiveBuffer;
  readonly answerer: Answerer;
  readonly outlet: Outlet;
  readonly badInput: BadInputBudget;
  readonly limits: TrustLimits;
  gate: Gate;
  whyLost: string;
  isClosed: boolean;
  tellUser<K extends keyof SessionEvents>(event: K, ...args: SessionEvents[K]): void;
  stopActors(): void;
}

/** Keeps the books of what the machines announce, and passes it on. */
export class Announcer implements Announcements {
  readonly #host: AnnouncerHost;
  /** What was announced in the step that is just being taken; told when it is complete. */
  #queue: (() => void)[] = [];
  #waitingForTrust: ((isTrusted: boolean) => void)[] = [];
  #lastFailure: Error | null = null;

  constructor(host: AnnouncerHost) {
    this.#host = host;
  }

  /** A step is complete: tells what happened in it. */
  flush(): void {
    for (let tell = this.#queue.shift(); tell !== undefined; tell = this.#queue.shift()) tell();
  }

  #later<K extends keyof SessionEvents>(event: K, ...args: SessionEvents[K]): void {
    this.#queue.push(() => this.#host.tellUser(event, ...args));
  }

  /** Resolves at the next verdict, or with false when the time is over; no time is set where the machine has its own. */
  trustDecided(timeoutMs: number | null): Promise<boolean> {
    return new Promise((resolve) => {
      if (timeoutMs === null) {
        this.#waitingForTrust.push(resolve);
        return;
      }
      const { clock } = this.#host.settings;
      const timer = clock.setTimeout(() => {
        this.#waitingForTrust = this.#waitingForTrust.filter((each) => each !== settle);
        resolve(false);
      }, timeoutMs);
      const settle = (isTrusted: boolean): void => {
        clock.clearTimeout(timer);
        resolve(isTrusted);
      };
      this.#waitingForTrust.push(settle);
    });
  }

  /** The verdict, or that there will be none. */
  settleTrust(isTrusted: boolean): void {
    const waiting = this.#waitingForTrust;
    if (waiting.length === 0) return;
    this.#waitingForTrust = [];
    for (const resolve of waiting) resolve(isTrusted);
  }

  /** Why the transport could not open a link, in its own words; the machine knows the text only. */
  linkFailed(error: Error): void {
    this.#lastFailure = error;
  }

  let(gate: Gate): void {
    const host = this.#host;
    host.gate = gate;
    host.comm.limit?.(host.limits);
    host.badInput.restart(gate === 'everything');
    host.answerer.limitChanged();
  }

  connected(): void {
    const host = this.#host;
    host.counts.connections++;
    this.#lastFailure = null;
    host.buffer.clear();
    host.answerer.reset();
    host.log.protocol(LOG_LEVEL.info, 'connection established');
    this.#later('connected');
  }

  disconnected(reason: string): void {
    const host = this.#host;
    host.whyLost = reason;
    host.answerer.reset();
    host.outlet.linkLost();
    host.log.protocol(LOG_LEVEL.info, `connection lost: ${reason}`);
    this.settleTrust(false);
    this.#later('disconnected', reason);
  }

  attemptFailed(reason: string): void {
    const host = this.#host;
    const error = this.#lastFailure ?? new Error(reason);
    host.whyLost = error.message;
    this.#lastFailure = null;
    host.log.protocol(LOG_LEVEL.warning, `connecting failed: ${error.message}`);
    this.#later('connectFailed', error);
  }

  abandoned(reason: string): void {
    this.#later('abandoned', reason);
  }

  trusted(): void {
    this.#host.log.protocol(LOG_LEVEL.info, 'authentification successful: the connection is trusted');
    this.settleTrust(true);
    this.#later('trusted');
  }

  untrusted(): void {
    this.#later('untrusted');
  }

  authenticationFailed(reason: string): void {
    const host = this.#host;
    host.counts.failedAuthentications++;
    host.log.protocol(LOG_LEVEL.warning, `authentification failed: ${reason}`);
    this.settleTrust(false);
    this.#later('authenticationFailed', reason);
  }

  nameChanged(name: string): void {
    this.#later('channelName', name);
  }

  closed(): void {
    const host = this.#host;
    host.isClosed = true;
    host.answerer.close();
    this.settleTrust(false);
    this.#later('closed');
    // not at once: an actor that is in the middle of an event (a ghost that resets the connection) has its mailbox
    // before it, and stopping clears it, with the word that the session is closed
    queueMicrotask(() => host.stopActors());
  }
}
