/**
 * Drives a real session along a path of its model, and compares both after each step: the state and the context of the
 * real machine, the bytes on the wire, and what the session announced.
 */

import type { Bench, Effect } from './bench.js';
import {
  type MachineModel,
  type ModelState,
  type Step,
  type Stimulus,
  textOfStimulus,
  textOfValue,
} from './model.js';
import { expectedEffects, type Variant, type World } from './variant.js';
import type { Processed } from './watcher.js';

/** A walk through a model: what is done, one after the other. */
export interface Walk {
  readonly stimuli: readonly Stimulus[];
  /** The last one cannot be caused, says the table: it is tried, and must not come to be. */
  readonly lastIsUnreachable: boolean;
}

/** Who keeps account of what walks go through. */
export interface Account {
  /** An event was processed in a state. */
  observed(variant: string, state: string, type: string): void;
  stepped(steps: readonly Step[]): void;
}

/** What a walk is carried out with. */
export interface Driver {
  readonly variant: Variant;
  readonly model: MachineModel;
  readonly coverage?: Account;
}

/** Carries a walk out; returns one line for each thing that differs from the model. */
export async function drive(driver: Driver, walk: Walk): Promise<string[]> {
  const { variant } = driver;
  const world = await variant.open();
  const done: string[] = [];
  const failures: string[] = [];
  try {
    for await (const difference of differencesOn(driver, world, walk, done)) failures.push(difference);
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
  }
  failures.push(...(await world.bench.close()));
  return failures.map((failure) => `${variant.name}: ${done.join(' → ')}: ${failure}`);
}

/** What differs on the way, until the first step that differs; `done` is what has been done by then. */
export async function* differencesOn(
  driver: Driver,
  world: World,
  { stimuli, lastIsUnreachable }: Walk,
  done: string[] = [],
): AsyncGenerator<string> {
  const { model } = driver;
  let state = model.initial();
  yield* compareOpening(driver, world, state);
  for (const [index, stimulus] of stimuli.entries()) {
    done.push(textOfStimulus(stimulus));
    const isLast = index === stimuli.length - 1;
    const { state: next, failures } = await takeStep(
      driver,
      world,
      state,
      stimulus,
      isLast && lastIsUnreachable,
    );
    yield* failures;
    const predicted = textOfValue(model.apply(state, stimulus).machine.value);
    const came = textOfValue(next.machine.value);
    if (!isLast && came !== predicted) yield `expected to come to ${predicted}, got to ${came}`;
    if (failures.length > 0) return;
    state = next;
  }
}

function compareOpening(driver: Driver, world: World, state: ModelState): string[] {
  const processed = world.processed();
  const types = state.steps.slice(1).map(({ event }) => event.type);
  const heard = processed.map(({ event }) => event.type);
  driver.coverage?.stepped(state.steps);
  return [
    ...differences('events of the beginning', types, heard),
    ...compareEffects(driver.variant, state, world.effects()),
    ...world.check(state),
  ];
}

interface Taken {
  readonly state: ModelState;
  readonly failures: readonly string[];
}

async function takeStep(
  driver: Driver,
  world: World,
  before: ModelState,
  stimulus: Stimulus,
  isUnreachable: boolean,
): Promise<Taken> {
  const { model, variant, coverage } = driver;
  const failures = await perform(world, model, before, stimulus);
  const processed = world.processed();
  let state: ModelState = { ...before, steps: [] };
  if (stimulus.type === 'wait') state = { ...model.pass(state, stimulus.ms), hasWaited: true };
  if (stimulus.type === 'time') state = model.pass(state, model.nextTimerMs(before) ?? 0);
  for (const each of processed) {
    coverage?.observed(variant.name, textOfValue(state.machine.value), each.event.type);
    state = model.step(state, each.event);
    failures.push(...compareStates(state, each));
  }
  coverage?.stepped(state.steps);
  // where it is unreachable, what came instead has been followed; that it did not come itself is what coverage finds out
  if (!isUnreachable) failures.push(...compareEvents(driver, before, stimulus, state, processed));
  failures.push(...compareEffects(variant, state, world.effects()), ...world.check(state));
  return { state, failures };
}

function compareEvents(
  { model, variant }: Driver,
  before: ModelState,
  stimulus: Stimulus,
  { steps }: ModelState,
  processed: readonly Processed[],
): string[] {
  const heard = processed.map(({ event }) => event.type);
  if (variant.isExact || stimulus.type !== 'event' || model.isOver(before)) {
    const expected = model.apply(before, stimulus).steps.map(({ event }) => event.type);
    return differences('events', expected, heard);
  }
  const { type } = stimulus.event;
  const from = textOfValue(before.machine.value);
  return steps.some((step) => step.from === from && step.event.type === type)
    ? []
    : [`expected ${type} to be heard in ${from}, got ${heard.join(', ') || 'nothing'}`];
}

/** Does to reality what a stimulus does to the model. A timer must fire at its moment, and not before. */
async function perform(
  world: World,
  model: MachineModel,
  before: ModelState,
  stimulus: Stimulus,
): Promise<string[]> {
  const { clock }: Bench = world.bench;
  switch (stimulus.type) {
    case 'event':
      await world.perform(stimulus.event, before);
      return [];
    case 'wait':
      await clock.advanceAsync(stimulus.ms);
      return [];
    case 'time': {
      const dueInMs = model.nextTimerMs(before) ?? 0;
      await clock.advanceAsync(dueInMs - 1);
      const early = world.processed().map(({ event }) => event.type);
      await clock.advanceAsync(1);
      return early.length === 0 ? [] : [`expected nothing before ${dueInMs} ms, got ${early.join(', ')}`];
    }
  }
}

function compareStates({ machine }: ModelState, { event, value, context }: Processed): string[] {
  return [
    ...differences(`state after ${event.type}`, textOfValue(machine.value), value),
    // an actor that is no machine has a context of its own kind
    ...(context === undefined ? [] : differences(`context after ${event.type}`, machine.context, context)),
  ];
}

function compareEffects(variant: Variant, { steps }: ModelState, seen: readonly Effect[]): string[] {
  let expected: Effect[];
  try {
    expected = expectedEffects(variant.expectations, steps);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  const channels = new Set([...expected, ...seen].map(({ channel }) => channel));
  return [...channels].flatMap((channel) =>
    differences(channel, textsOf(expected, channel), textsOf(seen, channel)),
  );
}

function textsOf(effects: readonly Effect[], channel: Effect['channel']): string[] {
  const texts = effects.filter((effect) => effect.channel === channel).map(({ text }) => text);
  // each of several receivers hears in order; who hears first is no promise
  return channel === 'sent' ? texts.sort(byReceiver) : texts;
}

function byReceiver(a: string, b: string): number {
  const [left = '', right = ''] = [a.split(' ')[0], b.split(' ')[0]];
  return left.localeCompare(right);
}

function differences(what: string, expected: unknown, got: unknown): string[] {
  const [a, b] = [JSON.stringify(expected), JSON.stringify(got)];
  return a === b ? [] : [`expected ${what} to be ${a}, got ${b}`];
}
