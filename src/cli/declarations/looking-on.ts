/** The commands that look on: `monitor`, `proxy`, `inspect`, `decode`. */

import type { Command } from 'commander';
import type { Debugger } from '../../inspector/index.js';
import { type Address, parseAddress, parsePort, UsageError } from '../arguments.js';
import type { DebuggerOptions } from '../commands/inspect.js';
import { type CommonOptions, codecOf, sessionOptions } from '../connecting.js';
import { textOfRecording } from '../files.js';
import type { Io } from '../io.js';
import { common, examples } from './common.js';

/**
 * Adds `monitor`.
 *
 * @param program what it is added to
 * @param io the world in which it runs
 */
export function addMonitor(program: Command, io: Io): void {
  common(program.command('monitor'))
    .description('stay connected, and print every message and event as it comes')
    .argument('<address>', 'HOST:PORT of the peer', parseAddress)
    .addHelpText('after', examples('monitor 127.0.0.1:17017', 'monitor 127.0.0.1:17017 --json | jq .data'))
    .action(async (address, options: CommonOptions) => {
      const { monitor } = await import('../commands/monitor.js');
      await monitor(address, sessionOptions(options, io), options.json ?? false, io);
    });
}

interface ProxyArguments extends Pick<CommonOptions, 'struct' | 'json'> {
  readonly host: string;
  readonly record?: string;
  readonly inspect?: true;
}

/**
 * Adds `proxy`.
 *
 * @param program what it is added to
 * @param io the world in which it runs
 */
export function addProxy(program: Command, io: Io): void {
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
      const { host, record, inspect, json: isJson = false } = options;
      const { proxy } = await import('../commands/proxy.js');
      await using inspector = inspect === true ? await openedDebugger({ port: 0, isJson }, io) : undefined;
      await proxy({ inspector, host, port, target, codec: codecOf(options), isJson, record }, io);
    });
}

/** Opens the debugger, which no other command needs. */
async function openedDebugger(options: DebuggerOptions, io: Io): Promise<Debugger> {
  const { openDebugger } = await import('../commands/inspect.js');
  return openDebugger(options, io);
}

interface InspectArguments extends CommonOptions {
  readonly replay?: string;
  readonly record?: string;
  readonly port: number;
  readonly stately?: string | true;
}

/**
 * Adds `inspect`.
 *
 * @param program what it is added to
 * @param io the world in which it runs
 */
export function addInspect(program: Command, io: Io): void {
  common(program.command('inspect'))
    .description('open the live debugger, a page on this machine, on a connection or on a recording')
    .argument('[address]', 'HOST:PORT of the peer to connect to', parseAddress)
    .option('--replay <recording>', 'show what proxy --record or inspect --record wrote')
    .option('--record <file>', 'write all that is shown; nothing confidential is')
    .option('--port <port>', 'the port of the page; 0: any free one', (text) => parsePort(text, 0), 0)
    .option('--stately [url]', "send all that is shown to a server of Stately's inspector as well")
    .addHelpText(
      'after',
      examples(
        'inspect 127.0.0.1:17017',
        'inspect --replay device.jsonl --port 8080',
        'inspect 127.0.0.1:17017 --stately ws://localhost:8080',
      ),
    )
    .action((address: Address | undefined, options: InspectArguments) => inspect(address, options, io));
}

async function inspect(address: Address | undefined, options: InspectArguments, io: Io): Promise<void> {
  const { port, record, replay, stately, json: isJson = false } = options;
  if ((address === undefined) === (replay === undefined))
    throw new UsageError('expected either HOST:PORT or --replay RECORDING');
  const { inspectPeer, inspectRecording, readShown } = await import('../commands/inspect.js');
  const how = { port, record, isJson, stately };
  if (replay !== undefined) {
    const shown = readShown(textOfRecording(replay));
    await inspectRecording(shown, { ...how, title: replay }, io);
  } else if (address !== undefined) {
    await using inspector = await openedDebugger(how, io);
    await inspectPeer(inspector, address, sessionOptions(options, io), io);
  }
}

/**
 * Adds `decode`.
 *
 * @param program what it is added to
 * @param io the world in which it runs
 */
export function addDecode(program: Command, io: Io): void {
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
    .action(async (file: string, options: Pick<CommonOptions, 'struct' | 'json'>) => {
      const { decode } = await import('../commands/decode.js');
      decode(file, codecOf(options), options.json ?? false, io);
    });
}
