/**
 * Steps requests as actors: XState runs the `pending-request` machine for each, as a child of their holder, so that
 * inspectors see it. A request costs some twenty times as much as with the table.
 */

import { type AnyActorRef, type AnyActorScope, createActor, type EventObject } from 'xstate';
import { pendingRequestMachine } from '../../../machines/index.js';
import { assertProvided } from '../../../machines/not-provided.js';
import { patienceLeftMs } from '../../base/clock.js';
import { ACTIONS, run } from './actions.js';
import type { PendingRequest } from './pending-request.js';
import { relay } from './relay.js';
import { type RequestEventType, stateNamed } from './states.js';
import type { Stepper, SteppingHost } from './stepper.js';
import { TableStepper } from './table-stepper.js';

type AnyScope = Pick<AnyActorScope, 'id' | 'self' | 'system'>;

/** What the type of XState's event begins with when the delay of this name is over. */
const TIME_OVER = 'xstate.after.time left.';

/** The steppers, by the actors of their holders: the machine is made once, and finds a request by the actor that it runs in. */
const steppers = new WeakMap<object, ActorStepper>();

function stepperOf(actor: AnyActorRef): ActorStepper {
  const stepper = actor._parent === undefined ? undefined : steppers.get(actor._parent);
  if (stepper === undefined) throw new Error('this actor belongs to no holder of pending requests');
  return stepper;
}

const machine = assertProvided(
  pendingRequestMachine.provide({
    actions: Object.fromEntries(
      Object.entries(ACTIONS).map(([name, action]) => [
        name,
        ({ self }: { self: AnyActorRef }) => {
          const stepper = stepperOf(self);
          const request = stepper.requestOf(self.id);
          if (request !== undefined) run(action, stepper.host, request);
        },
      ]),
    ),
    delays: {
      'time left': ({ self }) => {
        const stepper = stepperOf(self);
        const { clock } = stepper.host;
        const dueMs = stepper.requestOf(self.id)?.dueMs ?? 0;
        clock.standstills?.heed(dueMs);
        // a timer may fire a fraction of a millisecond too early
        return Math.max(0, Math.ceil(dueMs - clock.now()));
      },
      'late answer grace': ({ self }) => stepperOf(self).host.lateAnswerGraceMs,
    },
  }),
);

/** The machine, with its holder hearing of each step before XState takes it. */
const logic: typeof machine = Object.create(machine, {
  transition: {
    value: ((snapshot, event, scope) => {
      if (stepperOf(scope.self).putOff(event, scope)) return snapshot;
      const target = machine.getTransitionData(snapshot, event)[0]?.target?.[0]?.key;
      const take = () => machine.transition(snapshot, event, scope);
      return target === undefined ? take() : stepperOf(scope.self).take(scope.id, target, take);
    }) satisfies (typeof machine)['transition'],
  },
});

/** Makes an actor for each request. Its id says what the request is; no actor, and no timer, outlives its request. */
export class ActorStepper implements Stepper {
  readonly host: SteppingHost;
  readonly #holder: AnyActorRef;
  readonly #actors = new Map<PendingRequest, AnyActorRef>();
  readonly #requests = new Map<string, PendingRequest>();
  /** Steps requests whose actor failed. */
  readonly #table: TableStepper;
  #made = 0;

  constructor(host: SteppingHost, holder: AnyActorRef) {
    this.host = host;
    this.#holder = holder;
    this.#table = new TableStepper(host);
    steppers.set(holder, this);
  }

  begin(request: PendingRequest): void {
    const id = `${request.kind} ${++this.#made}: ${this.host.nameOf(request)}`;
    // the first delay is asked for while the actor is being made
    this.#requests.set(id, request);
    const actor = createActor(logic, { id, parent: this.#holder });
    this.#actors.set(request, actor);
    actor.subscribe({ error: (error) => this.#actorFailed(id, request, error) });
    actor.start();
    const snapshot = actor.getSnapshot();
    if (snapshot.status === 'error') throw snapshot.error;
  }

  step(request: PendingRequest, type: RequestEventType): void {
    const actor = this.#actors.get(request);
    if (actor === undefined) this.#table.step(request, type);
    else relay(this.#holder, actor, { type });
  }

  elapse(request: PendingRequest): void {
    this.#table.elapse(request);
  }

  close(): void {
    this.#table.close();
  }

  // ── what the actors ask ──

  requestOf(id: string): PendingRequest | undefined {
    return this.#requests.get(id);
  }

  /** Extends a time-out during which the process stood still; false for any other event, and where the time is really over. */
  putOff(event: EventObject, { id, self, system }: AnyScope): boolean {
    const request = this.#requests.get(id);
    if (request === undefined || !event.type.startsWith(TIME_OVER)) return false;
    const { clock } = this.host;
    const leftMs = patienceLeftMs(clock, request.dueMs - request.timeoutMs, request.timeoutMs);
    if (leftMs < 1) return false;
    clock.standstills?.heed(clock.now() + leftMs);
    // by the name that the state cancels when it is left
    system.scheduler.schedule(self, self, event, leftMs, event.type);
    return true;
  }

  /** Takes a step of XState's: places follow before its actions run, as with the table. */
  take<S>(id: string, target: string, step: () => S): S {
    const request = this.#requests.get(id);
    if (request === undefined) return step();
    const state = stateNamed(target);
    const mayOthersGo = this.host.enter(request, state);
    // XState stops the actor; what comes from within its actions must not be sent to it any more
    if (state.isFinal) this.#actors.delete(request);
    const next = step();
    if (state.isFinal) this.#requests.delete(id);
    // not at once: what is written meanwhile may be answered before the holder has noted that it was written
    if (mayOthersGo) relay(this.#holder, this.#holder, { type: 'requests.release' });
    return next;
  }

  /** The clock threw in the middle of a step. */
  #actorFailed(id: string, request: PendingRequest, error: unknown): void {
    this.#actors.delete(request);
    this.#requests.delete(id);
    this.#table.step(request, 'session.closed');
    this.host.failed(error);
  }
}
