/** Requests on a bus in this process, as they wait for answers. */

import { onAbort, reasonOf } from '../base/signals.js';
import { BusError } from '../protocol/errors.js';
import type { BusMessage, BusRequestOptions, RequestAllOptions } from './bus.js';
import type { Answers, Exchange, Sent } from './memory-exchange.js';

/** Who asks. */
export interface AnswersHost {
  readonly exchange: Exchange;
  /** A message, as the requester gets it. */
  messageOf(sent: Sent): BusMessage;
}

type Reject = (reason: unknown) => void;

/** Waits for the first answer to a request. */
export class OneAnswer implements Answers {
  readonly inbox: string;
  readonly host: AnswersHost;
  readonly #subject: string;
  readonly #timeoutMs: number;
  readonly #resolve: (message: BusMessage) => void;
  readonly #reject: Reject;
  readonly #timer: unknown;
  readonly #letGoOfSignal: (() => void) | null;
  #isOver = false;

  /** @param options with a signal that is not aborted */
  constructor(
    host: AnswersHost,
    subject: string,
    { timeoutMs, signal }: BusRequestOptions,
    resolve: (message: BusMessage) => void,
    reject: Reject,
  ) {
    this.host = host;
    this.#subject = subject;
    this.#timeoutMs = timeoutMs;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#letGoOfSignal =
      signal === undefined ? null : onAbort(signal, () => this.#rejectWith(reasonOf(signal)));
    this.inbox = host.exchange.openInbox(this);
    this.#timer = host.exchange.clock.setTimeout(() => this.#elapsed(), timeoutMs);
  }

  receive(sent: Sent): void {
    if (this.#end()) this.#resolve(this.host.messageOf(sent));
  }

  /** Nobody has subscribed. */
  nobodyThere(): void {
    this.#rejectWith(new BusError('bus-no-responders', { subject: this.#subject }));
  }

  busClosed(): void {
    this.#rejectWith(new BusError('bus-closed', { subject: this.#subject, written: true }));
  }

  #elapsed(): void {
    const detail = `no answer came within ${this.#timeoutMs} ms`;
    this.#rejectWith(new BusError('bus-timeout', { subject: this.#subject, written: true, detail }));
  }

  #rejectWith(reason: unknown): void {
    if (this.#end()) this.#reject(reason);
  }

  /** False where it is over: an answer may be under way when its time ends. */
  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    const { exchange } = this.host;
    exchange.closeInbox(this.inbox);
    exchange.clock.clearTimeout(this.#timer);
    this.#letGoOfSignal?.();
    return true;
  }
}

/** Gathers all answers to a request. */
export class AllAnswers implements Answers {
  readonly inbox: string;
  readonly host: AnswersHost;
  readonly #stallMs: number;
  readonly #resolve: (messages: BusMessage[]) => void;
  readonly #reject: Reject;
  readonly #gathered: BusMessage[] = [];
  readonly #timer: unknown;
  #stallTimer: unknown;
  #isOver = false;

  constructor(
    host: AnswersHost,
    { maxWaitMs, stallMs = maxWaitMs }: RequestAllOptions,
    resolve: (messages: BusMessage[]) => void,
    reject: Reject,
  ) {
    this.host = host;
    this.#stallMs = stallMs;
    this.#resolve = resolve;
    this.#reject = reject;
    this.inbox = host.exchange.openInbox(this);
    this.#timer = host.exchange.clock.setTimeout(() => this.complete(), maxWaitMs);
  }

  receive(sent: Sent): void {
    if (this.#isOver) return;
    this.#gathered.push(this.host.messageOf(sent));
    const { clock } = this.host.exchange;
    if (this.#stallTimer !== undefined) clock.clearTimeout(this.#stallTimer);
    this.#stallTimer = clock.setTimeout(() => this.complete(), this.#stallMs);
  }

  /** There will be no more of them. */
  complete(): void {
    if (this.#end()) this.#resolve(this.#gathered);
  }

  busClosed(): void {
    if (this.#end()) this.#reject(new BusError('bus-closed', { written: true }));
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    const { clock } = this.host.exchange;
    this.host.exchange.closeInbox(this.inbox);
    clock.clearTimeout(this.#timer);
    if (this.#stallTimer !== undefined) clock.clearTimeout(this.#stallTimer);
    return true;
  }
}
