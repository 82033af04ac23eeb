/** The commands that ask a peer: `read`, `write`, `execute`, `request`, `shell`. */

import type { Command } from 'commander';
import { addressOf } from '../../transport/address.js';
import {
  parseAddress,
  parseCount,
  parseDataId,
  parseInterval,
  parseJsonArgument,
  parseServiceId,
} from '../arguments.js';
import { ask, askRepeatedly, assertFits, assertService } from '../commands/request.js';
import { type CommonOptions, withSession } from '../connecting.js';
import type { Io } from '../io.js';
import { common, examples } from './common.js';

/**
 * Adds `read`, `write` and `execute`.
 *
 * @param program what they are added to
 * @param io the world in which they run
 */
export function addBuiltInServices(program: Command, io: Io): void {
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
}

interface RequestArguments extends CommonOptions {
  readonly response?: number;
  readonly repeat: number;
  readonly interval: number;
}

/**
 * Adds `request`.
 *
 * @param program what it is added to
 * @param io the world in which it runs
 */
export function addRequest(program: Command, io: Io): void {
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
    .action((address, serviceId, dataId, data, options: RequestArguments) => {
      const { response: responseId, repeat, interval: intervalMs, json: isJson = false } = options;
      assertService(serviceId, responseId);
      assertFits(dataId, options);
      const question = { serviceId, responseId, dataId, data, repeat, intervalMs, isJson };
      return withSession(address, options, io, (session) => askRepeatedly(session, question, io));
    });
}

const HISTORY_HELP = `
What is typed on a terminal is kept in $XDG_STATE_HOME/socket-protocol/history, or under ~/.local/state. The variable
SOCKET_PROTOCOL_HISTORY names another file; where it is empty, nothing is kept.`;

/**
 * Adds `shell`.
 *
 * @param program what it is added to
 * @param io the world in which it runs
 */
export function addShell(program: Command, io: Io): void {
  common(program.command('shell'))
    .description('ask by hand, on one connection')
    .argument('<address>', 'HOST:PORT of the peer', parseAddress)
    .addHelpText('after', examples('shell 127.0.0.1:17017', 'shell 127.0.0.1:17017 < commands.txt'))
    .addHelpText('after', HISTORY_HELP)
    .action((address, options: CommonOptions) =>
      withSession(address, options, io, async (session) => {
        const { terminal } = io;
        if (terminal === undefined) return;
        const { shell } = await import('../shell/shell.js');
        const peer = addressOf(address.host, address.port);
        await shell(session, terminal, { peer, isJson: options.json ?? false }, io);
      }),
    );
}
