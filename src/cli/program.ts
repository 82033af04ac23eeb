/** The command line: what it understands, and what it exits with. */

import { readFileSync } from 'node:fs';
import { Argument, Command, Option } from 'commander';
import type { JsonValue } from '../protocol/message.js';
import type { RequestOptions, Session } from '../session/session.js';
import { addressOf } from '../transport/address.js';
import { stringifyJson } from '../wire/json.js';
import {
  type Address,
  parseAddress,
  parseChannel,
  parseCount,
  parseDataId,
  parseInterval,
  parseJsonArgument,
  parsePort,
  parseServiceId,
  parseSpeed,
  parseTimeout,
  UsageError,
} from './arguments.js';
import { completionScript, SHELLS } from './completion.js';
import { type CommonOptions, codecOf, connectInTime, sessionOptions } from './connecting.js';
import { decode } from './decode.js';
import { demo } from './demo.js';
import { exitCodeOf, oneLine } from './exit-code.js';
import { inspectPeer, inspectRecording, openDebugger, readShown } from './inspect.js';
import { EXIT, type Io } from './io.js';
import { jsonLine } from './item-lines.js';
import { monitor } from './monitor.js';
import { proxy } from './proxy.js';
import { loadRecording, replayAsClient, replayAsServer, textOfRecording } from './replay.js';
import { askRepeatedly } from './request.js';
import { startServer } from './serve.js';
import { shell } from './shell.js';

/** The highest data id that struct_json has room for. */
const MAX_STRUCT_DATA_ID = 0xffff_ffff;

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

  addRequest(program, io);
  addOnlookers(program, io);
  addReplay(program, io);
  program
    .command('completion')
    .description('print the script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText(
      'after',
      examples('completion bash > ~/.local/share/bash-completion/completions/socket-protocol'),
    )
    .action((shellName: (typeof SHELLS)[number]) => io.stdout(completionScript(shellName, program)));

  program
    .command('demo')
    .description('run a server and a client on a free port and print what both log')
    .addHelpText('after', examples('demo'))
    .action(() => demo(io));
  return program;
}

function addRequest(program: Command, io: Io): void {
  interface Options extends CommonOptions {
    readonly response?: number;
    readonly repeat: number;
    readonly interval: number;
  }
  common(program.command('request'))
    .description('ask any service, and print its answer as one line of JSON')
    .argument('<address>', 'HOST:PORT of the peer', parseAddress)
    .argument('<service-id>', 'the service id of the request', parseServiceId)
    .argument('<data-id>', 'which data', parseDataId)
    .argument('[json]', 'the data', parseJsonArgument, null)
    .option('--response <id>', 'the service id of the answer; the next one unless set', parseServiceId)
    .option('--repeat <n>', 'how often', parseCount, 1)
    .option('--interval <ms>', 'the pause between two requests', parseInterval, 0)
    .addHelpText(
      'after',
      examples(
        'request 127.0.0.1:17017 10 0',
        `request 127.0.0.1:17017 100 7 '{"on": true}' --repeat 10 --interval 500`,
      ),
    )
    .action(async (address, serviceId, dataId, data, options: Options) => {
      const session = await connectInTime(address, options, io);
      try {
        const { response: responseId, repeat, interval: intervalMs, json: isJson = false } = options;
        await askRepeatedly(session, { serviceId, responseId, dataId, data, repeat, intervalMs, isJson }, io);
      } finally {
        await session.close();
      }
    });

  common(program.command('shell'))
    .description('ask by hand, on one connection')
    .argument('<address>', 'HOST:PORT of the peer', parseAddress)
    .addHelpText('after', examples('shell 127.0.0.1:17017', 'shell 127.0.0.1:17017 < commands.txt'))
    .action(async (address, options: CommonOptions) => {
      const session = await connectInTime(address, options, io);
      try {
        if (io.terminal !== undefined) await shell(session, io.terminal, io);
      } finally {
        await session.close();
      }
    });
}

