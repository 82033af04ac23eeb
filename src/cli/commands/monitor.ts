/** `monitor`: stays connected and prints every message and event. */

import type { Command } from 'commander';
import { Session } from '../../session/session.js';
import { TcpClientStp } from '../../transport/tcp-client.js';
import { learnContract, Naming } from '../contract/entries.js';
import { contractOf } from '../contract/option.js';
import type { Io } from '../io.js';
import { type DataForm, dataFormOf, isTrouble, objectOf, textOf } from '../recording/item-text.js';
import { dropObserver } from '../recording/observed-drop.js';
import { examples, PYTHON_HELP } from './common.js';
import { holdSessions } from './ending.js';
import { EventPrinter } from './link-events.js';
import { clientLink, lastingSessionOptions, type PeerOptions, peerCommand } from './peer.js';

interface MonitorArguments extends PeerOptions {
  readonly python?: true;
}

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  peerCommand(program, 'monitor', 'stay connected, and print every message and event as it comes')
    .option('--python', PYTHON_HELP)
    .addHelpText('after', examples('monitor 127.0.0.1:17017', 'monitor 127.0.0.1:17017 --json | jq .data'))
    .action(async (address, options: MonitorArguments) => {
      const printer = new EventPrinter(options.json ?? false, io);
      const settings = {
        ...lastingSessionOptions(options, io),
        bufferUnhandled: false,
        observe: dropObserver((fields) => {
          // it was printed as a message, and nobody here waits for any
          if (fields.reason !== 'unsolicited') printer.trouble('dropped', { ...fields });
        }),
      };
      const contract = await contractOf(options);
      const transport = new TcpClientStp(clientLink(address, options, settings.secret, io));
      const session = new Session(transport, settings);
      if (contract !== undefined) learnContract(session, contract);
      const detail = whatIsSeen(transport.address);
      printer.print('quiet', detail, { event: 'monitoring', detail });
      printMessages(session, new Naming(contract), dataFormOf(options), printer);
      printer.follow(session, transport.address);
      // a session that cannot go on closes itself
      const closed = new Promise<void>((resolve) => session.once('closed', () => resolve()));
      await holdSessions(io, options.json ?? false, session, closed);
    });
}

/** A peer talks to each of its clients apart: the traffic of others does not show here. */
function whatIsSeen(address: string): string {
  return `shows what ${address} sends to this connection alone; for what it says to another: socket-protocol proxy PORT ${address}`;
}

/** Prints what comes. */
function printMessages(session: Session, naming: Naming, form: DataForm, printer: EventPrinter): void {
  session.on('message', (message) => {
    const item = { kind: 'message', message, payload: Buffer.alloc(0) } as const;
    printer.print(
      isTrouble(item) ? 'trouble' : 'received',
      textOf(item, naming, form),
      objectOf(item, naming),
    );
  });
}
