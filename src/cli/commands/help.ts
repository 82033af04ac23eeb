/** `help`: how a command is used. */

import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { examples } from './common.js';

/** Adds the command to the program, in place of Commander's own, which accepts commands that do not exist. */
export function add(program: Command): void {
  program
    .command('help')
    .description('show how a command is used')
    .argument('[command]', 'the command')
    .addHelpText('after', examples('help', 'help proxy'))
    .action((name: string | undefined) => {
      const command = name === undefined ? program : program.commands.find((each) => each.name() === name);
      if (command === undefined)
        throw new UsageError(`Unknown command ${JSON.stringify(name)}; see socket-protocol help`);
      command.outputHelp();
    });
}
