/**
 * An actor that nobody inspects: what XState's own does with a logic, one event after the other, without what it holds for
 * those who look on. XState's takes 1.7 KiB at rest, and leaves another KiB of garbage among the old objects: Node makes
 * the shape of its options anew each time. This one takes 0.2 KiB.
 */

import {
  type AnyActorLogic,
  type AnyActorRef,
  type AnyActorScope,
  createActor,
  type EventObject,
  type Snapshot,
} from 'xstate';
import type { ChartState } from './chart.js';
import { type ActorOwner, LightSystem } from './system.js';

const STOP: EventObject = { type: 'xstate.stop' };

/** As XState numbers them: those who stop an actor look at it. */
const [NOT_STARTED, RUNNING, STOPPED] = [0, 1, 2];

/** What a light actor is made with. */
export interface LightActorOptions {
  readonly id: string;
  readonly system: LightSystem;
  /** Null: its owner hears what it does. */
  readonly parent: AnyActorRef | null;
  readonly input: unknown;
}

/** An actor, and the scope in which its logic runs. */
export class LightActor {
  readonly id: string;
  readonly system: LightSystem;
  readonly _parent: AnyActorRef | null;
  _processingStatus = NOT_STARTED;
  readonly #logic: AnyActorLogic;
  #snapshot: Snapshot<unknown>;
  /** Events wait until it has started, and while another is processed. */
  #isBusy = true;
  #waiting: EventObject[] | null = null;
  #deferred: (() => void)[] | null = null;

  constructor(logic: AnyActorLogic, { id, system, parent, input }: LightActorOptions) {
    this.id = id;
    this.system = system;
    this._parent = parent;
    this.#logic = logic;
    try {
      this.#snapshot = logic.getInitialSnapshot(this.#scope, input);
    } catch (error) {
      this.#snapshot = { status: 'error', output: undefined, error };
    }
  }

  getSnapshot(): Snapshot<unknown> {
    return this.#snapshot;
  }

  start(): void {
    if (this._processingStatus === RUNNING) return;
    this._processingStatus = RUNNING;
    const { status, error } = this.#snapshot;
    if (status === 'done') return this.#update(this.#snapshot);
    if (status === 'error') return this.#fail(error);
    try {
      this.#logic.start?.(this.#snapshot, this.#scope);
    } catch (thrown) {
      return this.#failWith(thrown);
    }
    this.#update(this.#snapshot);
    this.#processWaiting();
  }

  send(event: EventObject): void {
    this._send(event);
  }

  _send(event: EventObject): void {
    if (this._processingStatus === STOPPED) return;
    if (this.#isBusy) {
      if (this.#waiting === null) this.#waiting = [event];
      else this.#waiting.push(event);
      return;
    }
    this.#isBusy = true;
    this.#process(event);
    this.#processWaiting();
  }

  #processWaiting(): void {
    for (let event = this.#waiting?.shift(); event !== undefined; event = this.#waiting?.shift())
      this.#process(event);
    // an idle actor keeps no empty list
    this.#waiting = null;
    this.#isBusy = false;
  }

  #process(event: EventObject): void {
    let next: Snapshot<unknown>;
    try {
      next = this.#logic.transition(this.#snapshot, event, this.#scope);
    } catch (error) {
      return this.#failWith(error);
    }
    const { state } = next as Standing;
    if (state !== (this.#snapshot as Standing).state) this.system.owner.moved?.(this.id, state?.value, event);
    this.#update(next);
    if (event === STOP) this.#end();
  }

  /** A step is complete: what it sent to other actors leaves, and then the owner hears of the step. */
  #update(snapshot: Snapshot<unknown>): void {
    this.#snapshot = snapshot;
    // effects may defer others
    for (let at = 0; at < (this.#deferred?.length ?? 0); at++) {
      try {
        this.#deferred?.[at]?.();
      } catch (error) {
        this.#deferred = null;
        this.#snapshot = { ...snapshot, status: 'error', error } as Snapshot<unknown>;
      }
    }
    this.#deferred = null;
    const { status, output, error } = this.#snapshot;
    if (status === 'error') return this.#fail(error);
    if (status === 'active' || status === 'done') this.#owner?.stepped();
    if (status !== 'done') return;
    this.#end();
    this.#report({ type: `xstate.done.actor.${this.id}`, output, actorId: this.id });
  }

  #failWith(error: unknown): void {
    this.#snapshot = { ...this.#snapshot, status: 'error', error } as Snapshot<unknown>;
    this.#fail(error);
  }

  #fail(error: unknown): void {
    this.#end();
    this.#owner?.crashed(error);
    this.#report({ type: `xstate.error.actor.${this.id}`, error, actorId: this.id });
  }

  #report(report: LastReport): void {
    if (this._parent !== null) relayTo(this._parent, report);
  }

  /** Stops it, when what it does now is done. */
  _stop(): void {
    if (this._processingStatus === STOPPED) return;
    this.#waiting = null;
    if (this._processingStatus === NOT_STARTED) this._processingStatus = STOPPED;
    else this._send(STOP);
  }

  #end(): void {
    if (this._processingStatus !== RUNNING) return;
    this.system.cancelAll(this.#ref);
    this.#waiting = null;
    this._processingStatus = STOPPED;
  }

  get #owner(): ActorOwner | null {
    return this._parent === null ? this.system.owner : null;
  }

  get #ref(): AnyActorRef {
    return this as unknown as AnyActorRef;
  }

  // ── what its logic asks ──

  get #scope(): AnyActorScope {
    return this as unknown as AnyActorScope;
  }

  get self(): this {
    return this;
  }

  defer(effect: () => void): void {
    // a list that is made with its first member has room for that one, an empty one gets room for 17
    if (this.#deferred === null) this.#deferred = [effect];
    else this.#deferred.push(effect);
  }

  emit(event: EventObject): void {
    this.#owner?.announced(event);
  }

  stopChild(child: { _stop(): void }): void {
    child._stop();
  }
}

/** Where an actor stands that a chart rules; the logic of others has no states. */
type Standing = Snapshot<unknown> & { readonly state?: ChartState };

/** What XState tells a parent of the end. */
type LastReport = EventObject & { actorId: string; output?: unknown; error?: unknown };

function relayTo(actor: AnyActorRef, event: EventObject): void {
  (actor as unknown as LightActor)._send(event);
}

/** Makes an actor below another: as light as that one is. */
export function makeActor(
  logic: AnyActorLogic,
  { id, src, parent, input }: { id: string; src: unknown; parent: AnyActorRef; input: unknown },
): AnyActorRef {
  const { system } = parent;
  if (!(system instanceof LightSystem)) {
    const options: object = { id, src, parent, input, syncSnapshot: false };
    return createActor(logic, options) as AnyActorRef;
  }
  return new LightActor(logic, { id, system, parent, input }) as unknown as AnyActorRef;
}
