/**
 * What the actors of a real session have gone through, seen by its public `inspect` option alone: which events each of
 * them has processed, and where that brought it.
 */

import type { InspectionEvent, Snapshot, StateValue } from 'xstate';
import type { InspectedEvent, InspectorObserver } from '../../../src/index.js';
import { type ModelEvent, textOfValue } from './model.js';

/** An event that a real actor has processed. */
export interface Processed {
  readonly event: ModelEvent;
  /** The actor's state afterwards; for an actor that is no machine: an empty text. */
  readonly value: string;
  readonly context: unknown;
}

interface SeenActor {
  readonly id: string;
  readonly options: { readonly input?: unknown };
}

/** An inspector of a session. */
export class Watcher implements InspectorObserver {
  readonly #processed = new Map<string, Processed[]>();
  readonly #inputs = new Map<string, unknown>();
  readonly #errors: string[] = [];
  /** Hears of every new actor. */
  onActor: (actorId: string) => void = () => {};
  /** Hears of every event that an actor has processed. */
  onProcessed: (actorId: string, processed: Processed) => void = () => {};

  next(inspected: InspectedEvent): void {
    const event = inspected as InspectionEvent;
    const actor = event.actorRef as unknown as SeenActor;
    if (event.type === '@xstate.actor') {
      this.#inputs.set(actor.id, actor.options.input);
      this.onActor(actor.id);
    } else if (event.type === '@xstate.snapshot') this.#saw(actor.id, event.event, event.snapshot);
  }

  /** What an actor was made with. */
  inputOf(actorId: string): unknown {
    return this.#inputs.get(actorId);
  }

  /** What an actor has processed since the last look. */
  processed(actorId: string): Processed[] {
    const processed = this.#processed.get(actorId) ?? [];
    this.#processed.set(actorId, []);
    return processed;
  }

  /** The actors that are in error; there must be none (I15). */
  get errors(): readonly string[] {
    return this.#errors;
  }

  #saw(actorId: string, event: ModelEvent, snapshot: Snapshot<unknown>): void {
    if (snapshot.status === 'error')
      this.#errors.push(`the actor ${actorId} is in error: ${String(snapshot.error)}`);
    if (event.type.startsWith('xstate.') && !event.type.startsWith('xstate.after.')) return;
    const { value, context } = snapshot as { value?: StateValue; context?: unknown };
    const processed = { event, value: value === undefined ? '' : textOfValue(value), context };
    const all = this.#processed.get(actorId);
    if (all === undefined) this.#processed.set(actorId, [processed]);
    else all.push(processed);
    this.onProcessed(actorId, processed);
  }
}
