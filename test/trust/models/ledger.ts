/**
 * The books of a run: every request, run of a callback, message and `receive` with its number and its time, and what
 * must hold of them (the invariants of docs/reliability.md), whatever the network did.
 *
 * Each request carries its number in its data, and each answer carries it back: so it is known whose answer came.
 */

import {
  AuthenticationError,
  ConnectionLostError,
  SessionClosedError,
  STATUS_AUTH_REQUIRED,
  STATUS_BUFFERING_UNHANDLED_REQUEST,
  STATUS_CALLBACK_ERROR,
  STATUS_OPERATION_NOT_PERMITTED,
  StatusError,
  TimeoutError,
} from '../../../src/index.js';

/** What a handler does with a request. */
export const MODES = [
  'now',
  'later',
  'never',
  'throw',
  'reject',
  'status',
  'junk',
  'back',
  'unhandled',
] as const;
export type Mode = (typeof MODES)[number];

/** The status that each way to fail is answered with. */
const STATUS_OF: Readonly<Partial<Record<Mode, number>>> = {
  never: STATUS_CALLBACK_ERROR,
  throw: STATUS_CALLBACK_ERROR,
  reject: STATUS_CALLBACK_ERROR,
  junk: STATUS_CALLBACK_ERROR,
  status: STATUS_OPERATION_NOT_PERMITTED,
  unhandled: STATUS_BUFFERING_UNHANDLED_REQUEST,
};
/** A handler that needs longer than this has failed, whatever it answers later. */
export const CALLBACK_TIMEOUT_MS = 3_000;

/** The status that a request must fail with; undefined: it must be answered. */
function expectedStatus({ mode, delayMs }: Ask): number | undefined {
  return mode === 'later' && delayMs > CALLBACK_TIMEOUT_MS ? STATUS_CALLBACK_ERROR : STATUS_OF[mode];
}

/** What a request tells the handler at the other end. */
export interface Task {
  readonly ask: number;
  readonly mode: Mode;
  readonly delayMs: number;
}

/** One request. */
export interface Ask {
  readonly number: number;
  /** Who asks: `client 0`, `server 1`, … */
  readonly by: string;
  /** What it shares with the requests whose answers it must not be given: asker, service and data id. */
  readonly key: string;
  readonly mode: Mode;
  readonly timeoutMs: number;
  readonly delayMs: number;
  readonly madeAtMs: number;
  readonly abort: AbortController | null;
  isAborted: boolean;
  /** How it ended, in a word; null: it has not. */
  outcome: string | null;
  settledAtMs: number;
  runs: number;
}

/** What the books know of the world when a request ends. */
export interface Witness {
  nowMs(): number;
  /** When the connection of an end was last lost; -1: never. */
  lostAtMs(end: string): number;
  isClosed(end: string): boolean;
  /** Whether the peer of an end has refused its key, and there was neither a link nor a wish for one since then. */
  isRefused(end: string): boolean;
  /** How many links an end has had. */
  linksOf(end: string): number;
  /** Whether an end was at any moment since then one that trusted nobody. */
  wasUntrustedSince(end: string, sinceMs: number): boolean;
}

/** Thrown where something does not hold that must. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** The books of one run. */
export class Ledger {
  readonly asks: Ask[] = [];
  readonly #witness: Witness;
  readonly #violations: string[] = [];
  /** The last request of each key that was run, and that was answered: order is all that a peer can match by (I9). */
  readonly #lastRun = new Map<string, number>();
  readonly #lastAnswered = new Map<string, number>();
  readonly #refusedMessages = new Set<number>();
  readonly #linkOfMessage = new Map<number, number>();
  readonly #lastReceived = new Map<string, number>();
  #messages = 0;

  constructor(witness: Witness) {
    this.#witness = witness;
  }

  /** Opens an entry for a request that is about to be made. */
  ask(fields: Pick<Ask, 'by' | 'key' | 'mode' | 'timeoutMs' | 'delayMs' | 'abort'>): Ask {
    const ask: Ask = {
      ...fields,
      number: this.asks.length,
      madeAtMs: this.#witness.nowMs(),
      isAborted: false,
      outcome: null,
      settledAtMs: -1,
      runs: 0,
    };
    this.asks.push(ask);
    return ask;
  }

  /** Follows a request until it has settled. */
  follow(ask: Ask, promise: Promise<unknown>): void {
    promise.then(
      (data) => this.#settle(ask, this.#answered(ask, data)),
      (error: unknown) => this.#settle(ask, this.#failed(ask, error)),
    );
  }

