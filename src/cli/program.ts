/** The program: which commands there are, and how one of them runs. */

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { UsageError } from './errors.js';
import { EXIT, exitCodeOf } from './exit-code.js';
import { STANDARD_INPUT } from './files.js';
import { fitted, HELP_LAYOUT, helpWidthOf } from './help.js';
import type { Io } from './io.js';
import type { LinkOptions } from './link-options.js';
import { readSecretInput } from './secret.js';
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
  [['watch'], () => import('./commands/watch.js')],
  [['ping'], () => import('./commands/ping.js')],
  [['bench'], () => import('./commands/bench.js')],
  [['certify'], () => import('./commands/certify.js')],
  [['gateway'], () => import('./commands/gateway.js')],
  [['devices'], () => import('./commands/devices.js')],
  [['proxy'], () => import('./commands/proxy.js')],
  [['share'], () => import('./commands/share.js')],
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

Exit codes:
    0 success
    1 another status, or something that was cut, or could not be read among the rest
    2 usage, and files that are missing or not what is expected
    3 no connection
    4 authentication failed
    5 timeout
  130 interrupted before the answer

SIGTERM and Ctrl-C let what has begun finish; a second one ends the program at once.`;

/**
 * Runs the program, and closes everything it opened. Never rejects.
 *
 * @param argv the arguments, without node and the script
 * @param io the world around it
 * @returns the exit code
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let options: LinkOptions = {};
  let secretInput: Buffer | undefined;
  // not a copy: some of the world is opened only for who asks for it
  const world: Io = Object.create(io, {
    isJson: { value: isJsonAsked(argv) },
    secretInput: { get: () => secretInput },
  });
  try {
    const program = await makeProgram(world, argv);
    program.hook('preAction', async (_, command) => {
      options = command.opts();
      if (readersOfStandardInput(command).some((reader) => SECRET_FLAGS.has(reader)))
        secretInput = await readSecretInput(world);
    });
    await program.parseAsync([...argv], { from: 'user' });
    return EXIT.okay;
  } catch (error) {
    return exitCodeOf(inOurWords(error, options), world);
  }
}

/** Whether `--json` is among the arguments: known before they are parsed, because errors of that are JSON too. */
export function isJsonAsked(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? argv.length : end).includes('--json');
}

const SECRET_FLAGS: ReadonlySet<string> = new Set(['--secret-file', '--client-secret-file']);
/** Options whose file may be standard input; of the others, `-` is a file of that name. */
const FLAGS_OF_INPUT: ReadonlySet<string> = new Set([
  ...SECRET_FLAGS,
  '--rights',
  '--answers',
  '--replay',
  '--write',
  '--execute',
]);

/**
 * What of a command reads standard input, in the words of its help.
 *
 * @throws UsageError where several would
 */
function readersOfStandardInput(command: Command): readonly string[] {
  const options = command.options.flatMap((option) => {
    const flag = option.long ?? '';
    const isReader =
      FLAGS_OF_INPUT.has(flag) && command.getOptionValue(option.attributeName()) === STANDARD_INPUT;
    return isReader ? [flag] : [];
  });
  const typed = command.args.flatMap((arg, index) =>
    arg === STANDARD_INPUT ? [`<${command.registeredArguments[index]?.name() ?? 'argument'}>`] : [],
  );
  const readers = [...options, ...typed, ...(command.name() === 'shell' ? ['the shell'] : [])];
  if (readers.length < 2) return readers;
  throw new UsageError(`Standard input is for one of ${readers.join(' and ')}; give the other as a file`);
}

/**
 * Makes the program.
 *
 * @param io the world around it
 * @param argv the arguments, which decide about the commands that it needs; all commands unless given
 */
export async function makeProgram(io: Io, argv: readonly string[] = []): Promise<Command> {
  const width = helpWidthOf(io);
  const program = new Command('socket-protocol')
    .description('Talk to a peer over the socket protocol, or act as one.')
    .version(versionOfPackage())
    .exitOverride()
    // what comes behind a command is its own: --version of describe, and --unix before the other arguments
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => io.stdout(fitted(text, width)),
      writeErr: (text) => io.stderr(fitted(text, width)),
      getOutHelpWidth: () => width,
      getErrHelpWidth: () => width,
      // the exit code and the message belong together, see exitCodeOf
      outputError: () => {},
    })
    .configureHelp(HELP_LAYOUT)
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
