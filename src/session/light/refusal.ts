/** What a chart cannot hold is refused by name, when it is derived. */

/**
 * Refuses a machine.
 *
 * @param where the id of the state
 * @param what what it has and a chart cannot hold
 * @throws Error always
 */
export function refuse(where: string, what: string): never {
  throw new Error(`expected a machine that a chart can hold, got ${what} in ${where}`);
}
