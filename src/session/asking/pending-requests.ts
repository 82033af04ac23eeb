/**
 * Everything that waits: requests for their answers, messages for a connection, `receive` for a message.
 *
 * One light actor holds them all. What is written when, and where a request stands, is decided here; which state it is in
 * is decided by the `pending-request` machine alone, which a stepper runs.
 */

import type { AnyActorRef } from 'xstate';
import type { PendingRequestsEvent, PendingRequestsReport } from '../../../machines/index.js';
import type { Clock } from '../../base/clock.js';
import type { JsonValue, Message } from '../../protocol/message.js';
import type { Payload, PendingCounts, Admission as SendAdmission } from '../sending/output.js';
import { ActorStepper } from './actor-stepper.js';
import { PendingRequest } from './pending-request.js';
import { Places } from './places.js';
import { relay } from './relay.js';
import { GHOST, type RequestEventType, type RequestState } from './states.js';
import type { Stepper, SteppingHost } from './stepper.js';
import { TableStepper } from './table-stepper.js';

/** Whether a message may be written now, what it has to wait for, or that it is refused for good. */
export type Admission = SendAdmission | 'never';

/** What the holder of pending requests needs of its session. */
export interface PendingEffects {
  readonly clock: Clock;
  readonly lateAnswerGraceMs: number;
  readonly counts: PendingCounts;
  /** Whether somebody inspects the session: each request then is an actor of its own. */
  readonly isInspected: boolean;
  /** What a request is called for people. */
  nameOf(message: Pick<Message<unknown>, 'serviceId' | 'dataId'>): string;
  admission(request: PendingRequest): Admission;
  /** Whether an attempt to connect would be due sooner for a request with this deadline. */
  isDueSooner(deadlineMs: number): boolean;
  /** Whether no link will ever come by itself: there is nothing to wait for. */
  readonly isAbandoned: boolean;
  /**
   * Hands a payload to the transport; false where the transport did not take it.
   *
   * @param nowMs what the clock says, where somebody has just asked it; else NaN
   */
  write(message: Message<unknown>, payload: Payload, nowMs: number): boolean;
  lateAnswerDropped(answer: Message<JsonValue>): void;
  /** A request waits no more. */
  requestEnded(): void;
  /** Something that is not ours threw (a transport, a clock): the session cannot go on. */
  failed(error: unknown): void;
}

/** Where nothing ever stood: a session that asks nothing has no collections of its own. */
const NOWHERE = new Places({ queued: 0, inLine: 0, ghosts: 0, queuedBytes: 0 });

/** The context of the actor that holds the pending requests. */
export class PendingRequests implements SteppingHost {
  readonly #effectsOf: (system: object) => PendingEffects;
  readonly #self: AnyActorRef;
  /** The answer that came, while the request it belongs to takes its step. */
  answer: Message<JsonValue> | null = null;
  #places = NOWHERE;
  #stepper: Stepper | null = null;
  #effects: PendingEffects | undefined;
  /** An event is being handled; what is heard meanwhile waits until that is done. */
  #isBusy = false;
  #meanwhile: PendingRequestsEvent[] | null = null;

  /** `effectsOf` is called with the first event: an actor is made before its session is complete. */
  constructor(effectsOf: (system: object) => PendingEffects, self: AnyActorRef) {
    this.#effectsOf = effectsOf;
    this.#self = self;
  }

  get counts(): PendingCounts {
    return this.effects.counts;
  }

