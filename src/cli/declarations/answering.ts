/** The commands that are a peer: `serve`, `replay`, `demo`. */

import { type Command, Option } from 'commander';
import { addressOf } from '../../transport/address.js';
import { type Address, choiceParser, parseAddress, parsePort, parseSpeed, UsageError } from '../arguments.js';
import { type CommonOptions, sessionOptions, withSession } from '../connecting.js';
import { type Io, untilInterrupted } from '../io.js';
import { jsonLine } from '../recording/item-lines.js';
import { common, examples } from './common.js';

interface ServeArguments extends CommonOptions {
  readonly port: number;
  readonly host: string;
}

/**
 * Adds `serve`.
 *
 * @param program what it is added to
 * @param io the world in which it runs
 */
export function addServe(program: Command, io: Io): void {
  common(program.command('serve'))
    .description('answer READ 0 with the time, keep what is written, echo what is executed')
    .option('--port <port>', 'where to listen; 0: any free port', (text) => parsePort(text, 0), 17017)
    .option('--host <host>', 'the address to listen on', '127.0.0.1')
    .addHelpText(
      'after',
      examples('serve', 'serve --port 0 --host 0.0.0.0 --secret-file secret.txt --verbose'),
    )
    .action(async (options: ServeArguments) => {
      const { startServer } = await import('../commands/serve.js');
      const { host, port } = options;
      await using server = await startServer({ host, port }, sessionOptions(options, io));
      const listening = addressOf(server.host, server.port);
      io.stdout(options.json === true ? jsonLine({ listening }) : `listening on ${listening}\n`);
      await untilInterrupted(io);
    });
}

interface ReplayArguments extends CommonOptions {
  readonly as: (typeof SIDES)[number];
  readonly host: string;
  readonly port: number;
  readonly to?: Address;
  readonly speed: number;
}

const SIDES = ['server', 'client'] as const;

/**
 * Adds `replay`.
 *
 * @param program what it is added to
 * @param io the world in which it runs
 */
export function addReplay(program: Command, io: Io): void {
  common(program.command('replay'))
    .description('play the server of a recording, or its client')
    .argument('<recording>', 'a file that proxy --record wrote')
    .addOption(
      new Option('--as <side>', 'which side').choices(SIDES).argParser(choiceParser(SIDES)).default('server'),
    )
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
    .action(async (file: string, options: ReplayArguments) => {
      const { loadRecording, replayAsClient, replayAsServer } = await import('../commands/replay.js');
      const { as, host, port, to, speed, json: isJson = false } = options;
      if (as === 'server' && to !== undefined)
        throw new UsageError('expected --as client with --to, got none');
      const recording = loadRecording(file);
      // in the codec of the recording, whatever the options say
      const { codec } = recording;
      if (as === 'server') {
        const how = { ...sessionOptions(options, io), codec };
        return replayAsServer(recording, { host, port, isJson }, how, io);
      }
      if (to === undefined) throw new UsageError('expected --to HOST:PORT with --as client, got none');
      const { struct: _, ...others } = options;
      const spoken = codec.name === 'struct_json' ? { ...others, struct: true as const } : others;
      return withSession(to, spoken, io, (session) =>
        replayAsClient(session, recording, { speed, isJson }, io),
      );
    });
}

/**
 * Adds `demo`.
 *
 * @param program what it is added to
 * @param io the world in which it runs
 */
export function addDemo(program: Command, io: Io): void {
  program
    .command('demo')
    .description('run a server and a client on a free port and print what both log')
    .option('--json', 'print lines of JSON')
    .addHelpText('after', examples('demo', 'demo --json | jq .text'))
    .action(async (options: Pick<CommonOptions, 'json'>) => {
      const { demo } = await import('../commands/demo.js');
      await demo(options.json ?? false, io);
    });
}
