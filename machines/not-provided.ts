/**
 * Placeholders for the effects that the runtime of a machine has to provide.
 *
 * In a viewer, a machine runs with its placeholders: they do nothing and warn once each. The library itself refuses to run a
 * machine that still has one (`assertProvided`).
 */

import type { AnyStateMachine } from 'xstate';

interface Placeholder {
  readonly placeholderOf: string;
}

const warned = new Set<string>();

function warnOnce(name: string): void {
  if (warned.has(name)) return;
  warned.add(name);
  globalThis.console?.warn(`"${name}" is not provided here: nothing happens`);
}

/**
 * A placeholder for an action.
 *
 * @param name the action, for the warning
 * @returns an action that does nothing and warns, once in a program
 */
export function notProvided<P>(name: string): ((args: unknown, params: P) => void) & Placeholder {
  return Object.assign((): void => warnOnce(name), { placeholderOf: name });
}

/**
 * A placeholder for a delay.
 *
 * @param name the delay, for the warning
 * @param delayMs how long it takes meanwhile, in milliseconds
 */
export function delayNotProvided(name: string, delayMs: number): (() => number) & Placeholder {
  const placeholder = (): number => {
    warnOnce(name);
    return delayMs;
  };
  return Object.assign(placeholder, { placeholderOf: name });
}

/**
 * Checks that a machine which is about to run has all its effects.
 *
 * @returns the machine
 * @throws Error that names the first action or delay that is still a placeholder
 */
export function assertProvided<M extends AnyStateMachine>(machine: M): M {
  const { actions, delays } = machine.implementations;
  for (const [name, implementation] of [...Object.entries(actions), ...Object.entries(delays)]) {
    if (typeof implementation === 'function' && 'placeholderOf' in implementation)
      throw new Error(`The machine ${machine.id} needs "${name}", which is not provided`);
  }
  return machine;
}
