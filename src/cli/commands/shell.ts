/** `shell`: a prompt on one connection. */

import type { Command } from 'commander';
import { contractOf } from '../contract/option.js';
import type { Io } from '../io.js';
import { runShell } from '../shell/loop.js';
import { examples, textOfAddress } from './common.js';
import { type PeerOptions, peerCommand, withFailureRecords, withSession } from './peer.js';

const HISTORY_HELP = `
On a terminal the history is kept in $XDG_STATE_HOME/socket-protocol/history, or under ~/.local/state.
SOCKET_PROTOCOL_HISTORY names another file; set it to nothing to keep no history.`;

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  withFailureRecords(peerCommand(program, 'shell', 'type requests at a prompt, on one connection'))
    .addHelpText('after', examples('shell 127.0.0.1:17017', 'shell 127.0.0.1:17017 < commands.txt'))
    .addHelpText('after', HISTORY_HELP)
    .action(async (address, options: PeerOptions) => {
      const contract = await contractOf(options);
      // the shell gives the session the names of the contract, as it does with those that are typed
      await withSession({ address }, options, io, async (session) => {
        const { terminal } = io;
        if (terminal === undefined) return;
        const peer = textOfAddress(address);
        await runShell(session, terminal, { peer, contract, isJson: options.json ?? false }, io);
      });
    });
}
