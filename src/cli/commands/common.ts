/** What all commands share: parts of their help, and how they stay open until Ctrl-C. */

import type { Io } from '../io.js';

/** The help of `--json`, which nearly every command has. */
export const JSON_HELP = 'print lines of JSON, for programs';

/**
 * The examples in the help of a command.
 *
 * @param lines the arguments, without the name of the program
 */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ socket-protocol ${line}`).join('\n')}`;
}

/**
 * Keeps something open until the person interrupts it, or it ends by itself; then closes it.
 *
 * @param opened what is kept open
 * @param ended resolves when it ends by itself
 */
export async function holdOpen(
  { interrupted }: Pick<Io, 'interrupted'>,
  opened: AsyncDisposable,
  ended: Promise<void> = new Promise(() => {}),
): Promise<void> {
  await using _ = opened;
  const stopped = new Promise<void>((resolve) => {
    if (interrupted.aborted) resolve();
    interrupted.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([stopped, ended]);
}