  get effects(): PendingEffects {
    return (this.#effects ??= this.#effectsOf(this.#self.system));
  }

  /** The oldest, a ghost included, that waits for a message of these ids. */
  firstInLine(serviceId: number, dataId: number): PendingRequest | null {
    return this.#places.lineOf(serviceId, dataId)?.first ?? null;
  }

  /** When the time of the first that waits to be written is over; Infinity if nothing waits. */
  get firstDeadlineMs(): number {
    let firstMs = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#places.queue) firstMs = Math.min(firstMs, dueMs);
    return firstMs;
  }

  /** Whether anything but a `receive` and ghosts waits. */
  get isAwaiting(): boolean {
    if (this.counts.queued > 0) return true;
    if (this.counts.inLine === this.counts.ghosts) return false;
    return this.#places.written().some(({ kind, state }) => kind !== 'receive' && state !== GHOST);
  }

  /** How many requests were written and wait for their answers, ghosts left out, and how many still wait to be written. */
  get waiting(): { readonly unanswered: number; readonly queued: number } {
    let unanswered = 0;
    let queued = 0;
    for (const { kind, line, state } of this.#places.all()) {
      if (kind !== 'request' || state === GHOST) continue;
      if (line === null) queued++;
      else unanswered++;
    }
    return { unanswered, queued };
  }

  /** Why a request that was not written had to wait, for the text of its time-out; it has left its queue by then. */
  isBehindGhost({ kind, answerSid, dataId }: PendingRequest): boolean {
    return kind === 'request' && (this.#places.lineOf(answerSid, dataId)?.ghosts ?? 0) > 0;
  }

  // ── what the holder hears: one event at a time ──

  /** Never throws: an actor that threw would not hear that the session is over, nor would anything that waits. */
  handle(event: PendingRequestsEvent): void {
    if (this.#isBusy) {
      this.#meanwhile ??= [];
      this.#meanwhile.push(event);
      return;
    }
    this.#isBusy = true;
    this.#take(event);
    this.#rest();
  }

  /**
   * A request was made. It comes here without an event, and so does an answer, while nobody inspects the session: on its way
   * through the mailbox of the actor an event takes longer than all that is done about it here.
   */
  made(request: PendingRequest): void {
    if (!this.#isDirect) return this.#self.send({ type: 'request.made', request });
    this.#isBusy = true;
    try {
      this.#admit(request);
    } catch (error) {
      this.#failedWith(request, error);
    }
    this.#rest();
  }

  /** A message came that the first of its line waits for. */
  answered(message: Message<JsonValue>): void {
    if (!this.#isDirect) return this.#self.send({ type: 'peer.answered', message });
    this.#isBusy = true;
    try {
      this.#answer(message);
    } catch (error) {
      this.effects.failed(error);
    }
    this.#rest();
  }

  get #isDirect(): boolean {
    return !this.#isBusy && !this.effects.isInspected;
  }

  /** Takes what was heard meanwhile. */
  #rest(): void {
    for (let event = this.#meanwhile?.shift(); event !== undefined; event = this.#meanwhile?.shift())
      this.#take(event);
    this.#isBusy = false;
  }

  #take(event: PendingRequestsEvent): void {
    try {
      this.#handle(event);
    } catch (error) {
      if ('request' in event && event.request instanceof PendingRequest)
        this.#failedWith(event.request, error);
      else this.effects.failed(error);
    }
  }

  #failedWith(request: PendingRequest, error: unknown): void {
    this.#step(request, 'session.closed');
    this.effects.failed(error);
  }

  #handle(event: PendingRequestsEvent): void {
    switch (event.type) {
      case 'request.made':
      case 'request.cancelled':
      case 'request.delayElapsed':
        if (event.request instanceof PendingRequest) this.#handleOne(event.type, event.request);
        return;
      case 'peer.answered':
        return this.#answer(event.message);
      case 'requests.release':
        return this.release();
      case 'handshake.missed':
        for (const request of this.#places.written()) this.#step(request, 'link.closed');
        return;
      default:
        return this.#stepAll(event.type);
    }
  }

  #handleOne(
    type: 'request.made' | 'request.cancelled' | 'request.delayElapsed',
    request: PendingRequest,
  ): void {
    if (type === 'request.cancelled') return this.#step(request, 'request.cancelled');
    if (type === 'request.delayElapsed') return this.#stepper?.elapse(request);
    this.#admit(request);
  }

  /** The first request was made. */
  #begin(): Stepper {
    this.#places = new Places(this.counts);
    return this.effects.isInspected ? new ActorStepper(this, this.#self) : new TableStepper(this);
  }

  /** What inspectors see of the actor: how many, not what. */
  toJSON(): PendingCounts {
    return { ...this.counts };
  }

