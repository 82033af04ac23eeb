/** Shows the warnings of the library as a command line does; those of Node and of others stay as Node shows them. */

import { WARNINGS } from '../base/warnings.js';
import { type WarningIo, warn } from './output.js';

/** A warning as `process.emitWarning` gives it. */
export interface ProcessWarning {
  readonly message: string;
  readonly code?: string | undefined;
  readonly detail?: string | undefined;
}

/** Whether a warning is one of the library. */
export function isOurs({ code }: ProcessWarning): boolean {
  return code !== undefined && Object.hasOwn(WARNINGS, code);
}

/**
 * Prints a warning of the library.
 *
 * @param hasDetails whether people get what is below it, such as a stack
 */
export function showWarning(
  { message, code, detail }: ProcessWarning,
  io: WarningIo,
  hasDetails: boolean,
): void {
  warn(io, message, { code });
  if (hasDetails && detail !== undefined && io.isJson !== true) io.stderr(`${detail}\n`);
}

/** Warnings that `node --disable-warning=CODE` has switched off, for this process or by NODE_OPTIONS. */
function disabledIn({ execArgv, env }: Pick<NodeJS.Process, 'execArgv' | 'env'>): ReadonlySet<string> {
  const words = [...execArgv, ...(env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  return new Set(words.flatMap((word) => /^--disable-warning=(.+)$/.exec(word)?.[1] ?? []));
}

/**
 * Takes over the warnings of the library from Node. Where Node shows none (`--no-warnings`), neither does this.
 *
 * @param host the process
 * @param io where they are shown
 * @param hasDetails whether people get what is below a warning, such as a stack
 */
export function showWarnings(
  host: Pick<NodeJS.Process, 'listeners' | 'removeAllListeners' | 'on' | 'execArgv' | 'env'>,
  io: WarningIo,
  hasDetails: boolean,
): void {
  const nodes = host.listeners('warning');
  if (nodes.length === 0) return;
  const disabled = disabledIn(host);
  host.removeAllListeners('warning');
  host.on('warning', (warning: Error & ProcessWarning) => {
    if (!isOurs(warning)) for (const show of nodes) Reflect.apply(show, host, [warning]);
    else if (!disabled.has(warning.code ?? '') && !disabled.has(warning.name))
      showWarning(warning, io, hasDetails);
  });
}
