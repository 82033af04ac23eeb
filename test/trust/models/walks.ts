/** The ways through a machine, found by `xstate/graph`: one to every edge, and, on demand, every one that visits no state twice. */

import type { ActorLogic } from 'xstate';
import { adjacencyMapToArray, getAdjacencyMap, getShortestPaths } from 'xstate/graph';
import { type MachineModel, type ModelState, type Stimulus, textOfValue } from './model.js';

/** A machine of one variant has fewer; one that has more is not bounded by what tells its states apart. */
const MAX_TRAVERSALS = 200_000;

/** One stimulus in one state. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** The state's name alone. */
  readonly value: string;
  readonly stimulus: Stimulus;
  /** Whether it can be caused in reality; no path leads over one that cannot. */
  readonly isPossible: boolean;
  /** What leads to the state from the beginning, shortest first. */
  readonly path: readonly Stimulus[];
}

/** What can be done to a machine. */
export interface Possibilities {
  /** Everything, in a state. */
  stimuliOf(state: ModelState): readonly Stimulus[];
  /** Whether something can be caused in reality, in a state. */
  isPossible(value: string, stimulus: Stimulus): boolean;
  /** What tells two contexts apart. */
  bounded(context: Readonly<Record<string, unknown>>): unknown;
}

/** All edges of a machine, each with a shortest way to it. */
export function edgesOf(model: MachineModel, { stimuliOf, isPossible, bounded }: Possibilities): Edge[] {
  const serialize = (state: ModelState): string => serializeState(state, bounded);
  const logic: ActorLogic<ModelState, Stimulus> = {
    transition: (state, stimulus) => model.apply(state, stimulus),
    getInitialSnapshot: () => ({ ...model.initial(), steps: [] }),
    getPersistedSnapshot: (state) => state,
  };
  const options = {
    events: (state: ModelState) =>
      stimuliOf(state).filter((stimulus) => isPossible(textOfValue(state.machine.value), stimulus)),
    serializeState: serialize,
    serializeEvent: (stimulus: Stimulus) => JSON.stringify(stimulus),
    limit: MAX_TRAVERSALS,
  };
  const paths = new Map<string, readonly Stimulus[]>();
  const states = new Map<string, ModelState>();
  for (const { state, steps } of getShortestPaths(logic, options)) {
    const from = serialize(state);
    states.set(from, state);
    // the first step is that of the beginning
    paths.set(
      from,
      steps.slice(1).map(({ event }) => event),
    );
  }
  const edge = (state: ModelState, stimulus: Stimulus, next: ModelState, isReal: boolean): Edge => {
    const [from, value] = [serialize(state), textOfValue(state.machine.value)];
    return { from, to: serialize(next), value, stimulus, isPossible: isReal, path: paths.get(from) ?? [] };
  };
  const impossible = [...states.values()].flatMap((state) =>
    stimuliOf(state)
      .filter((stimulus) => !isPossible(textOfValue(state.machine.value), stimulus))
      .map((stimulus) => edge(state, stimulus, state, false)),
  );
  const possible = adjacencyMapToArray(getAdjacencyMap(logic, options)).map(({ state, event, nextState }) =>
    edge(state, event, nextState, true),
  );
  return [...possible, ...impossible];
}

/** What tells two states apart: everything that decides what comes next, and no more. */
function serializeState(
  { machine, timers, isLinked, hasWaited, sinceOriginMs }: ModelState,
  bounded: Possibilities['bounded'],
): string {
  return JSON.stringify([
    textOfValue(machine.value),
    bounded(machine.context),
    timers.map(({ event, dueInMs }) => [event.type, dueInMs]),
    isLinked,
    hasWaited,
    sinceOriginMs,
  ]);
}

/** Paths that visit no state twice, up to a length and a number; the beginning of a longer one is left out. */
export function* simplePaths(
  edges: readonly Edge[],
  maxLength: number,
  maxPaths: number,
): Generator<Stimulus[]> {
  const [first] = edges;
  if (first === undefined) return;
  const byState = new Map<string, Edge[]>();
  for (const edge of edges) {
    if (!edge.isPossible) continue;
    const onward = byState.get(edge.from);
    if (onward === undefined) byState.set(edge.from, [edge]);
    else onward.push(edge);
  }
  let count = 0;
  for (const path of extend([], new Set([first.from]), first.from)) {
    if (count++ === maxPaths) return;
    yield path;
  }

  function* extend(path: Stimulus[], visited: Set<string>, at: string): Generator<Stimulus[]> {
    const isLongEnough = path.length === maxLength;
    const onward = isLongEnough ? [] : (byState.get(at) ?? []).filter(({ to }) => !visited.has(to));
    if (onward.length === 0 && path.length > 0) yield path;
    for (const { stimulus, to } of onward) yield* extend([...path, stimulus], new Set(visited).add(to), to);
  }
}
