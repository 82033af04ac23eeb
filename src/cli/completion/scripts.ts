/**
 * Makes completion scripts from the commands of the program, so that no option can be missing. The scripts hold all
 * they need: pressing Tab starts no program, and runs nothing that was typed.
 */

import type { Argument, Command, Option } from 'commander';
import { bashScript } from './bash.js';
import type { CompletableOption, CompletableValue } from './completable.js';
import { fishScript } from './fish.js';
import { zshScript } from './zsh.js';

/** The shells that there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/**
 * Makes the script of a shell.
 *
 * @param shell the shell
 * @param program the program, with all its commands
 */
export function completionScript(shell: (typeof SHELLS)[number], program: Command): string {
  const script = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell];
  return script({
    name: program.name(),
    options: optionsOf(program),
    commands: program.commands.map((command) => ({
      name: command.name(),
      description: command.description(),
      options: optionsOf(command),
      positions: command.registeredArguments.map((argument) => fillableOf(argument, argument.name())),
    })),
  });
}

function optionsOf(command: Command): CompletableOption[] {
  const visible = command.createHelp().visibleOptions(command);
  return visible.map((option) => ({
    flag: option.long ?? option.flags,
    description: option.description,
    value: option.required || option.optional ? fillableOf(option, placeholderOf(option)) : null,
  }));
}

/** The name of the value of an option in the help: `file` in `--record <file>`. */
function placeholderOf(option: Option): string {
  return /[<[](.+)[>\]]/.exec(option.flags)?.[1] ?? option.name();
}

/** Values with these names are files. */
const FILES = new Set(['file', 'recording', 'path', 'folder']);

function fillableOf({ argChoices }: Pick<Argument | Option, 'argChoices'>, name: string): CompletableValue {
  return { name, values: argChoices ?? (FILES.has(name) ? 'files' : 'unknown') };
}
