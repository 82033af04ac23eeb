/**
 * Requests of the page for a process that has joined: they wait for it to send something, and go with what it gets back. It decides
 * by itself whether it sends them. Each goes once, whatever becomes of it: a WRITE that goes twice may do harm.
 */

import { type Clock, systemClock } from '../base/clock.js';
import { type Outcome, refusal } from './asks.js';
import type { Ask } from './feed.js';

/** More than a person asks at once. */
const MAX_ASKS = 100;
/** How long a process may take where the request has no time-out of its own, and how much longer where it has one. */
const ANSWER_MS = 60_000;
const GRACE_MS = 10_000;

/** A request on its way to a process. */
export interface JoinAsk {
  readonly id: number;
  readonly ask: Ask;
}

/** What came of it. */
export interface JoinAnswer extends Outcome {
  readonly id: number;
}

/** A request that has no outcome. */
interface Open {
  settle(outcome: Outcome): void;
}

/** The requests for one process. */
export class JoinedAsks {
  readonly #process: string;
  readonly #clock: Clock;
  #waiting: JoinAsk[] = [];
  readonly #open = new Map<number, Open>();
  #last = 0;

  /** @param process its name, for people */
  constructor(process: string, clock: Clock = systemClock) {
    this.#process = process;
    this.#clock = clock;
  }

  /** Asks; the name of the session is the one that the process itself has for it. */
  ask(ask: Ask): Promise<Outcome> {
    if (this.#open.size >= MAX_ASKS)
      return Promise.resolve(
        refusal(429, 'too-many', `Too many requests wait for ${this.#name} (limit ${MAX_ASKS})`),
      );
    const id = ++this.#last;
    const waitMs = GRACE_MS + Math.min(Math.max(ask.timeout ?? ANSWER_MS, 0), MAX_TIMER_MS - GRACE_MS);
    return new Promise((resolve) => {
      const settle = (outcome: Outcome): void => {
        this.#clock.clearTimeout(timer);
        this.#open.delete(id);
        resolve(outcome);
      };
      const timer = this.#clock.setTimeout(() => settle(this.#unanswered(id)), waitMs);
      this.#clock.unref?.(timer);
      this.#open.set(id, { settle });
      this.#waiting.push({ id, ask });
    });
  }

  /** Those that the process gets now. */
  handOver(): readonly JoinAsk[] {
    const handed = this.#waiting;
    this.#waiting = [];
    return handed;
  }

  /** The process says what came of some. */
  answered(answers: readonly JoinAnswer[]): void {
    for (const { id, httpStatus, body } of answers) this.#open.get(id)?.settle({ httpStatus, body });
  }

  /** The process has gone, or this debugger closes. */
  end(): void {
    for (const [id, { settle }] of [...this.#open]) settle(this.#unanswered(id));
    this.#waiting = [];
  }

  get #name(): string {
    return `the process ${JSON.stringify(this.#process)}`;
  }

  #unanswered(id: number): Outcome {
    const isHere = this.#waiting.some((each) => each.id === id);
    this.#waiting = this.#waiting.filter((each) => each.id !== id);
    const whether = isHere ? 'nothing was sent' : 'whether it was sent is unknown';
    return refusal(504, 'process-silent', `No word from ${this.#name}: ${whether}`);
  }
}

/** The longest that a timer waits. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Whether a process may have sent it as what came of a request: the page shows it. */
export function isJoinAnswer(value: unknown): value is JoinAnswer {
  if (typeof value !== 'object' || value === null) return false;
  const { id, httpStatus, body } = value as Partial<Record<keyof JoinAnswer, unknown>>;
  if (!Number.isSafeInteger(id) || typeof body !== 'object' || body === null) return false;
  if (typeof httpStatus !== 'number' || ![200, 400, 403, 404, 409, 413, 429, 504].includes(httpStatus))
    return false;
  const { status, ms, error, code, reason } = body as Readonly<Record<string, unknown>>;
  if (httpStatus === 200) return typeof status === 'number' && typeof ms === 'number';
  return (
    typeof error === 'string' && typeof code === 'string' && (reason === null || typeof reason === 'string')
  );
}