  #admit(request: PendingRequest): void {
    const stepper = (this.#stepper ??= this.#begin());
    const nowMs = this.effects.clock.now();
    request.dueMs = nowMs + request.timeoutMs;
    stepper.begin(request);
    if (request.kind === 'receive') {
      this.#places.enterLine(request);
      stepper.step(request, 'receive.started');
      if (this.effects.isAbandoned) stepper.step(request, 'connection.abandoned');
      return;
    }
    const admission = this.effects.admission(request);
    if (admission === 'never') return stepper.step(request, 'message.refused');
    if (admission === 'refused') return stepper.step(request, 'authentication.refused');
    if (admission === 'no connection' && this.effects.isAbandoned)
      return stepper.step(request, 'connection.abandoned');
    if (admission !== 'now') {
      this.#places.enqueue(request);
      if (admission === 'no connection' && this.effects.isDueSooner(request.dueMs))
        this.#report({ type: 'requests.waiting' });
      return;
    }
    if (this.#places.queue.size > 0) {
      // whatever was made earlier and can go by now goes first
      this.#places.enqueue(request);
      return this.release();
    }
    this.#go(request, nowMs);
  }

  /** Writes what can go, in the order in which it was made; passes over what needs trust. */
  release(): void {
    for (const request of this.#places.queue) {
      const admission = this.effects.admission(request);
      if (admission === 'never' || admission === 'refused') {
        this.#step(request, admission === 'never' ? 'message.refused' : 'authentication.refused');
      } else if (admission === 'now') {
        this.#places.leaveQueue(request);
        if (!this.#go(request)) return;
      } else if (admission !== 'no trust') {
        return;
      }
    }
  }

  /** Writes a request, or lets it wait behind the ghosts of its line; false where the transport took nothing. */
  #go(request: PendingRequest, nowMs = Number.NaN): boolean {
    const { kind, answerSid, dataId, message, payload } = request;
    const line = kind === 'request' ? this.#places.lineOf(answerSid, dataId) : undefined;
    if (line !== undefined && line.ghosts > 0) {
      this.#places.waitBehindGhosts(request, line);
      return true;
    }
    if (message === null || payload === null)
      throw new Error('a request without a payload cannot be written');
    let isTaken = false;
    try {
      isTaken = this.effects.write(message, payload, nowMs);
    } finally {
      if (!isTaken) this.#places.enqueue(request); // also where it threw: the request must not get lost
    }
    if (!isTaken) return false;
    request.message = request.payload = null;
    if (kind === 'request') this.#places.enterLine(request, line);
    this.#step(request, kind === 'request' ? 'request.written' : 'message.written');
    return true;
  }

  #answer(message: Message<JsonValue>): void {
    const first = this.firstInLine(message.serviceId, message.dataId);
    if (first === null) return;
    this.answer = message;
    this.#step(first, 'peer.answered');
    this.answer = null;
  }

  #stepAll(type: 'link.closed' | 'authentication.refused' | 'connection.abandoned' | 'session.closed'): void {
    for (const request of this.#places.all()) this.#step(request, type);
    if (type === 'session.closed') this.#stepper?.close();
  }

  #step(request: PendingRequest, type: RequestEventType): void {
    this.#stepper?.step(request, type);
  }

  // ── what the steppers ask ──

  enter(request: PendingRequest, state: RequestState): boolean {
    const { state: before, line } = request;
    request.state = state;
    if (state.isFinal) this.#places.leave(request);
    else if (state !== GHOST) return false;
    else if (line !== null) this.#places.ghostCame(line);
    this.effects.requestEnded();
    return before === GHOST && line !== null && this.#places.ghostWent(line);
  }

  get clock(): Clock {
    return this.effects.clock;
  }

  get lateAnswerGraceMs(): number {
    return this.effects.lateAnswerGraceMs;
  }

  nameOf({ message, answerSid, dataId }: PendingRequest): string {
    return this.effects.nameOf(message ?? { serviceId: answerSid, dataId });
  }

  lateAnswerDropped(): void {
    if (this.answer !== null) this.effects.lateAnswerDropped(this.answer);
  }

  /** A step of its own, also where the actor of a request says it: what the end of the link does here comes after all else. */
  requestOverdue(): void {
    const report = { type: 'requests.overdue' } as const;
    if (this.#isBusy) return this.#report(report);
    this.#isBusy = true;
    this.#report(report);
    this.#rest();
  }

  #report(report: PendingRequestsReport): void {
    const session = this.#self._parent;
    if (session !== undefined) relay(this.#self, session, report);
  }

  elapsed(request: PendingRequest): void {
    this.#self.send({ type: 'request.delayElapsed', request });
  }

  failed(error: unknown): void {
    this.effects.failed(error);
  }
}
