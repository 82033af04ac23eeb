/**
 * Everything that waits: requests for their answers, messages for a connection, `receive` for a message.
 *
 * One light actor holds them all. The state of each is stepped by the `pending-request` machine (through its table);
 * what stands here is only who is next: the queue of what could not be written yet, and for each pair of answer ids
 * the line of what was written, oldest first (protocol.md section 5).
 */

import {
  type PendingRequestEvent,
  type PendingRequestsEvent,
  type PendingRequestsLogic,
  pendingRequestMachine,
} from '../../../machines/index.js';
import type { Clock } from '../../base/clock.js';
import type { JsonValue, Message } from '../../protocol/message.js';
import { type MessageKey, messageKey } from '../../protocol/message-key.js';
import type { PendingCounts, Admission as SendAdmission } from '../sending/output.js';
import { Deadlines, type DeadlinesOwner, Timed } from './deadlines.js';
import { deriveTable, type TableState } from './pending-table.js';

type EventType = PendingRequestEvent['type'];
type Action = (pending: PendingRequests, request: PendingRequest) => void;
type State = TableState<EventType, Action>;

/** How the settling of a request reaches whoever waits. Exactly one of these is called, once. */
export interface Settle {
  answered(message: Message<JsonValue>): void;
  sent(): void;
  refused(): void;
  timedOut(request: PendingRequest): void;
  cancelled(request: PendingRequest): void;
  connectionLost(request: PendingRequest, written: boolean): void;
  sessionClosed(request: PendingRequest): void;
}

/** What a pending request is made of. */
export interface PendingRequestFields {
  readonly kind: 'request' | 'message' | 'receive';
  /** The ids by which an answer is recognised. */
  readonly answerSid: number;
  readonly dataId: number;
  /** What is written, and its payload; null for a receive. */
  readonly message: Message<unknown> | null;
  readonly payload: Buffer | null;
  readonly timeoutMs: number;
  readonly settle: Settle;
}

/** One exchange that somebody waits for. Its `state` is a state of the `pending-request` machine. */
export class PendingRequest extends Timed {
  state: State = INITIAL;
  readonly kind: 'request' | 'message' | 'receive';
  readonly answerSid: number;
  readonly dataId: number;
  readonly message: Message<unknown> | null;
  readonly timeoutMs: number;
  readonly settle: Settle;
  payload: Buffer | null;
  deadlineMs = 0;
  /** The answer, for the moment in which it is settled. */
  answer: Message<JsonValue> | null = null;
  /** Its place: in a queue before it is written, in a line after. */
  queue: Set<PendingRequest> | null = null;
  line: Line | null = null;
  before: PendingRequest | null = null;
  behind: PendingRequest | null = null;

  constructor(fields: PendingRequestFields) {
    super();
    this.kind = fields.kind;
    this.answerSid = fields.answerSid;
    this.dataId = fields.dataId;
    this.message = fields.message;
    this.payload = fields.payload;
    this.timeoutMs = fields.timeoutMs;
    this.settle = fields.settle;
  }

  /** What inspectors and logs may see of it. */
  toJSON(): object {
    return { kind: this.kind, answerSid: this.answerSid, dataId: this.dataId, state: this.state.name };
  }
}

/** What was written and awaits an answer of one pair of ids, oldest first, and what waits behind its ghosts. */
class Line {
  readonly key: MessageKey;
  first: PendingRequest | null = null;
  last: PendingRequest | null = null;
  ghosts = 0;
  readonly haunted = new Set<PendingRequest>();

  constructor(key: MessageKey) {
    this.key = key;
  }

  append(request: PendingRequest): void {
    request.line = this;
    request.before = this.last;
    if (this.last === null) this.first = request;
    else this.last.behind = request;
    this.last = request;
  }

  remove(request: PendingRequest): void {
    if (request.before === null) this.first = request.behind;
    else request.before.behind = request.behind;
    if (request.behind === null) this.last = request.before;
    else request.behind.before = request.before;
    request.line = request.before = request.behind = null;
  }
}

