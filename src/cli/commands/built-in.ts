/** `read`, `write` and `execute`: one request to a service that every session knows. */

import type { Command } from 'commander';
import type { JsonValue } from '../../protocol/message.js';
import type { RequestOptions } from '../../session/request-options.js';
import type { Session } from '../../session/session.js';
import { type Address, parseDataId, parseJsonArgument } from '../arguments.js';
import type { Io } from '../io.js';
import { jsonText, print } from '../output.js';
import { assertFits } from '../requests.js';
import { examples } from './common.js';
import { type PeerOptions, peerCommand, withSession } from './peer.js';

/** Adds the three commands to the program. */
export function add(program: Command, io: Io): void {
  addRead(program, io);
  addWrite(program, io);
  addExecute(program, io);
}

function addRead(program: Command, io: Io): void {
  peerCommand(program, 'read', 'read data and print it as one line of JSON')
    .argument('<data-id>', 'the data id', parseDataId)
    .addHelpText(
      'after',
      examples('read 127.0.0.1:17017 0', 'read [::1]:17017 0 --secret-file secret.txt --verbose'),
    )
    .action((address, dataId, options: PeerOptions) =>
      printData({ address, dataId }, options, io, (session, how) => session.read(dataId, how)),
    );
}

function addWrite(program: Command, io: Io): void {
  peerCommand(program, 'write', 'write data')
    .argument('<data-id>', 'the data id', parseDataId)
    .argument('<json>', 'the data', parseJsonArgument)
    .addHelpText(
      'after',
      examples(`write 127.0.0.1:17017 7 '{"brightness": 0.5}'`, 'write 127.0.0.1:17017 7 -- -Infinity'),
    )
    .action((address, dataId, data, options: PeerOptions) =>
      printData({ address, dataId }, options, io, (session, how) => session.write(dataId, data, how)),
    );
}

function addExecute(program: Command, io: Io): void {
  peerCommand(program, 'execute', 'make the peer execute something and print the result as one line of JSON')
    .argument('<data-id>', 'the data id', parseDataId)
    .argument('[json]', 'the argument', parseJsonArgument, null)
    .addHelpText('after', examples('execute 127.0.0.1:17017 1', `execute 127.0.0.1:17017 1 '["now", 3]'`))
    .action((address, dataId, data, options: PeerOptions) =>
      printData({ address, dataId }, options, io, (session, how) => session.execute(dataId, data, how)),
    );
}

/** Sends one request and prints the data of its answer. */
async function printData(
  { address, dataId }: { readonly address: Address; readonly dataId: number },
  options: PeerOptions,
  io: Io,
  send: (session: Session, how: RequestOptions) => Promise<JsonValue>,
): Promise<void> {
  assertFits(dataId, options);
  await withSession(address, options, io, async (session) => {
    const data = await send(session, { signal: io.interrupted });
    print(io, options.json ?? false, { data }, jsonText(data));
  });
}
