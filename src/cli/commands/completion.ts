/** `completion`: prints the completion script of a shell. */

import { Argument, type Command } from 'commander';
import { choiceParser } from '../arguments.js';
import { completionScript, SHELLS } from '../completion/scripts.js';
import type { Io } from '../io.js';
import { examples } from './common.js';

/** Adds the command to the program, whose other commands the script will complete. */
export function add(program: Command, io: Io): void {
  program
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS).argParser(choiceParser(SHELLS)))
    .addHelpText(
      'after',
      examples('completion bash >> ~/.bash_completion', 'completion zsh > ~/.zfunc/_socket-protocol'),
    )
    .action((shell: (typeof SHELLS)[number]) => io.stdout(completionScript(shell, program)));
}