  /** A callback runs. */
  ran(end: string, task: Task, isAllowed: boolean): void {
    const ask = this.asks[task.ask];
    const what = `request ${task.ask}`;
    if (!isAllowed) this.violated(`I5: a callback of ${end} ran for ${what}, and nobody had proven anything`);
    if (ask === undefined)
      return this.violated(`I11: a callback of ${end} ran for ${what}, which nobody made`);
    ask.runs++;
    if (ask.runs > 1) this.violated(`I7: a callback of ${end} ran ${ask.runs} times for ${what}`);
    if (ask.outcome?.endsWith('not written')) this.violated(`I3: ${what} was not written, and was run`);
    if ((this.#lastRun.get(ask.key) ?? -1) > ask.number) this.violated(`I9: ${what} overtook one of its key`);
    this.#lastRun.set(ask.key, ask.number);
  }

  /** A callback runs for a request that nobody in these books has made. */
  ranForged(end: string, isAllowed: boolean): void {
    if (!isAllowed) this.violated(`I5: a callback of ${end} ran for a stranger`);
  }

  /** A number for a message that is about to be sent. */
  message(): number {
    return this.#messages++;
  }

  messageSent(end: string, number: number, isSent: boolean): void {
    if (isSent) this.#linkOfMessage.set(number, this.#witness.linksOf(end));
    else this.#refusedMessages.add(number);
  }

  messageReceived(end: string, number: number): void {
    const last = this.#lastReceived.get(end) ?? -1;
    if (number <= last) this.violated(`I8: ${end} received message ${number} after message ${last}`);
    if (this.#refusedMessages.has(number))
      this.violated(`I3: message ${number} was not sent, and was received`);
    const link = this.#linkOfMessage.get(number);
    if (link !== undefined && link !== this.#witness.linksOf(end))
      this.violated(`I6: message ${number} came to ${end} from a connection that is gone`);
    this.#lastReceived.set(end, number);
  }

  violated(line: string): void {
    this.#violations.push(line);
  }

  /** Throws where anything does not hold. */
  check(): void {
    const nowMs = this.#witness.nowMs();
    for (const ask of this.asks) {
      if (ask.outcome === null && nowMs > ask.madeAtMs + ask.timeoutMs)
        this.violated(`I16: request ${ask.number} waits beyond its time-out of ${ask.timeoutMs} ms`);
    }
    if (this.#violations.length > 0) throw new Violation(this.#violations.join('\n'));
  }

  get open(): Ask[] {
    return this.asks.filter(({ outcome }) => outcome === null);
  }

  // ── what may become of a request ──

  #settle(ask: Ask, outcome: string): void {
    if (ask.outcome !== null)
      this.violated(`I1: request ${ask.number} settled twice: ${ask.outcome}, ${outcome}`);
    ask.outcome = outcome;
    ask.settledAtMs = this.#witness.nowMs();
    if (!outcome.startsWith('answered')) return;
    if ((this.#lastAnswered.get(ask.key) ?? -1) > ask.number)
      this.violated(`I9: the answer to request ${ask.number} came after that to a later one of its key`);
    this.#lastAnswered.set(ask.key, ask.number);
  }

  #answered(ask: Ask, data: unknown): string {
    const { ask: number } = data as { ask?: number };
    if (number !== ask.number) this.violated(`I2: request ${ask.number} got the answer to ${number}`);
    if (ask.runs !== 1) this.violated(`I2: request ${ask.number} was answered, and run ${ask.runs} times`);
    if (expectedStatus(ask) !== undefined)
      this.violated(`request ${ask.number} was answered, and its handler does ${ask.mode}`);
    if (ask.mode === 'later' && this.#witness.nowMs() < ask.madeAtMs + ask.delayMs)
      this.violated(`request ${ask.number} was answered before its handler answered`);
    return 'answered';
  }

  #failed(ask: Ask, error: unknown): string {
    const { by, number, timeoutMs, madeAtMs } = ask;
    const witness = this.#witness;
    if (error instanceof StatusError) return this.#refused(ask, error.status);
    if (error instanceof TimeoutError) {
      if (witness.nowMs() !== madeAtMs + timeoutMs)
        this.violated(`request ${number} timed out after ${witness.nowMs() - madeAtMs} of ${timeoutMs} ms`);
      return this.#failedWhole(ask, 'timed out', error.written);
    }
    if (error instanceof ConnectionLostError) {
      if (witness.lostAtMs(by) !== witness.nowMs())
        this.violated(`request ${number} lost its connection when ${by} lost none`);
      return this.#failedWhole(ask, 'connection lost', error.written);
    }
    if (error instanceof AuthenticationError) {
      if (!witness.isRefused(by))
        this.violated(`request ${number} was refused when the key of ${by} was not`);
      if (ask.runs > 0) this.violated(`I3: request ${number} was refused, and was run`);
      return 'refused';
    }
    if (error instanceof SessionClosedError) {
      if (!witness.isClosed(by)) this.violated(`request ${number} lost its session, and ${by} is not closed`);
      return 'session closed';
    }
    if (ask.abort !== null && error === ask.abort.signal.reason) {
      if (!ask.isAborted) this.violated(`request ${number} was aborted by nobody`);
      return 'aborted';
    }
    this.violated(`request ${number} failed in a way of its own: ${String(error)}`);
    return 'failed';
  }

  /** Not written: nobody can have run it. */
  #failedWhole(ask: Ask, how: string, isWritten: boolean): string {
    if (!isWritten && ask.runs > 0)
      this.violated(`I3: request ${ask.number} ${how}, not written, and was run`);
    return `${how}, ${isWritten ? '' : 'not '}written`;
  }

  #refused(ask: Ask, status: number): string {
    const isExpected = status === expectedStatus(ask);
    // the other end did not run it, or this one did not believe the answer
    const isForTrust =
      status === STATUS_AUTH_REQUIRED &&
      ((ask.runs === 0 && this.#witness.wasUntrustedSince(otherEnd(ask.by), ask.madeAtMs)) ||
        this.#witness.wasUntrustedSince(ask.by, ask.madeAtMs));
    if (!isExpected && !isForTrust)
      this.violated(`request ${ask.number} got status ${status}, and its handler does ${ask.mode}`);
    return `answered with status ${status}`;
  }
}

/** Who is at the other end of the connection. */
function otherEnd(end: string): string {
  return end.startsWith('client') ? end.replace('client', 'server') : end.replace('server', 'client');
}
