/** One of the two sides that are compared: an actor of a machine, and everything that can be seen of it. */

import {
  Actor,
  type AnyActorLogic,
  type AnyActorRef,
  type AnyStateMachine,
  createActor,
  type EventObject,
  type InspectionEvent,
} from 'xstate';
import type { lightActor } from '../../../src/session/light/light-logic.js';
import { idOf } from '../../trust/models/transitions.js';
import { listener, Recorder, recorded, recordInto } from './recorder.js';

/** What is done to both sides. */
export type Act =
  | { readonly type: 'event'; readonly to: string; readonly event: EventObject }
  /** The next timer fires. */
  | { readonly type: 'time' }
  /** After so many calls, an action, a guard or a delay throws. */
  | { readonly type: 'failure'; readonly after: number }
  /** The next effect sends its own actor an event. */
  | { readonly type: 'echo'; readonly event: EventObject }
  | { readonly type: 'stop' };

/** Who runs a machine. */
export type Run = (machine: AnyStateMachine) => AnyActorLogic;

interface Shown {
  readonly status: string;
  readonly value?: unknown;
  readonly context?: unknown;
  readonly output?: unknown;
  readonly error?: unknown;
  readonly children?: Readonly<Record<string, AnyActorRef>>;
  can?(event: EventObject): boolean;
  matches?(value: unknown): boolean;
  hasTag?(tag: string): boolean;
}

/** How a side is made. */
export interface SideOptions {
  /** The actor above; null: none. */
  readonly parentId: string | null;
  /** Events of which the last snapshot is asked whether they would do anything. */
  readonly types: readonly string[];
  /** How many calls go well while it is being made; null: all. */
  readonly failsAfter: number | null;
  /** Whether the transitions that XState takes are noted. */
  readonly isWatched: boolean;
  /** Makes a light actor, in place of XState's; for one that has none above it. */
  readonly lightActor?: typeof lightActor;
}

/** An actor that is run by XState, or by what is to be the same. */
export class Side {
  readonly recorder = new Recorder();
  /** The transitions that XState has taken. */
  readonly taken = new Set<string>();
  readonly #actor: AnyActorRef;
  readonly #top: AnyActorRef;
  readonly #types: readonly string[];
  #last: unknown;

  constructor(machine: AnyStateMachine, input: unknown, run: Run, options: SideOptions) {
    const { parentId, types, failsAfter, isWatched, lightActor } = options;
    const { recorder } = this;
    this.#types = types;
    recorder.callsLeft = failsAfter;
    recordInto(recorder);
    const inspect = (event: InspectionEvent): void => {
      if (event.type === '@xstate.microstep')
        for (const each of event._transitions) this.taken.add(idOf(each));
    };
    const common = { id: machine.id, input, clock: recorder, ...(isWatched ? { inspect } : {}) };
    if (lightActor === undefined)
      [this.#top, this.#actor] = this.#actorsOf(run(recorded(machine)), common, parentId);
    else this.#top = this.#actor = this.#lightActorOf(recorded(machine), input, lightActor);
    recorder.write('starts');
    this.#actor.start();
  }

  #actorsOf(logic: AnyActorLogic, common: object, parentId: string | null): [AnyActorRef, AnyActorRef] {
    const { recorder } = this;
    const parent =
      parentId === null ? null : createActor(listener, { ...common, id: parentId } as never).start();
    const actor = createActor(logic, { ...common, ...(parent === null ? {} : { parent }) } as never);
    actor.on('*', (event) => recorder.write(`emits ${JSON.stringify(event)}`));
    actor.subscribe({
      next: (snapshot) => recorder.write(`next ${this.#shown(snapshot as Shown)}`),
      error: (error) => recorder.write(`error ${String(error)}`),
      complete: () => recorder.write('complete'),
    });
    return [(parent ?? actor) as AnyActorRef, actor as AnyActorRef];
  }

  #lightActorOf(machine: AnyStateMachine, input: unknown, make: typeof lightActor): AnyActorRef {
    const { recorder } = this;
    const owner = {
      moved: () => {},
      announced: (event: EventObject) => recorder.write(`emits ${JSON.stringify(event)}`),
      stepped: () => recorder.write(`next ${this.#shown(this.#actor.getSnapshot() as Shown)}`),
      crashed: (error: unknown) => recorder.write(`error ${String(error)}`),
    };
    return make(machine, { id: machine.id, input, clock: recorder, owner }) as unknown as AnyActorRef;
  }

  /** Does something, and returns what could be seen of it. */
  do(act: Act): string[] {
    const { recorder } = this;
    recordInto(recorder);
    if (act.type === 'event') this.#receiver(act.to)?.send(act.event);
    else if (act.type === 'time') recorder.passToNextTimer();
    else if (act.type === 'failure') recorder.callsLeft = act.after;
    else if (act.type === 'echo') recorder.sentByNextEffect = act.event;
    else stop(this.#top);
    return this.look();
  }

  /** What could be seen since the last look, and where the actor stands. */
  look(): string[] {
    const snapshot = this.#actor.getSnapshot();
    const isSame = snapshot === this.#last;
    this.#last = snapshot;
    const lines = this.recorder.lines.splice(0);
    return [...lines, this.#shown(snapshot), `the same snapshot: ${isSame}`, this.#timers()];
  }

  #receiver(id: string): AnyActorRef | undefined {
    const children = (this.#actor.getSnapshot() as Shown).children ?? {};
    return id === '' ? this.#actor : children[id];
  }

  #shown(snapshot: Shown): string {
    const { status, value, context, output, error, children = {} } = snapshot;
    const below = Object.entries(children).map(
      ([id, child]) => `${id} ${this.#shown(child.getSnapshot() as Shown)}`,
    );
    const failure = error === undefined ? '' : ` (${String(error)})`;
    return `${status}${failure} ${JSON.stringify([value ?? null, context ?? null, output ?? null])} [${below.join('; ')}]`;
  }

  /** What the snapshot answers; that of an actor in error answers nothing. */
  ask(): string[] {
    const snapshot = this.#actor.getSnapshot() as Shown;
    if (snapshot.status === 'error') return [];
    recordInto(this.recorder);
    this.recorder.callsLeft = null;
    const can = this.#types.filter((type) =>
      snapshot.can?.({ type, reason: 'peer-closed', name: null } as EventObject),
    );
    const matches = [...this.#types, 'connected', { connected: 'trusted' }].filter((value) =>
      snapshot.matches?.(value),
    );
    return [
      // the guards that were asked
      ...this.recorder.lines.splice(0),
      `can ${can.join()}`,
      `matches ${JSON.stringify(matches)}`,
      `has a tag: ${snapshot.hasTag?.('any')}`,
      JSON.stringify(snapshot),
      JSON.stringify(this.#actor.getPersistedSnapshot()),
    ];
  }

  #timers(): string {
    // a light system shows none: those of the clock say the same
    if (!(this.#actor instanceof Actor)) return 'timers: ';
    const { _scheduledEvents } = this.#actor.system.getSnapshot();
    const timers = Object.values(_scheduledEvents).map(
      ({ id, delay, source, target, event }) =>
        `${source.id} to ${target.id}: ${event.type} as ${id} in ${delay} ms`,
    );
    return `timers: ${timers.join(', ')}`;
  }
}

function stop(actor: AnyActorRef): void {
  if (actor instanceof Actor) actor.stop();
  else (actor as unknown as { _stop(): void })._stop();
}
