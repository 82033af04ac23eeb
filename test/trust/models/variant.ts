/** What has to be known to drive one machine in one role against a real session: samples, translations, expectations. */

import type { AnyStateMachine } from 'xstate';
import type { Bench, Effect } from './bench.js';
import type { Did, ModelEvent, ModelFields, ModelState, Sent, Step, Stimulus } from './model.js';
import type { Processed } from './watcher.js';

/** A real session that is about to be driven. */
export interface World {
  readonly bench: Bench;
  /** Causes an event in reality. The translation is one per type of event, whatever the path. */
  perform(event: ModelEvent, before: ModelState): Promise<void>;
  /** What the real machine has processed since the last look. */
  processed(): readonly Processed[];
  /** What the session let happen since the last look, as far as this machine decides about it. */
  effects(): readonly Effect[];
  /** What else must hold in a state; one line each for what does not. */
  check(state: ModelState): readonly string[];
}

/** What the effects of a machine look like from outside, by their names. */
export interface Expectations {
  readonly actions: Readonly<Record<string, (params: Did['params'], step: Step) => readonly Effect[]>>;
  /** What becomes of the events that it sends to others, by their types. */
  readonly sent?: Readonly<Record<string, (sent: Sent) => readonly Effect[]>>;
  /** The same for all that `sent` does not name. */
  readonly anySent?: (sent: Sent) => readonly Effect[];
  /** What can be seen of an event itself. */
  readonly event?: (step: Step) => readonly Effect[];
}

/** Events that cannot be caused from outside, and why. */
export interface Unreachable {
  /** The variants; left out: all. */
  readonly variants?: readonly string[];
  /** The states; left out: all. */
  readonly states?: readonly string[];
  readonly events: readonly string[];
  readonly reason: string;
  /** It is not caused alone, and yet comes in the wake of another event: then some walk must have seen it. */
  readonly comesWithAnother?: true;
}

/** A machine in one role, with one set of options. */
export interface Variant {
  readonly name: string;
  /** The id of the real actor. */
  readonly actorId: string;
  /** Whether the real machine hears nothing but what the model says; else it may hear more, which the model follows. */
  readonly isExact: boolean;
  readonly samples: readonly ModelEvent[];
  readonly expectations: Expectations;
  /** What the model is made of, from the input that the real actor had. */
  fields(input: unknown): ModelFields;
  open(): Promise<World>;
  /** A stretch of time in which nothing is due, tried once in each walk. */
  readonly waitMs?: number;
}

/** A machine and the variants in which it is driven. */
export interface Subject {
  readonly name: string;
  readonly machine: AnyStateMachine;
  readonly variants: readonly Variant[];
  readonly unreachable: readonly Unreachable[];
  /** Transitions that no variant can take, and why. */
  readonly untakable?: Readonly<Record<string, string>>;
  /** What tells two contexts apart, where a number in it grows without end and means nothing from some size on. */
  readonly bounded?: (context: Readonly<Record<string, unknown>>) => unknown;
}

/** Everything that can be done in a state. */
export function stimuliOf(variant: Variant, state: ModelState, nextTimerMs: number | undefined): Stimulus[] {
  const stimuli: Stimulus[] = variant.samples.map((event) => ({ type: 'event', event }));
  if (nextTimerMs !== undefined) stimuli.push({ type: 'time' });
  const { waitMs } = variant;
  if (waitMs !== undefined && !state.hasWaited && nextTimerMs !== undefined && nextTimerMs > waitMs)
    stimuli.push({ type: 'wait', ms: waitMs });
  return stimuli;
}

/** What the steps of a machine must look like from outside. */
export function expectedEffects(
  { actions, sent, anySent, event }: Expectations,
  steps: readonly Step[],
): Effect[] {
  return steps.flatMap((step) => [
    ...(event?.(step) ?? []),
    // a report is read before what the same step had done to the world comes back
    ...step.sent.flatMap((each) => {
      const expected = sent?.[each.event.type] ?? anySent;
      if (expected === undefined)
        throw new Error(`expected to know what becomes of ${each.event.type} to ${each.to}`);
      return expected(each);
    }),
    ...step.did.flatMap(({ name, params }) => {
      const expected = actions[name];
      if (expected === undefined) throw new Error(`expected to know what "${name}" looks like from outside`);
      return expected(params, step);
    }),
  ]);
}
