/** The program: which commands there are, and how one of them runs. */

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { EXIT, exitCodeOf } from './exit-code.js';
import type { Io } from './io.js';
import type { LinkOptions } from './link-options.js';
import { inOurWords } from './tls-settings.js';

/** A file of commands. */
interface CommandFile {
  add(program: Command, io: Io): void;
}

/**
 * The files of commands, in the order of the help. Each is loaded only when it is needed, because together they load the
 * whole library.
 */
const COMMAND_FILES: readonly (readonly [names: readonly string[], load: () => Promise<CommandFile>])[] = [
  [['serve'], () => import('./commands/serve.js')],
  [['read', 'write', 'execute'], () => import('./commands/built-in.js')],
  [['request'], () => import('./commands/request.js')],
  [['shell'], () => import('./commands/shell.js')],
  [['monitor'], () => import('./commands/monitor.js')],
  [['proxy'], () => import('./commands/proxy.js')],
  [['inspect'], () => import('./commands/inspect.js')],
  [['decode'], () => import('./commands/decode.js')],
  [['replay'], () => import('./commands/replay.js')],
  [['describe'], () => import('./commands/describe.js')],
  [['completion'], () => import('./commands/completion.js')],
  [['demo'], () => import('./commands/demo.js')],
  [['help'], () => import('./commands/help.js')],
];

/** These commands need all the others. */
const ABOUT_ALL: ReadonlySet<string> = new Set(['completion', 'help']);
const VERSION_FLAGS: ReadonlySet<string> = new Set(['-V', '--version']);

const EPILOGUE = `
The secret comes from --secret-file or the variable SOCKET_PROTOCOL_SECRET, never from an argument.

Exit codes: 0 success, 1 another status, unusable input or something cut at the end, 2 usage,
            3 no connection, 4 authentication failed, 5 timeout, 130 interrupted before the answer

SIGTERM and Ctrl-C let what has begun finish; a second one ends the program at once.`;

/**
 * Runs the program, and closes everything it opened. Never rejects.
 *
 * @param argv the arguments, without node and the script
 * @param io the world around it
 * @returns the exit code
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let options: LinkOptions & { readonly json?: true } = {};
  try {
    const program = await makeProgram(io, argv);
    program.hook('preAction', (_, command) => {
      options = command.opts();
    });
    await program.parseAsync([...argv], { from: 'user' });
    return EXIT.okay;
  } catch (error) {
    return exitCodeOf(inOurWords(error, options), options.json === true, io);
  }
}

/**
 * Makes the program.
 *
 * @param io the world around it
 * @param argv the arguments, which decide about the commands that it needs; all commands unless given
 */
export async function makeProgram(io: Io, argv: readonly string[] = []): Promise<Command> {
  const program = new Command('socket-protocol')
    .description('Talk to a peer over the socket protocol, or act as one.')
    .version(versionOfPackage())
    .exitOverride()
    // what comes behind a command is its own: --version of describe, and --unix before the other arguments
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => io.stdout(text),
      writeErr: (text) => io.stderr(text),
      // the exit code and the message belong together, see exitCodeOf
      outputError: () => {},
    })
    .helpCommand(false)
    .addHelpText('after', EPILOGUE);
  const files = await Promise.all(filesFor(argv).map((load) => load()));
  for (const file of files) file.add(program, io);
  return program;
}

/** The file of the named command, or none for the version; all for help, and to suggest a command after a typo. */
function filesFor(argv: readonly string[]): readonly (() => Promise<CommandFile>)[] {
  const [first = ''] = argv;
  if (VERSION_FLAGS.has(first)) return [];
  const named = ABOUT_ALL.has(first) ? [] : COMMAND_FILES.filter(([names]) => names.includes(first));
  return (named.length > 0 ? named : COMMAND_FILES).map(([, load]) => load);
}

function versionOfPackage(): string {
  // dist/src/cli in the package, src/cli in a checkout
  for (const path of ['../../../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (name === 'socket-protocol') return version;
    } catch {
      // the other path has it
    }
  }
  return 'unknown';
}
