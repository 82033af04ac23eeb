/** What was driven of a machine, and what is missing: a transition without a drive is a failure, and so is a wrong excuse. */

import type { AnyStateMachine } from 'xstate';
import type { Step } from './model.js';
import { allTransitions, eventTypes } from './transitions.js';
import type { Subject, Unreachable, Variant } from './variant.js';

/** The books of one machine, over all its variants. */
export class Coverage {
  /** Edges that were driven, and those that the table says nobody can drive, which were tried. */
  driven = 0;
  tried = 0;
  readonly #subject: Subject;
  readonly #taken = new Set<string>();
  readonly #observed = new Set<string>();
  readonly #excused = new Map<Unreachable, string[]>();

  constructor(subject: Subject) {
    this.#subject = subject;
    for (const entry of subject.unreachable) this.#excused.set(entry, []);
  }

  /** An event was processed in a state. */
  observed(variant: string, state: string, type: string): void {
    this.#observed.add(cellOf(variant, state, type));
  }

  stepped(steps: readonly Step[]): void {
    for (const { taken } of steps) for (const id of taken) this.#taken.add(id);
  }

  /** Whether the table says that an event cannot be caused in a state; the entry is used by that. */
  isUnreachable(variant: Variant, state: string, type: string): boolean {
    const entries = this.#subject.unreachable.filter(
      ({ variants, states, events }) =>
        (variants?.includes(variant.name) ?? true) &&
        (states?.includes(state) ?? true) &&
        events.includes(type),
    );
    for (const entry of entries) this.#excused.get(entry)?.push(cellOf(variant.name, state, type));
    return entries.length > 0;
  }

  /** How many of the transitions that are written in the machine were taken, of how many that can be. */
  transitions(): { taken: number; all: number } {
    const untakable = Object.keys(this.#subject.untakable ?? {});
    const all = allTransitions(this.#subject.machine).filter((id) => !untakable.includes(id));
    return { taken: all.filter((id) => this.#taken.has(id)).length, all: all.length };
  }

  /** What is missing, and what is said to be impossible and is not, or no longer there. */
  failures(): string[] {
    const { machine, untakable = {}, variants, name } = this.#subject;
    const sampled = new Set(variants.flatMap(({ samples }) => samples.map(({ type }) => type)));
    const lines = [
      ...allTransitions(machine)
        .filter((id) => !this.#taken.has(id) && !(id in untakable))
        .map((id) => `no walk takes ${id}`),
      ...eventTypes(machine)
        .filter((type) => !sampled.has(type) && !isOwnTimer(machine, type))
        .map((type) => `${type} has no translation to reality`),
      ...Object.keys(untakable)
        .filter((id) => !allTransitions(machine).includes(id) || this.#taken.has(id))
        .map((id) => `the table says that ${id} cannot be taken, and it was taken or is not there`),
      ...this.#wrongExcuses(),
    ];
    return lines.map((line) => `${name}: ${line}`);
  }

  #wrongExcuses(): string[] {
    return [...this.#excused].flatMap(([{ events, reason, comesWithAnother }, cells]) => {
      const seen = [...new Set(cells)].filter((cell) => this.#observed.has(cell));
      if (cells.length === 0)
        return [`an entry of the table fits nothing any more: ${events.join(', ')} (${reason})`];
      if (comesWithAnother)
        return seen.length > 0 ? [] : [`no walk has seen in any company: ${cells[0]} (${reason})`];
      return seen.map((cell) => `the table says that this cannot be caused, and it was: ${cell} (${reason})`);
    });
  }
}

function cellOf(variant: string, state: string, type: string): string {
  return `${variant} in ${state} hears ${type}`;
}

/** Whether a machine raises an event itself, after a delay: it comes with time. */
function isOwnTimer(machine: AnyStateMachine, type: string): boolean {
  return Object.values(machine.implementations.actions).some((action) => {
    const { type: kind, event } = action as { type?: unknown; event?: { type?: unknown } };
    return kind === 'xstate.raise' && event?.type === type;
  });
}