/** Whether a message may be written now, what it has to wait for, or that it is refused for good. */
export type Admission = SendAdmission | 'never';
export type { PendingCounts } from '../sending/output.js';

/** What the holder of pending requests needs of its session. */
export interface PendingEffects {
  readonly clock: Clock;
  readonly lateAnswerGraceMs: number;
  readonly counts: PendingCounts;
  admission(request: PendingRequest): Admission;
  /** Hands a payload to the transport; false where the transport did not take it. */
  write(message: Message<unknown>, payload: Buffer): boolean;
  lateAnswerDropped(request: PendingRequest): void;
  lineOverdue(request: PendingRequest): void;
  /** Something that is not ours threw (a transport, a clock): the session cannot go on. */
  failed(error: unknown): void;
}

/** The actions of the machine, by their names there. */
const ACTIONS: Readonly<Record<string, Action>> = {
  'settle with the answer': (_, request) => {
    if (request.answer !== null) request.settle.answered(request.answer);
  },
  'settle as sent': (_, request) => request.settle.sent(),
  'settle as refused': (_, request) => request.settle.refused(),
  'settle as timed out': (_, request) => request.settle.timedOut(request),
  'settle as cancelled': (_, request) => request.settle.cancelled(request),
  'settle as not sent, connection lost': (_, request) => request.settle.connectionLost(request, false),
  'settle as outcome unknown, connection lost': (_, request) => request.settle.connectionLost(request, true),
  'settle as session closed': (_, request) => request.settle.sessionClosed(request),
  'drop the late answer': (pending, request) => pending.effects.lateAnswerDropped(request),
  'reset the connection': (pending, request) => pending.effects.lineOverdue(request),
};

const INITIAL: State = deriveTable<EventType, Action>(pendingRequestMachine, ACTIONS);
/** The state whose members keep a line from trusting the next answer. */
const GHOST = stateNamed('ghost');

function stateNamed(name: string): State {
  const reached = new Set<State>([INITIAL]);
  for (const state of reached) {
    if (state.name === name) return state;
    for (const step of [...Object.values(state.on), state.after])
      if (step !== undefined) reached.add(step.target);
  }
  throw new Error(`expected a state ${name} in the machine of a pending request, got none`);
}

/** The actor that holds pending requests, as they see it. */
interface PendingRequestsRef {
  readonly system: object;
  send(event: PendingRequestsEvent): void;
}

/** What waits where nothing ever waited: a session that asks nothing has no collections of its own. */
const NONE = new Set<PendingRequest>();
const NO_LINES = new Map<MessageKey, Line>();

/** The context of the actor: the queue, the lines, and the one place where the state of a request changes. */
export class PendingRequests implements DeadlinesOwner<PendingRequest> {
  readonly #effectsOf: (system: object) => PendingEffects;
  readonly #self: PendingRequestsRef;
  /** What waits for a connection, trust or room, in the order in which it was made. */
  #queue = NONE;
  #lines = NO_LINES;
  #deadlines: Deadlines<PendingRequest> | null = null;
  #effects: PendingEffects | undefined;

  /** `effectsOf` is called with the first event: an actor is made before its session is complete. */
  constructor(effectsOf: (system: object) => PendingEffects, self: PendingRequestsRef) {
    this.#effectsOf = effectsOf;
    this.#self = self;
  }

  elapsed(request: PendingRequest): void {
    this.#self.send({ type: 'request.delayElapsed', request });
  }

  failed(error: unknown): void {
    this.effects.failed(error);
  }

  get counts(): PendingCounts {
    return this.effects.counts;
  }

