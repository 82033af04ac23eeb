/** `shell`: a prompt for requests to one peer. */

import type { Command } from 'commander';
import { Vocabulary } from '../../protocol/vocabulary.js';
import { textOfAddress } from '../address.js';
import { contractOf } from '../contract/option.js';
import type { Io } from '../io.js';
import { runShell, type ShellEnd } from '../shell/loop.js';
import { namesFileOf } from '../shell/names-file.js';
import { examples } from './common.js';
import { withFailureRecords } from './peer.js';
import { type Line, type Target, type TargetOptions, targetCommand, withTarget } from './target.js';

interface ShellArguments extends TargetOptions {
  readonly names?: string;
  readonly keepGoing?: true;
}

const HELP = `
A connection that is lost comes back by itself. Lines that are piped and not
typed are a script: the first that fails ends it, with the exit code that the
command would have.

On a terminal the history is kept in $XDG_STATE_HOME/socket-protocol/history, or
under ~/.local/state, and the names in $XDG_CONFIG_HOME/socket-protocol/names,
or under ~/.config, in a file for each peer. SOCKET_PROTOCOL_HISTORY and
SOCKET_PROTOCOL_NAMES name other files; set them to nothing to keep none.`;

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  withFailureRecords(targetCommand(program, 'shell', 'type requests at a prompt, on one connection'))
    .option('--names <file>', 'keep the names that are given in this file, without a terminal as well')
    .option('--keep-going', 'without a terminal, go on after a line that fails')
    .addHelpText('after', HELP)
    .addHelpText(
      'after',
      examples(
        'shell 127.0.0.1:17017',
        'shell 127.0.0.1:17017 < commands.txt',
        'shell device:17017 --contract device.mjs --names names.json',
      ),
    )
    .action((target: Target, options: ShellArguments) => shell(target, options, io));
}

async function shell(target: Target, options: ShellArguments, io: Io): Promise<void> {
  const contract = await contractOf(options);
  const { json: isJson = false, keepGoing: keepsGoing = false, timeout: timeoutMs } = options;
  // the shell gives the session the names of the contract, as it does with those that are typed
  const services = 'device' in target ? contract : undefined;
  await withTarget({ target, contract: services, reconnects: true }, options, io, async (line) => {
    const { terminal } = io;
    if (terminal === undefined) return;
    const peer = textOfTarget(target);
    const namesPath = options.names ?? (terminal.isTerminal ? namesFileOf(io.env, peer) : null);
    const how = { peer, contract, isJson, keepsGoing, timeoutMs, namesPath };
    await runShell(endOf(line), terminal, how, io);
  });
}

function textOfTarget(target: Target): string {
  return 'device' in target ? `${target.server.shown}/${target.device}` : textOfAddress(target);
}

function endOf({ asked, session, addService }: Line): ShellEnd {
  if (session !== undefined) return { asked, session, names: session };
  // a device has no session here that could use names
  const words = new Vocabulary();
  return {
    asked,
    session: null,
    names: {
      addService: (requestId, responseId) => {
        words.addService(requestId, responseId);
        addService([requestId, responseId]);
      },
      addData: () => {},
      addStatus: () => {},
    },
  };
}
