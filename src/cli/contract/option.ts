/** The option `--contract`. */

import type { Command } from 'commander';
import type { Contract } from '../../contract/contract.js';

/** The option of {@link withContractOption}, as it was typed. */
export interface ContractOptions {
  readonly contract?: string;
}

/**
 * Adds `--contract`.
 *
 * @param command the command
 * @param help what the command does with it
 * @returns the same command
 */
export function withContractOption(command: Command, help: string): Command {
  return command.option('--contract <file>', help);
}

/**
 * The contract that the options name.
 *
 * @returns undefined where they name none
 * @throws (rejects) UsageError as `loadContract` does
 */
export async function contractOf({ contract }: ContractOptions): Promise<Contract | undefined> {
  if (contract === undefined) return undefined;
  // with what contracts are made of, which most runs do without
  const { loadContract } = await import('./file.js');
  return await loadContract(contract);
}