  get effects(): PendingEffects {
    return (this.#effects ??= this.#effectsOf(this.#self.system));
  }

  /** The oldest, a ghost included, that waits for a message of these ids. */
  firstInLine(serviceId: number, dataId: number): PendingRequest | null {
    return this.#lines.get(messageKey(serviceId, dataId))?.first ?? null;
  }

  /** Why a request that was not written had to wait, for the text of its time-out; it has left its queue by then. */
  isBehindGhost(request: PendingRequest): boolean {
    return request.kind === 'request' && (this.#lines.get(keyOf(request))?.ghosts ?? 0) > 0;
  }

  /** Never throws: an actor that threw would take the word that the session is over with it, and all who wait for it. */
  handle(event: PendingRequestsEvent): void {
    try {
      this.#handle(event);
    } catch (error) {
      if ('request' in event && event.request instanceof PendingRequest)
        this.#step(event.request, 'session.closed');
      this.effects.failed(error);
    }
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
        return this.#release();
      default:
        return this.#tellAll(event.type);
    }
  }

  #handleOne(
    type: 'request.made' | 'request.cancelled' | 'request.delayElapsed',
    request: PendingRequest,
  ): void {
    if (type === 'request.cancelled') return this.#step(request, 'request.cancelled');
    if (type === 'request.delayElapsed') return this.#elapse(request);
    if (this.#lines === NO_LINES) {
      this.#queue = new Set();
      this.#lines = new Map();
    }
    this.#admit(request);
  }

  /** What inspectors see of the actor: how many, not what. */
  toJSON(): PendingCounts {
    return { ...this.counts };
  }

