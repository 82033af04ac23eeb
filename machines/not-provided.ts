/**
 * What stands in a machine for an effect that its runtime has to provide: doing nothing in silence would be a lie.
 *
 * @param name the action or delay that is missing
 * @throws Error that names it
 */
export function notProvided(name: string): never {
  throw new Error(`expected the action or delay "${name}" to be provided, got the machine's placeholder`);
}
