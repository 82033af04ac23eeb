/** A statechart as its story: states, and the events that lead from one to another. What else happens stands in the full one. */

import { allStates, type ChartState } from './chart.js';

/**
 * The chart without descriptions, guards and actions, and without what stays in a state. An arrow ends at the state that is
 * active afterwards.
 */
export function simpleOf(chart: ChartState): ChartState {
  const states = new Map(allStates(chart).map((state) => [state.path, state]));
  const innermost = (path: string): string => {
    const initial = states.get(path)?.initial ?? null;
    return initial === null ? path : innermost(initial);
  };
  const simple = (state: ChartState): ChartState => ({
    ...state,
    description: null,
    entry: [],
    exit: [],
    transitions: state.transitions.flatMap((transition) => {
      const { target } = transition;
      if (target === null || target === state.path) return [];
      return [{ ...transition, target: innermost(target), guard: null, turn: null, actions: [] }];
    }),
    states: state.states.map(simple),
  });
  return simple(chart);
}
