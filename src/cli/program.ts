/** The command line: what it understands, and what it exits with. */

import { readFileSync } from 'node:fs';
import { Argument, Command } from 'commander';
import { choiceParser, UsageError } from './arguments.js';
import { completionScript, SHELLS } from './completion/completion.js';
import { addDemo, addReplay, addServe } from './declarations/answering.js';
import { addBuiltInServices, addRequest, addShell } from './declarations/asking.js';
import { examples } from './declarations/common.js';
import { addDecode, addInspect, addMonitor, addProxy } from './declarations/looking-on.js';
import { exitCodeOf, oneLine } from './exit-code.js';
import { EXIT, type Io } from './io.js';

const SECRET_HELP = `
The secret comes from --secret-file or from the variable SOCKET_PROTOCOL_SECRET, never from an argument.

Exit codes: 0 fine, 1 the peer answered with another status, 2 usage, 3 no connection,
            4 authentication failed, 5 timeout, 130 interrupted before the answer`;

/**
 * Runs the program; all that it has opened is closed when it resolves. Never rejects.
 *
 * @param argv the arguments, without node and the script
 * @param io the world
 * @returns the exit code
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    await makeProgram(io).parseAsync([...argv], { from: 'user' });
    return EXIT.okay;
  } catch (error) {
    return exitCodeOf(error, io);
  }
}

/**
 * The program with all its commands.
 *
 * @param io the world in which they run
 */
export function makeProgram(io: Io): Command {
  const program = new Command('socket-protocol')
    .description('Talk to a peer over the socket protocol, or be one.')
    .version(versionOfPackage())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout(text),
      writeErr: (text) => io.stderr(text),
      outputError: (text, write) => write(`socket-protocol: ${oneLine(text.replace(/^error: /, ''))}\n`),
    })
    .helpCommand(false)
    .addHelpText('after', SECRET_HELP);
  // in the order of the help
  addServe(program, io);
  addBuiltInServices(program, io);
  addRequest(program, io);
  addShell(program, io);
  addMonitor(program, io);
  addProxy(program, io);
  addInspect(program, io);
  addDecode(program, io);
  addReplay(program, io);
  addCompletion(program, io);
  addDemo(program, io);
  addHelp(program);
  return program;
}

/** In place of commander's own, which does not say that a command is unknown. */
function addHelp(program: Command): void {
  program
    .command('help')
    .description('show how a command is used')
    .argument('[command]', 'which command')
    .addHelpText('after', examples('help', 'help proxy'))
    .action((name: string | undefined) => {
      const command = name === undefined ? program : program.commands.find((each) => each.name() === name);
      if (command === undefined)
        throw new UsageError(`expected the name of a command, got ${JSON.stringify(name)}`);
      command.outputHelp();
    });
}

function addCompletion(program: Command, io: Io): void {
  program
    .command('completion')
    .description('print the script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS).argParser(choiceParser(SHELLS)))
    .addHelpText(
      'after',
      examples('completion bash > ~/.local/share/bash-completion/completions/socket-protocol'),
    )
    .action((shell: (typeof SHELLS)[number]) => io.stdout(completionScript(shell, program)));
}

function versionOfPackage(): string {
  // dist/src/cli in the package, src/cli in a checkout
  for (const path of ['../../../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (name === 'socket-protocol') return version;
    } catch {
      // not there: the other one is
    }
  }
  return 'unknown';
}
