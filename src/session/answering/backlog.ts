/**
 * The requests of the peer that wait for their callbacks, and what they mean for reading.
 *
 * The law: two sides never wait for each other. Reading pauses only where too much waits here; then, if this side waits for
 * the peer itself and nothing here has moved for a second, it is read on all the same, and requests over the limit are
 * refused with a status. The proof is in docs/decisions/back-pressure.md.
 */

import type { JsonValue, Message } from '../../protocol/message.js';
import type { SessionSettings } from '../options.js';
import type { AnswerPlace, Answers } from '../sending/answers.js';
import type { Gate } from '../sending/gate.js';
import type { Output } from '../sending/output.js';
import type { SessionHandle } from '../session-handle.js';

/** A callback with the extra arguments of its registration applied. */
export type BoundCallback = (message: Message<JsonValue>) => unknown;

/** A request whose callback waits for its turn. */
export interface Call {
  readonly request: Message<JsonValue>;
  readonly responseSid: number;
  readonly callback: BoundCallback;
  readonly place: AnswerPlace;
  readonly byteLength: number;
}

/** What a backlog works with. */
export interface BacklogParts {
  readonly settings: SessionSettings;
  readonly gate: Gate;
  readonly output: Output;
  readonly answers: Answers;
  readonly handle: SessionHandle;
}

/** Shorter than any time-out of a request that makes sense, longer than a link with traffic ever stands still. */
const STALL_MS = 1_000;
/**
 * More answers that are a status alone than this, each of other ids, and reading pauses in any case. A peer of this library
 * cannot cause so many: it asks nothing new while a MiB of its own output waits.
 */
const MAX_WAITING_STATUSES = 65_536;

/** Requests that wait for their callbacks, first in, first out. */
export class Backlog {
  /** Callbacks that have begun or ended so far: whether anything moves. */
  moves = 0;
  /** How many callbacks more than usual may run: one for each second in which nothing moved, until there is room without. */
  extraRoom = 0;
  readonly #parts: BacklogParts;
  readonly #callNext: () => void;
  #calls: Call[] = [];
  #bytes = 0;
  #isRefusing = false;
  #timer: unknown;
  #seenMoves = 0;
  #seenBytes = 0;

  constructor(parts: BacklogParts, callNext: () => void) {
    this.#parts = parts;
    this.#callNext = callNext;
  }

  get size(): number {
    return this.#calls.length;
  }

  push(call: Call): void {
    this.#calls.push(call);
    this.#bytes += call.byteLength;
  }

  shift(): Call | undefined {
    const call = this.#calls.shift();
    if (call !== undefined) this.#bytes -= call.byteLength;
    return call;
  }

  /** The link is gone: forgets all that waits, and returns it. */
  clear(): readonly Call[] {
    const calls = this.#calls;
    this.#calls = [];
    this.#bytes = this.extraRoom = 0;
    this.#isRefusing = false;
    this.#parts.settings.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    return calls;
  }

  /** Whether one more request has to be refused. */
  get isRefusing(): boolean {
    return this.#holds(1) && (this.#isRefusing || !this.#parts.output.canPause);
  }

  /** Something waits that did not, or waits no more: pauses or resumes reading. */
  update(): void {
    const { output } = this.#parts;
    if (this.#isRefusing && !this.#holds(0.5)) this.#isRefusing = false;
    const mayRead = this.#mayRead();
    output.isLoaded = this.size > 0 || !mayRead;
    output.read(mayRead);
    if (this.#needsWatch) this.#watch();
  }

  /** Answers that are a status alone, and cannot leave yet: no callback ran for them. */
  get #waitingStatuses(): number {
    const { answers } = this.#parts;
    return answers.waiting - answers.waitingOfCallbacks;
  }

  /** Whether what waits reaches a share of the limit. */
  #holds(share: number): boolean {
    const { maxWaitingCallbacks, maxWaitingCallbackBytes } = this.#parts.gate.limits;
    const waiting = this.size + this.#waitingStatuses;
    return waiting >= share * maxWaitingCallbacks || this.#bytes >= share * maxWaitingCallbackBytes;
  }

  #mayRead(): boolean {
    const { gate, output, answers } = this.#parts;
    // a stranger is answered before he is read further
    if (gate.passage !== 'everything' && !output.awaitsAnswers && this.size + answers.waiting > 0)
      return false;
    if (!this.#holds(1)) return true;
    return this.#isRefusing && this.#waitingStatuses < MAX_WAITING_STATUSES;
  }

  // ── when nothing moves ──

  /** Whether something waits here while this side waits for the peer: each might wait for the other. */
  get #needsWatch(): boolean {
    const { output } = this.#parts;
    return output.isLoaded && (output.awaited > 0 || output.awaitsAnswers);
  }

  /** One look a second, and none while nothing waits: a busy link does not start and stop timers. */
  #watch(): void {
    if (this.#timer !== undefined) return;
    const { settings, handle, output } = this.#parts;
    this.#seenMoves = this.moves;
    this.#seenBytes = output.bufferedBytes;
    this.#timer = settings.clock.setTimeout(() => handle.guard(() => this.#look()), STALL_MS);
  }

  #look(): void {
    this.#timer = undefined;
    if (!this.#needsWatch) return;
    if (this.#isStalled) {
      this.extraRoom++;
      this.#isRefusing = this.#holds(1);
      this.#callNext();
    }
    this.update();
  }

  /** Output that gets less is progress as well: the peer reads, and then there is room for callbacks. */
  get #isStalled(): boolean {
    const { output } = this.#parts;
    return this.moves === this.#seenMoves && !(output.isFull && output.bufferedBytes !== this.#seenBytes);
  }
}