/** The commands that look on: `monitor`, `proxy`, `decode`. */
function addOnlookers(program: Command, io: Io): void {
  common(program.command('monitor'))
    .description('stay connected, and print every message and event as it comes')
    .argument('<address>', 'HOST:PORT of the peer', parseAddress)
    .addHelpText('after', examples('monitor 127.0.0.1:17017', 'monitor 127.0.0.1:17017 --json | jq .data'))
    .action((address, options: CommonOptions) =>
      monitor(address, sessionOptions(options, io), options.json ?? false, io),
    );

  program
    .command('proxy')
    .description('stand between a client and a server: pass the bytes on untouched, and print what they mean')
    .argument('<port>', 'where to listen; 0: any free port', (text) => parsePort(text, 0))
    .argument('<address>', 'HOST:PORT of the server', parseAddress)
    .option('--host <host>', 'the address to listen on', '127.0.0.1')
    .option('--inspect', 'open the debugger, a page on this machine')
    .option('--record <file>', 'write a recording, for decode and replay; seeds and keys are masked')
    .option('--struct', 'they speak struct_json')
    .option('--json', 'print lines of JSON')
    .addHelpText(
      'after',
      examples('proxy 17018 127.0.0.1:17017', 'proxy 0 device:17017 --record device.jsonl'),
    )
    .action(async (port, target, options: ProxyArguments) => {
      await using inspector =
        options.inspect === true
          ? await openDebugger({ port: 0, isJson: options.json ?? false }, io)
          : undefined;
      await proxy(
        {
          inspector,
          host: options.host,
          port,
          target,
          codec: codecOf(options),
          isJson: options.json ?? false,
          record: options.record,
        },
        io,
      );
    });

  common(program.command('inspect'))
    .description('open the live debugger, a page on this machine, on a connection or on a recording')
    .argument('[address]', 'HOST:PORT of the peer to connect to', parseAddress)
    .option('--replay <recording>', 'show what proxy --record or inspect --record wrote')
    .option('--record <file>', 'write all that is shown; nothing confidential is')
    .option('--port <port>', 'the port of the page; 0: any free one', (text) => parsePort(text, 0), 0)
    .addHelpText('after', examples('inspect 127.0.0.1:17017', 'inspect --replay device.jsonl --port 8080'))
    .action(async (address: Address | undefined, options: InspectArguments) => {
      if ((address === undefined) === (options.replay === undefined))
        throw new UsageError('expected either HOST:PORT or --replay RECORDING');
      const { port, record } = options;
      const shown =
        options.replay === undefined
          ? undefined
          : readShown(textOfRecording(options.replay), codecOf(options));
      const how = { port, record, isJson: options.json ?? false };
      if (shown !== undefined) return inspectRecording(shown, { ...how, title: options.replay }, io);
      await using inspector = await openDebugger(how, io);
      if (address !== undefined) await inspectPeer(inspector, address, sessionOptions(options, io), io);
    });

  program
    .command('decode')
    .description('print the messages of hex dumps, of a raw stream or of a recording')
    .argument('[file]', 'a file, or - for standard input', '-')
    .option('--struct', 'they are struct_json')
    .option('--json', 'print lines of JSON')
    .addHelpText(
      'after',
      examples('decode device.log', 'decode capture.bin --json', 'decode - < device.jsonl'),
    )
    .action((file: string, options: Pick<CommonOptions, 'struct' | 'json'>) =>
      decode(file, codecOf(options), options.json ?? false, io),
    );
}

interface InspectArguments extends CommonOptions {
  readonly replay?: string;
  readonly record?: string;
  readonly port: number;
}

interface ProxyArguments extends Pick<CommonOptions, 'struct' | 'json'> {
  readonly host: string;
  readonly record?: string;
  readonly inspect?: true;
}

function addReplay(program: Command, io: Io): void {
  interface Options extends CommonOptions {
    readonly as: 'server' | 'client';
    readonly host: string;
    readonly port: number;
    readonly to?: Address;
    readonly speed: number;
  }
  common(program.command('replay'))
    .description('play the server of a recording, or its client')
    .argument('<recording>', 'a file that proxy --record wrote')
    .addOption(new Option('--as <side>', 'which side').choices(['server', 'client']).default('server'))
    .option(
      '--port <port>',
      'as server: where to listen; 0: any free port',
      (text) => parsePort(text, 0),
      17017,
    )
    .option('--host <host>', 'as server: the address to listen on', '127.0.0.1')
    .option('--to <address>', 'as client: HOST:PORT of the server', parseAddress)
    .option('--speed <factor>', 'as client: how many times faster; 0: without pauses', parseSpeed, 1)
    .addHelpText(
      'after',
      examples(
        'replay device.jsonl --port 17017',
        'replay device.jsonl --as client --to 127.0.0.1:17017 --speed 0',
      ),
    )
    .action(async (file: string, options: Options) => {
      const recording = loadRecording(file, codecOf(options));
      const isJson = options.json ?? false;
      if (options.as === 'server') {
        const { host, port } = options;
        return replayAsServer(recording, { host, port, isJson }, sessionOptions(options, io), io);
      }
      if (options.to === undefined)
        throw new UsageError('expected --to HOST:PORT with --as client, got none');
      const session = await connectInTime(options.to, options, io);
      try {
        await replayAsClient(session, recording, { speed: options.speed, isJson }, io);
      } finally {
        await session.close();
      }
    });
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
    .option('--json', 'print lines of JSON, for programs')
    .option('--verbose', 'log to standard error, with the bytes of each message');
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ socket-protocol ${line}`).join('\n')}`;
}

async function serve(options: CommonOptions & { port: number; host: string }, io: Io): Promise<void> {
  const server = await startServer({ host: options.host, port: options.port }, sessionOptions(options, io));
  const listening = addressOf(server.host, server.port);
  io.stdout(options.json === true ? jsonLine({ listening }) : `listening on ${listening}\n`);
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
    io.stdout(options.json === true ? jsonLine({ data }) : `${stringifyJson(data, { allowNan: true })}\n`);
  } finally {
    await session.close();
  }
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
