/** Loads the contract of `--contract FILE`: a module of the user, which may import another copy of this package. */

import { statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Contract, isContract } from '../../contract/contract.js';
import { messageOf, oneLine, UsageError } from '../errors.js';
import { fileFault } from '../files.js';

/** Modules that a Node must strip of types, which not every one can. */
const TYPED = new Set(['.ts', '.mts', '.cts']);

/**
 * Loads a module, and finds the contract in it: its default export, or the only contract among its exports.
 *
 * @param file a path
 * @throws (rejects) UsageError for a file that is missing, fails to load, or exports no contract or several
 */
export async function loadContract(file: string): Promise<Contract> {
  const name = `The contract file ${JSON.stringify(file)}`;
  assertFile(file);
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (TYPED.has(extname(file)) && (error as NodeJS.ErrnoException)?.code === 'ERR_UNKNOWN_FILE_EXTENSION')
      throw new UsageError(
        `${name} is TypeScript, which Node.js ${process.version} cannot read; compile it, or use 22.18 or later`,
      );
    throw new UsageError(`${name} could not be loaded: ${oneLine(messageOf(error))}`);
  }
  return contractIn(module, name);
}

function assertFile(file: string): void {
  try {
    if (statSync(file).isFile()) return;
  } catch (error) {
    throw new UsageError(`Could not read ${JSON.stringify(file)} (--contract): ${fileFault(error)}`);
  }
  throw new UsageError(`Could not read ${JSON.stringify(file)} (--contract): it is no file`);
}

function contractIn(module: Readonly<Record<string, unknown>>, name: string): Contract {
  const { default: chosen, ...others } = module;
  if (isContract(chosen)) return chosen;
  // a module of CommonJS has its exports there as well
  const values = { ...others, ...(typeof chosen === 'object' ? chosen : {}) };
  const found = Object.entries(values).filter(([, value]) => isContract(value));
  const contracts = new Set(found.map(([, value]) => value as Contract));
  const [only] = contracts;
  if (only === undefined)
    throw new UsageError(`${name} exports no contract; export default contract({ … }) does`);
  if (contracts.size === 1) return only;
  const names = found.map(([each]) => each).join(', ');
  throw new UsageError(`${name} exports several contracts (${names}); make one of them the default export`);
}
