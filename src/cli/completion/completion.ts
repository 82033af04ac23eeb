/**
 * Completion scripts for shells, made from what the program understands: none can forget an option. The scripts know
 * everything themselves; pressing Tab starts no program, and runs nothing of what has been typed.
 */

import type { Argument, Command, Option } from 'commander';
import { bashScript } from './bash.js';
import { fishScript } from './fish.js';
import { zshScript } from './zsh.js';

/** The shells for which there is one. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** What a value may be: some words, the name of a file, or what no shell can know. */
export type Values = readonly string[] | 'files' | 'unknown';

/** An option. */
export interface CompletableOption {
  /** With its hyphens: `--port`. */
  readonly flag: string;
  readonly description: string;
  /** What stands after it; null: nothing does. */
  readonly value: CompletableValue | null;
}

/** What a person fills in: an argument, or the value of an option. */
export interface CompletableValue {
  /** What the help calls it. */
  readonly name: string;
  readonly values: Values;
}

/** A command. */
export interface Completable {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletableOption[];
  /** What its arguments may be, in their order. */
  readonly positions: readonly CompletableValue[];
}

/** What is completed. */
export interface CompletableProgram {
  readonly name: string;
  readonly options: readonly CompletableOption[];
  readonly commands: readonly Completable[];
}

/**
 * The script of a shell.
 *
 * @param shell which shell
 * @param program what is completed
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

/** What the help calls the value of an option: FILE in `--record <file>`. */
function placeholderOf(option: Option): string {
  return /[<[](.+)[>\]]/.exec(option.flags)?.[1] ?? option.name();
}

/** Values that are called so are files. */
const FILES = new Set(['file', 'recording']);

function fillableOf({ argChoices }: Pick<Argument | Option, 'argChoices'>, name: string): CompletableValue {
  return { name, values: argChoices ?? (FILES.has(name) ? 'files' : 'unknown') };
}
