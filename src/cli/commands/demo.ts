/** `demo`: the original's example, a server and a client in one program, with the log of both. */

import type { Command } from 'commander';
import { connect } from '../../client/connect.js';
import { SID_READ_REQUEST } from '../../protocol/ids.js';
import type { JsonValue } from '../../protocol/message.js';
import type { Io } from '../io.js';
import { type LogLevelOptions, withLogLevel } from '../log-level.js';
import { jsonLogger, textLogger } from '../loggers.js';
import { print } from '../output.js';
import { examples, JSON_HELP } from './common.js';
import { DEFAULT_HOST } from './listening.js';
import { ASC_TIME_DATA_ID, startServer } from './serve.js';

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  const command = program
    .command('demo')
    .description('run a server and a client on a free port, and print the log of both')
    .option('--json', JSON_HELP);
  withLogLevel(command, 'print the log from this level on')
    .addHelpText('after', examples('demo', 'demo --log-level info', 'demo --json | jq .text'))
    .action(({ json: isJson = false, logLevel }: DemoOptions) => demo(isJson, logLevel, io));
}

interface DemoOptions extends LogLevelOptions {
  readonly json?: boolean;
}

async function demo(isJson: boolean, logLevel: LogLevelOptions['logLevel'], io: Io): Promise<void> {
  const logger = isJson ? jsonLogger(io.stdout) : textLogger(io.stdout);
  const secret = 'only the demo uses this secret';
  const signal = io.interrupted;
  let time: JsonValue;
  {
    // the server has no name of its own, so it takes over the client's
    await using server = await startServer({ host: DEFAULT_HOST, port: 0 }, { secret, logger, logLevel });
    await using client = await connect({
      port: server.port,
      secret,
      logger,
      logLevel,
      channelName: 'example_client',
      signal,
    });
    client.addData(SID_READ_REQUEST, ASC_TIME_DATA_ID, 'asc_time');
    time = await client.read(ASC_TIME_DATA_ID, { signal });
  }
  print(io, isJson, { data: time }, `\nThe server's time is ${String(time)}`);
}
