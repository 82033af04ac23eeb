/** Who waits for answers: one, or all that come in time. */

import { type Callers, lateError, lateReason } from '../../base/callers.js';
import { BusError, type BusFacts } from '../../protocol/errors.js';
import type { BusReason } from '../../protocol/reasons.js';
import { Timed } from '../../session/asking/timer-groups.js';
import type { BusHeaders, BusMessage, RequestAllOptions } from '../bus.js';
import type { Incoming, Link } from './link.js';
import { NatsMessage, type Respond, saysNoResponders } from './message.js';

/** What those who wait need of all requests. */
export interface AskedHost {
  readonly respond: Respond;
  /** It waits no longer. */
  settle(asked: Asked): void;
  /** It waits from now on for so long, and not longer than until then. */
  postpone(asked: Asked, lengthMs: number, latestMs: number): void;
}

/** A message that waits to be written. */
export interface Held {
  readonly data: Uint8Array;
  readonly headers: BusHeaders | undefined;
  readonly bytes: number;
}

/** Who waits for answers. */
export abstract class Asked extends Timed {
  readonly token: string;
  readonly subject: string;
  timeoutMs: number;
  /** On which it was written; null while it is held. */
  link: Link | null = null;
  held: Held | null = null;
  /** Takes the listener of its signal back. */
  unlisten: (() => void) | null = null;

  constructor(token: string, subject: string, timeoutMs: number) {
    super();
    this.token = token;
    this.subject = subject;
    this.timeoutMs = timeoutMs;
  }

  abstract came(message: Incoming, requests: AskedHost): void;
  abstract elapsed(requests: AskedHost): void;
  abstract failed(reason: BusReason, facts: BusFacts): void;
}

/** A request that the first answer settles. */
export class AskedOne extends Asked {
  readonly #resolve: (answer: BusMessage | Promise<never>) => void;
  readonly #callers: Callers | undefined;

  constructor(
    token: string,
    subject: string,
    timeoutMs: number,
    resolve: (answer: BusMessage | Promise<never>) => void,
    callers: Callers | undefined,
  ) {
    super(token, subject, timeoutMs);
    this.#resolve = resolve;
    this.#callers = callers;
  }

  came(message: Incoming, requests: AskedHost): void {
    requests.settle(this);
    if (saysNoResponders(message)) this.failed('bus-no-responders', {});
    else this.#resolve(new NatsMessage(message, requests.respond));
  }

  elapsed(requests: AskedHost): void {
    const written = this.link !== null;
    requests.settle(this);
    const what = written ? 'no answer came' : 'the bus was away, and it was not sent';
    this.failed('bus-timeout', { written, detail: `${what} within ${this.timeoutMs} ms` });
  }

  failed(reason: BusReason, facts: BusFacts): void {
    const { subject } = this;
    this.#resolve(
      lateError(
        () => new BusError(reason, { subject, ...facts }),
        () => this.#callers,
      ),
    );
  }

  aborted(reason: unknown): void {
    this.#resolve(lateReason(reason, () => this.#callers));
  }
}

/** A request that gathers answers. */
export class AskedAll extends Asked {
  readonly #resolve: (answers: BusMessage[] | Promise<never>) => void;
  readonly #stallMs: number | undefined;
  readonly #untilMs: number;
  readonly #answers: BusMessage[] = [];

  constructor(
    token: string,
    subject: string,
    { maxWaitMs, stallMs }: RequestAllOptions,
    nowMs: number,
    resolve: (answers: BusMessage[] | Promise<never>) => void,
  ) {
    super(token, subject, maxWaitMs);
    this.#stallMs = stallMs;
    this.#untilMs = nowMs + maxWaitMs;
    this.#resolve = resolve;
  }

  came(message: Incoming, requests: AskedHost): void {
    if (saysNoResponders(message)) {
      requests.settle(this);
      return this.#resolve(this.#answers);
    }
    this.#answers.push(new NatsMessage(message, requests.respond));
    if (this.#stallMs !== undefined) requests.postpone(this, this.#stallMs, this.#untilMs);
  }

  elapsed(requests: AskedHost): void {
    const isHeld = this.link === null;
    requests.settle(this);
    if (isHeld) this.failed('bus-timeout', { detail: `the bus was away for ${this.timeoutMs} ms` });
    else this.#resolve(this.#answers);
  }

  failed(reason: BusReason, facts: BusFacts): void {
    const { subject } = this;
    this.#resolve(lateError(() => new BusError(reason, { subject, ...facts })));
  }
}
