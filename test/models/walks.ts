/** The walks that test/models drives: a shortest one for each transition, time-out, ignored event and state of a machine. */

import { AUTHENTICATION_PEER_EVENTS } from '../support/peer-events.js';
import {
  MachineModel,
  type ModelState,
  type Step,
  type Stimulus,
  textOfValue,
} from '../trust/models/model.js';
import { type Subject, stimuliOf, type Variant } from '../trust/models/variant.js';
import { type Edge, edgesOf } from '../trust/models/walks.js';

/** What is done to a session, one thing after the other, to drive one edge of a machine. */
export interface Walk {
  readonly variant: Variant;
  readonly model: MachineModel;
  readonly stimuli: readonly Stimulus[];
  /** How long it is left alone afterwards. */
  readonly restMs: number;
}

/** Every time-out and every grace is over, one after the other. */
const LONG_MS = 60_000;

/** Events that only a transport that breaks its law can cause: nobody promises what comes of them (but see B7). */
const LAWLESS: readonly LawlessEvents[] = [
  {
    // no payload comes without a link
    machine: 'session',
    states: ['disconnected', 'refused'],
    isOne: (type, variant) =>
      AUTHENTICATION_PEER_EVENTS.some((each) => each === type) ||
      (type === 'authentication.failed' && variant.startsWith('server')),
  },
  // a transport that reconnects when it is asked to opens no link during a pause
  {
    machine: 'connection',
    states: ['waitingToReconnect', 'refused', 'refusedForGood'],
    isOne: (type) => type === 'link.opened',
  },
  { machine: 'session', states: ['refused'], isOne: (type) => type === 'link.opened' },
  {
    // its machine does not tell a pause from an attempt
    machine: 'session',
    states: ['disconnected'],
    isOne: (type, variant) => type === 'link.opened' && variant.endsWith('comes back'),
  },
  // no callback comes after a transport was closed
  {
    machine: 'connection',
    states: ['closed'],
    isOne: (type) => !/^connection\.(re)?(connect|close)$/.test(type),
  },
  {
    machine: 'session',
    states: ['closed'],
    isOne: (type) => !/^session\.(authenticate|reconnect|close)$/.test(type),
  },
  {
    machine: 'pending request',
    states: ['sessionClosed', 'forgotten'],
    isOne: (type) => /^(link|peer|connection)\.|\.written$/.test(type),
  },
];

interface LawlessEvents {
  readonly machine: string;
  readonly states: readonly string[];
  isOne(type: string, variant: string): boolean;
}

/** All walks of a machine by the name of what they drive: `connection: connecting on link.opened -> connected`. */
export async function walksOf(subject: Subject): Promise<Map<string, Walk[]>> {
  const walks = new Map<string, Walk[]>();
  for (const variant of subject.variants) {
    for (const { name, walk } of await walksOfVariant(subject, variant)) {
      const known = walks.get(name);
      if (known === undefined) walks.set(name, [walk]);
      else known.push(walk);
    }
  }
  return walks;
}

interface NamedWalk {
  readonly name: string;
  readonly walk: Walk;
}

/** A walk over an edge, and what the machine remembers before it. */
interface EdgeWalk extends NamedWalk {
  /** The same for all edges that take the same transitions for the same reason. */
  readonly key: string;
  readonly context: string;
}

/**
 * Of all walks over the same transition the first, which is a shortest one, and the last before which the machine
 * remembers something else: that one has the most behind it.
 */
async function walksOfVariant(subject: Subject, variant: Variant): Promise<NamedWalk[]> {
  const model = await modelOf(subject, variant);
  const stateBefore = rememberedStates(model);
  const alone = new Map<string, NamedWalk>();
  const first = new Map<string, EdgeWalk>();
  const last = new Map<string, EdgeWalk>();
  for (const edge of possibleEdges(subject, variant, model)) {
    const name = `${subject.name}: ${edge.value}, left alone`;
    if (!alone.has(name))
      alone.set(name, { name, walk: { variant, model, stimuli: edge.path, restMs: LONG_MS } });
    const over = walkOver(subject, variant, model, edge, stateBefore(edge));
    const known = first.get(over.key);
    if (known === undefined) first.set(over.key, over);
    else if (known.context !== over.context) last.set(over.key, over);
  }
  return [...alone.values(), ...first.values(), ...last.values()];
}

