/** The command line: what it understands, and what it exits with. */

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { connect } from '../connect.js';
import {
  AuthenticationError,
  ConnectError,
  ConnectionLostError,
  ListenError,
  OptionError,
  StatusError,
  TimeoutError,
} from '../errors.js';
import { MAX_TIMEOUT_MS } from '../options.js';
import type { JsonValue } from '../protocol/message.js';
import type { RequestOptions, Session } from '../session/session.js';
import type { SessionOptions } from '../session/session-options.js';
import { addressOf } from '../transport/address.js';
import { stringifyJson } from '../wire/json.js';
import { createPureJson } from '../wire/pure-json.js';
import { createStructJson } from '../wire/struct-json.js';
import {
  type Address,
  parseAddress,
  parseChannel,
  parseDataId,
  parseJsonArgument,
  parsePort,
  parseTimeout,
  readSecret,
  UsageError,
} from './arguments.js';
import { demo } from './demo.js';
import { EXIT, type Io, lineLogger } from './io.js';
import { startServer } from './serve.js';

/** The highest data id that struct_json has room for. */
const MAX_STRUCT_DATA_ID = 0xffff_ffff;

/** What every command takes but the demo. */
interface CommonOptions {
  readonly secretFile?: string;
  readonly channel?: string;
  readonly timeout: number;
  readonly struct?: true;
  readonly verbose?: true;
}

const SECRET_HELP = `
The secret comes from --secret-file or from the variable SOCKET_PROTOCOL_SECRET, never from an argument.

Exit codes: 0 fine, 1 the peer answered with another status, 2 usage, 3 no connection,
            4 authentication failed, 5 timeout, 130 interrupted before the answer`;

/** The steps of connecting share the one deadline that `--timeout` sets, and need none of their own. */
const UNTIL_THE_DEADLINE = { connectTimeout: MAX_TIMEOUT_MS, authenticationTimeout: MAX_TIMEOUT_MS };

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

function makeProgram(io: Io): Command {
  const program = new Command('socket-protocol')
    .description('Talk to a peer over the socket protocol, or be one.')
    .version(versionOfPackage())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout(text),
      writeErr: (text) => io.stderr(text),
      outputError: (text, write) => write(`socket-protocol: ${oneLine(text.replace(/^error: /, ''))}\n`),
    })
    .addHelpText('after', SECRET_HELP);

  common(program.command('serve'))
    .description('answer READ 0 with the time, keep what is written, echo what is executed')
    .option('--port <port>', 'where to listen; 0: any free port', (text) => parsePort(text, 0), 17017)
    .option('--host <host>', 'the address to listen on', '127.0.0.1')
    .addHelpText(
      'after',
      examples('serve', 'serve --port 0 --host 0.0.0.0 --secret-file secret.txt --verbose'),
    )
    .action((options: CommonOptions & { port: number; host: string }) => serve(options, io));

  common(program.command('read'))
    .description('read data and print it as one line of JSON')
    .argument('<address>', 'HOST:PORT of the peer', parseAddress)
    .argument('<data-id>', 'which data', parseDataId)
    .addHelpText(
      'after',
      examples('read 127.0.0.1:17017 0', 'read [::1]:17017 0 --secret-file secret.txt --verbose'),
    )
    .action((address, dataId, options: CommonOptions) =>
      ask({ address, dataId }, options, io, (session, how) => session.read(dataId, how)),
    );

  common(program.command('write'))
    .description('write data')
    .argument('<address>', 'HOST:PORT of the peer', parseAddress)
    .argument('<data-id>', 'which data', parseDataId)
    .argument('<json>', 'the data', parseJsonArgument)
    .addHelpText(
      'after',
      examples(`write 127.0.0.1:17017 7 '{"brightness": 0.5}'`, 'write 127.0.0.1:17017 7 -- -Infinity'),
    )
    .action((address, dataId, data, options: CommonOptions) =>
      ask({ address, dataId }, options, io, (session, how) => session.write(dataId, data, how)),
    );

  common(program.command('execute'))
    .description('let the peer execute something, and print its answer as one line of JSON')
    .argument('<address>', 'HOST:PORT of the peer', parseAddress)
    .argument('<data-id>', 'what to execute', parseDataId)
    .argument('[json]', 'its argument', parseJsonArgument, null)
    .addHelpText('after', examples('execute 127.0.0.1:17017 1', `execute 127.0.0.1:17017 1 '["now", 3]'`))
    .action((address, dataId, data, options: CommonOptions) =>
      ask({ address, dataId }, options, io, (session, how) => session.execute(dataId, data, how)),
    );

  program
    .command('demo')
    .description('run a server and a client on a free port and print what both log')
    .addHelpText('after', examples('demo'))
    .action(() => demo(io));
  return program;
}