  #admit(request: PendingRequest): void {
    request.deadlineMs = this.effects.clock.now() + request.timeoutMs;
    this.#startTimer(request);
    if (request.kind === 'receive') {
      this.#enterLine(request);
      return this.#step(request, 'receive.started');
    }
    const admission = this.effects.admission(request);
    if (admission === 'never') return this.#step(request, 'message.refused');
    if (admission !== 'now') return this.#enqueue(request, this.#queue);
    if (this.#queue.size > 0) {
      // whatever was made earlier and can go by now goes first
      this.#enqueue(request, this.#queue);
      return this.#release();
    }
    this.#go(request);
  }

  /** Writes what can go, in the order in which it was made; passes over what needs trust. */
  #release(): void {
    for (const request of this.#queue) {
      const admission = this.effects.admission(request);
      if (admission === 'never') {
        this.#step(request, 'message.refused');
      } else if (admission === 'now') {
        this.#leaveQueue(request);
        if (!this.#go(request)) return;
      } else if (admission !== 'no trust') {
        return;
      }
    }
  }

  /** Writes a request, or lets it wait behind the ghosts of its line; false where the transport took nothing. */
  #go(request: PendingRequest): boolean {
    const line = request.kind === 'request' ? this.#lines.get(keyOf(request)) : undefined;
    if (line !== undefined && line.ghosts > 0) {
      this.#enqueue(request, line.haunted);
      return true;
    }
    const { message, payload } = request;
    if (message === null || payload === null) throw new Error('expected a payload to write, got none');
    let isTaken = false;
    try {
      isTaken = this.effects.write(message, payload);
    } finally {
      if (!isTaken) this.#enqueue(request, this.#queue); // also where it threw: the request must not get lost
    }
    if (!isTaken) return false;
    request.payload = null;
    if (request.kind === 'request') this.#enterLine(request);
    this.#step(request, request.kind === 'request' ? 'request.written' : 'message.written');
    return true;
  }

  #answer(message: Message<JsonValue>): void {
    const first = this.#lines.get(messageKey(message.serviceId, message.dataId))?.first;
    if (first == null) return;
    first.answer = message;
    this.#step(first, 'peer.answered');
    first.answer = null;
  }

  #elapse(request: PendingRequest): void {
    if (request.state.after !== undefined) this.#move(request, request.state.after);
  }

  #tellAll(type: 'link.closed' | 'connection.abandoned' | 'session.closed'): void {
    const all = [...this.#queue];
    for (const line of this.#lines.values()) {
      for (let request = line.first; request !== null; request = request.behind) all.push(request);
      all.push(...line.haunted);
    }
    for (const request of all) this.#step(request, type);
    if (type === 'session.closed') this.#deadlines?.clear();
  }

  #step(request: PendingRequest, type: EventType): void {
    const step = request.state.on[type];
    if (step !== undefined) this.#move(request, step);
  }

  /** The one place where a request changes its state: places and timers follow the state, then the actions run. */
  #move(request: PendingRequest, step: { target: State; actions: readonly Action[] }): void {
    const from = request.state;
    const to = step.target;
    request.state = to;
    const { line } = request;
    if (to === GHOST) this.#haunt(line);
    const hasOtherDelay = from.after?.delay !== to.after?.delay;
    if (hasOtherDelay) this.#stopTimer(request);
    if (to.isFinal) this.#leave(request);
    for (const action of step.actions) action(this, request);
    // after the actions: a clock that throws must not keep a request from being settled
    if (hasOtherDelay && request.state === to) this.#startTimer(request);
    if (from === GHOST && line !== null) this.#exorcise(line);
  }

  #haunt(line: Line | null): void {
    if (line !== null) line.ghosts++;
    this.counts.ghosts++;
  }

  /** A ghost has gone: what waited behind the last one goes now, before all that was made later. */
  #exorcise(line: Line): void {
    line.ghosts--;
    this.counts.ghosts--;
    if (line.ghosts > 0 || line.haunted.size === 0) return this.#dropEmptyLine(line);
    const waiting = [...line.haunted];
    const later = [...this.#queue];
    line.haunted.clear();
    this.#queue = new Set([...waiting, ...later]);
    for (const request of this.#queue) request.queue = this.#queue;
    this.#release();
    this.#dropEmptyLine(line);
  }

  #enterLine(request: PendingRequest): void {
    const key = keyOf(request);
    let line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, (line = new Line(key)));
    line.append(request);
    this.counts.inLine++;
  }

  #enqueue(request: PendingRequest, queue: Set<PendingRequest>): void {
    queue.add(request);
    request.queue = queue;
    this.counts.queued++;
    this.counts.queuedBytes += request.payload?.length ?? 0;
  }

  #leaveQueue(request: PendingRequest): void {
    if (request.queue === null) return;
    request.queue.delete(request);
    request.queue = null;
    this.counts.queued--;
    this.counts.queuedBytes -= request.payload?.length ?? 0;
  }

  #leave(request: PendingRequest): void {
    this.#leaveQueue(request);
    request.payload = null;
    const { line } = request;
    if (line === null) return;
    line.remove(request);
    this.counts.inLine--;
    this.#dropEmptyLine(line);
  }

  #dropEmptyLine(line: Line): void {
    if (line.first === null && line.haunted.size === 0 && this.#lines.get(line.key) === line)
      this.#lines.delete(line.key);
  }

  #startTimer(request: PendingRequest): void {
    const delay = request.state.after?.delay;
    if (delay === undefined) return;
    const { clock, lateAnswerGraceMs } = this.effects;
    this.#deadlines ??= new Deadlines(clock, this);
    if (delay === 'time left') this.#deadlines.start(request, request.timeoutMs, request.deadlineMs);
    else this.#deadlines.start(request, lateAnswerGraceMs, clock.now() + lateAnswerGraceMs);
  }

  #stopTimer(request: PendingRequest): void {
    this.#deadlines?.stop(request);
  }
}

function keyOf(request: PendingRequest): MessageKey {
  return messageKey(request.answerSid, request.dataId);
}

/**
 * Makes the logic of the actor that holds the pending requests.
 *
 * @param effectsOf finds the session of an actor system
 */
export function pendingRequestsLogic(effectsOf: (system: object) => PendingEffects): PendingRequestsLogic {
  return {
    getInitialSnapshot: ({ self }) => ({
      status: 'active',
      output: undefined,
      error: undefined,
      context: new PendingRequests(effectsOf, self),
    }),
    transition: (snapshot, event) => {
      const { context } = snapshot;
      if (context instanceof PendingRequests) context.handle(event);
      return snapshot;
    },
    getPersistedSnapshot: (snapshot) => snapshot,
  };
}