function walkOver(
  subject: Subject,
  variant: Variant,
  model: MachineModel,
  { path, stimulus }: Edge,
  before: ModelState,
): EdgeWalk {
  const { steps } = model.apply(before, stimulus);
  const name = nameOf(subject, before, stimulus, steps[0]);
  return {
    name,
    walk: { variant, model, stimuli: [...path, stimulus], restMs: 0 },
    key: JSON.stringify([name, stimulus, steps.map(({ taken }) => taken)]),
    context: JSON.stringify(before.machine.context),
  };
}

/** Finds the state in which an edge begins. */
function rememberedStates(model: MachineModel): (edge: Edge) => ModelState {
  const states = new Map<string, ModelState>();
  return ({ from, path }) => {
    const known = states.get(from);
    if (known !== undefined) return known;
    const state = path.reduce((at, stimulus) => model.apply(at, stimulus), model.initial());
    states.set(from, state);
    return state;
  };
}

/** The model of a machine, with the input that the machine of a real session has. */
async function modelOf(subject: Subject, variant: Variant): Promise<MachineModel> {
  const { bench } = await variant.open();
  const input = bench.watcher.inputOf(variant.actorId);
  await bench.close();
  return new MachineModel(subject.machine, variant.fields(input));
}

/** The edges that can be caused, each with a path over such edges alone. */
function possibleEdges(subject: Subject, variant: Variant, model: MachineModel): Edge[] {
  const isPossible = (value: string, stimulus: Stimulus): boolean =>
    stimulus.type !== 'event' || !isImpossible(subject, variant, value, stimulus.event.type);
  const edges = edgesOf(model, {
    // that time passes in which nothing is due is part of every walk: nothing may be seen before its moment
    stimuliOf: (state) =>
      stimuliOf(variant, state, model.nextTimerMs(state)).filter(({ type }) => type !== 'wait'),
    isPossible,
    bounded: subject.bounded ?? ((context) => context),
  });
  return edges.filter((edge) => edge.isPossible);
}

function isImpossible(subject: Subject, variant: Variant, value: string, type: string): boolean {
  const isUnreachable = subject.unreachable.some(
    ({ variants, states, events }) =>
      (variants?.includes(variant.name) ?? true) &&
      (states?.includes(value) ?? true) &&
      events.includes(type),
  );
  return (
    isUnreachable ||
    LAWLESS.some(
      ({ machine, states, isOne }) =>
        machine === subject.name && states.includes(value) && isOne(type, variant.name),
    )
  );
}

/** The ids of all transitions that a walk takes. */
export function transitionsOf({ model, stimuli }: Walk): string[] {
  let state = model.initial();
  const taken = state.steps.flatMap((step) => step.taken);
  for (const stimulus of stimuli) {
    state = model.apply(state, stimulus);
    taken.push(...state.steps.flatMap((step) => step.taken));
  }
  return taken;
}

/** What an edge is called: the state, what happens in it, and where it leads. */
function nameOf(subject: Subject, before: ModelState, stimulus: Stimulus, step: Step | undefined): string {
  const from = textOfValue(before.machine.value);
  const cause = step === undefined ? textOfEvent(stimulus) : causeOf(step.event.type);
  const isIgnored = step === undefined || step.taken.length === 0;
  return `${subject.name}: ${from} ${cause} -> ${isIgnored ? '(ignored)' : step.to}`;
}

function textOfEvent(stimulus: Stimulus): string {
  return stimulus.type === 'event' ? `on ${stimulus.event.type}` : 'after some time';
}

/** `xstate.after.reconnect delay.connection.waitingToReconnect` is `after reconnect delay`. */
function causeOf(type: string): string {
  const [, delay] = /^xstate\.after\.([^.]+)\./.exec(type) ?? [];
  return delay === undefined ? `on ${type}` : `after ${delay}`;
}