function common(command: Command): Command {
  return command
    .option('--secret-file <file>', 'the file that holds the shared secret')
    .option('--channel <name>', 'the name of the channel in logs', parseChannel)
    .option(
      '--timeout <ms>',
      'how long to wait for the connection, and then for the answer, in milliseconds',
      parseTimeout,
      5_000,
    )
    .option('--struct', 'speak struct_json, for old peers')
    .option('--verbose', 'log to standard error, with the bytes of each message');
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ socket-protocol ${line}`).join('\n')}`;
}

async function serve(options: CommonOptions & { port: number; host: string }, io: Io): Promise<void> {
  const server = await startServer({ host: options.host, port: options.port }, sessionOptions(options, io));
  io.stdout(`listening on ${addressOf(server.host, server.port)}\n`);
  await new Promise<void>((resolve) => {
    if (io.interrupted.aborted) resolve();
    io.interrupted.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.close();
}

async function ask(
  target: { address: Address; dataId: number },
  options: CommonOptions,
  io: Io,
  question: (session: Session, how: RequestOptions) => Promise<JsonValue>,
): Promise<void> {
  const { address, dataId } = target;
  if (options.struct === true && dataId > MAX_STRUCT_DATA_ID) {
    throw new UsageError(`expected a data id from 0 to ${MAX_STRUCT_DATA_ID} with --struct, got ${dataId}`);
  }
  const session = await connectInTime(address, options, io);
  try {
    const data = await question(session, { signal: io.interrupted });
    io.stdout(`${stringifyJson(data, { allowNan: true })}\n`);
  } finally {
    await session.close();
  }
}

async function connectInTime(address: Address, options: CommonOptions, io: Io): Promise<Session> {
  const deadline = AbortSignal.timeout(options.timeout);
  try {
    return await connect({
      ...address,
      ...sessionOptions(options, io),
      ...UNTIL_THE_DEADLINE,
      reconnect: false,
      signal: AbortSignal.any([io.interrupted, deadline]),
    });
  } catch (error) {
    if (error !== deadline.reason) throw error;
    const what = `expected a connection to ${addressOf(address.host, address.port)}, got none`;
    throw new TimeoutError(what, options.timeout, false);
  }
}

function sessionOptions(options: CommonOptions, io: Io): SessionOptions {
  const codecOptions = { allowNan: true };
  return {
    secret: readSecret(options.secretFile, io.env['SOCKET_PROTOCOL_SECRET']),
    channelName: options.channel,
    requestTimeout: options.timeout,
    codec: options.struct === true ? createStructJson(codecOptions) : createPureJson(codecOptions),
    logger: options.verbose === true ? lineLogger(io.stderr) : undefined,
  };
}

function exitCodeOf(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.okay : EXIT.usage;
  if (io.interrupted.aborted) return EXIT.interrupted;
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  // only the caret of a usage error needs lines of its own
  io.stderr(`socket-protocol: ${code === EXIT.usage ? text : oneLine(text)}\n`);
  if (code === undefined && io.env['SOCKET_PROTOCOL_DEBUG'] && error instanceof Error)
    io.stderr(`${error.stack}\n`);
  return code ?? EXIT.status;
}

function codeOf(error: unknown): number | undefined {
  if (error instanceof UsageError || error instanceof OptionError) return EXIT.usage;
  if (error instanceof StatusError) return EXIT.status;
  if (error instanceof AuthenticationError) return EXIT.authentication;
  if (error instanceof TimeoutError) return EXIT.timeout;
  if (error instanceof ConnectError || error instanceof ListenError || error instanceof ConnectionLostError) {
    return EXIT.noConnection;
  }
  return undefined;
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
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
