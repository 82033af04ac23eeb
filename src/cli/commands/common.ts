/** What all commands share: parts of their help, and how they stay open until Ctrl-C. */

import type { Io } from '../io.js';

/** The help of `--json`, which nearly every command has. */
export const JSON_HELP = 'print lines of JSON, for programs';

/** The help of `--python`, which commands have that print messages. */
export const PYTHON_HELP = "print data as Python's repr, as the original logs it";

/** The help of `--contract` where it only gives names. */
export const CONTRACT_NAMES_HELP =
  'a module (.js, .mjs, .ts) that exports a contract: shows its names for ids';

/**
 * The examples in the help of a command.
 *
 * @param lines the arguments, without the name of the program
 */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ socket-protocol ${line}`).join('\n')}`;
}

/**
 * Keeps something open until the person interrupts it; then closes it.
 *
 * @param opened what is kept open; it has no sessions
 */
export async function holdOpen(io: Pick<Io, 'interrupted'>, opened: AsyncDisposable): Promise<void> {
  await using _ = opened;
  await untilInterrupted(io);
}

/**
 * Resolves when the person interrupts the program, or something ends by itself.
 *
 * @param ended resolves when it does
 */
export async function untilInterrupted(
  { interrupted }: Pick<Io, 'interrupted'>,
  ended: Promise<void> = new Promise(() => {}),
): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    if (interrupted.aborted) resolve();
    interrupted.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([stopped, ended]);
}
