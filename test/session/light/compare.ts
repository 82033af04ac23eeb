/** Does the same to XState and to what is to be the same, and finds the first difference. */

import fc from 'fast-check';
import type { AnyStateMachine } from 'xstate';
import type { lightActor } from '../../../src/session/light/light-logic.js';
import { MachineModel, type Stimulus } from '../../trust/models/model.js';
import { edgesOf } from '../../trust/models/walks.js';
import { type Act, type Run, Side } from './side.js';
import { bounded, eventsFor, type Subject, samplesFor, typesFor } from './subjects.js';

/** A machine that is made with something, and what is done to it then. */
export interface Story {
  readonly input: unknown;
  /** Whether an actor is above it. */
  readonly isChild: boolean;
  /** How many calls go well while it is being made; null: all. */
  readonly failsAfter: number | null;
  readonly acts: readonly Act[];
}

/** What came of a story. */
export interface Outcome {
  /** Empty: both sides showed the same. */
  readonly difference: string;
  /** The transitions that XState has taken. */
  readonly taken: ReadonlySet<string>;
}

/** Tells a story to both sides. */
export function tell(
  machine: AnyStateMachine,
  run: Run,
  { input, isChild, failsAfter, acts }: Story,
): Outcome {
  const options = { parentId: isChild ? 'parent' : null, types: typesFor(machine), failsAfter };
  const right = new Side(machine, input, (each) => each, { ...options, isWatched: true });
  const other = new Side(machine, input, run, { ...options, isWatched: false });
  let difference = differenceOf('the beginning', right.look(), other.look());
  for (const act of acts) {
    if (difference !== '') break;
    difference = differenceOf(JSON.stringify(act), right.do(act), other.do(act));
  }
  difference ||= differenceOf('all', right.ask(), other.ask());
  return { difference, taken: right.taken };
}

/** Tells a story to XState and to a light actor, whose owner does not hear that it is over. */
export function tellLightActor(
  machine: AnyStateMachine,
  makeLight: typeof lightActor,
  { input, failsAfter, acts }: Story,
): string {
  const options = { parentId: null, types: [], failsAfter, isWatched: false };
  const xstate: Run = (each) => each;
  const right = new Side(machine, input, xstate, options);
  const other = new Side(machine, input, xstate, { ...options, lightActor: makeLight });
  const heard = (lines: readonly string[]): string[] =>
    lines.filter((line) => !/^(?:complete$|timers: )/.test(line));
  let difference = differenceOf('the beginning', heard(right.look()), heard(other.look()));
  for (const act of acts) {
    if (difference !== '') break;
    difference = differenceOf(JSON.stringify(act), heard(right.do(act)), heard(other.do(act)));
  }
  return difference;
}

function differenceOf(what: string, right: readonly string[], other: readonly string[]): string {
  const at = right.findIndex((line, index) => line !== other[index]);
  if (at < 0 && right.length === other.length) return '';
  const index = at < 0 ? right.length : at;
  return `after ${what}: expected\n  ${right[index] ?? 'nothing more'}\ngot\n  ${other[index] ?? 'nothing more'}`;
}

/** Any story of a machine. */
export function storiesOf({ machine, inputs }: Subject): fc.Arbitrary<Story> {
  const event = eventsFor(machine);
  const to = fc.constantFrom('', '', '', 'connection', 'authentication', 'channelName', 'heartbeat', 'drain');
  const act: fc.Arbitrary<Act> = fc.oneof(
    { weight: 20, arbitrary: fc.record({ type: fc.constant('event' as const), to, event }) },
    { weight: 4, arbitrary: fc.constant({ type: 'time' } as const) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('failure' as const), after: fc.nat(8) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('echo' as const), event }) },
    { weight: 1, arbitrary: fc.constant({ type: 'stop' } as const) },
  );
  return fc.record({
    input: inputs,
    isChild: fc.boolean(),
    failsAfter: fc.option(fc.nat(6), { freq: 10 }),
    acts: fc.array(act, { maxLength: 40 }),
  });
}

/** A shortest story for each event in each state of a machine. */
export function* everyEdge({ machine, variants, further = [] }: Subject): Generator<Story> {
  const samples: Stimulus[] = samplesFor(machine).map((event) => ({ type: 'event', event }));
  for (const input of variants) {
    const delays = Object.fromEntries(
      Object.keys(machine.implementations.delays).map((name) => [name, () => 1_000 + name.length]),
    );
    const edges = edgesOf(new MachineModel(machine, { input, delays }), {
      stimuliOf: (state) => (state.timers.length === 0 ? samples : [...samples, { type: 'time' }]),
      isPossible: () => true,
      bounded,
    });
    for (const { path, stimulus } of edges)
      yield { input, isChild: true, failsAfter: null, acts: [...path, stimulus].map(actOf) };
  }
  const [input] = variants;
  for (const events of further)
    yield {
      input,
      isChild: true,
      failsAfter: null,
      acts: events.map((event) => actOf({ type: 'event', event })),
    };
}

function actOf(stimulus: Stimulus): Act {
  if (stimulus.type === 'wait') throw new Error('expected no time to pass in which nothing is due');
  return stimulus.type === 'time' ? stimulus : { type: 'event', to: '', event: stimulus.event };
}
