/** The commands that look on: `monitor`, `proxy`, `inspect`, `decode`. */

import type { Command } from 'commander';
import { type Address, parseAddress, parsePort, UsageError } from '../arguments.js';
import { type CommonOptions, codecOf, sessionOptions } from '../connecting.js';
import { decode } from '../decode.js';
import { inspectPeer, inspectRecording, openDebugger, readShown } from '../inspect.js';
import type { Io } from '../io.js';
import { monitor } from '../monitor.js';
import { proxy } from '../proxy.js';
import { textOfRecording } from '../replay.js';
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
    .action((address, options: CommonOptions) =>
      monitor(address, sessionOptions(options, io), options.json ?? false, io),
    );
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
      await using inspector = inspect === true ? await openDebugger({ port: 0, isJson }, io) : undefined;
      await proxy({ inspector, host, port, target, codec: codecOf(options), isJson, record }, io);
    });
}

interface InspectArguments extends CommonOptions {
  readonly replay?: string;
  readonly record?: string;
  readonly port: number;
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
    .action((file: string, options: Pick<CommonOptions, 'struct' | 'json'>) =>
      decode(file, codecOf(options), options.json ?? false, io),
    );
}
