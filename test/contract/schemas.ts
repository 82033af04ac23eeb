/** Schemas that a test is in command of. */

import type { StandardSchema } from '../../src/index.js';

/** A schema that does what its `validate` does. */
export function schemaOf<Input = unknown, Output = Input>(
  validate: (value: unknown) => unknown,
): StandardSchema<Input, Output> {
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

/** Takes numbers. */
export const number = schemaOf<number>((value) =>
  typeof value === 'number' ? { value } : { issues: [{ message: `${value} is no number` }] },
);

/** A schema whose verdicts come when the test says so. */
export class SlowSchema {
  readonly schema = schemaOf<number>((value) => {
    const { promise, resolve } = deferred();
    this.#pending.push((issues) => resolve(issues === undefined ? { value } : { issues }));
    return promise;
  });
  readonly #pending: ((issues?: readonly unknown[]) => void)[] = [];

  get pending(): number {
    return this.#pending.length;
  }

  /** Accepts the value that has waited longest. */
  accept(): void {
    this.#pending.shift()?.();
  }

  /** Refuses it. */
  refuse(): void {
    this.#pending.shift()?.([{ message: 'wrong' }]);
  }
}

function deferred(): { promise: Promise<unknown>; resolve: (value: unknown) => void } {
  let resolve: (value: unknown) => void = () => {};
  const promise = new Promise<unknown>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
