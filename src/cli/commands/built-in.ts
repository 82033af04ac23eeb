/** `read`, `write` and `execute`: one request to a service that every session knows. */

import type { Command } from 'commander';
import type { Contract } from '../../contract/contract.js';
import { SID_EXECUTE_REQUEST, SID_READ_REQUEST, SID_WRITE_REQUEST } from '../../protocol/ids.js';
import type { JsonValue } from '../../protocol/message.js';
import type { RequestOptions } from '../../session/request-options.js';
import type { Session } from '../../session/session.js';
import { type Address, parseDataId, parseJsonArgument } from '../arguments.js';
import { assertFitsEntry } from '../contract/checks.js';
import { entryNamed, entryOf, type NamedEntry } from '../contract/entries.js';
import { contractOf } from '../contract/option.js';
import type { Io } from '../io.js';
import { jsonText, print } from '../output.js';
import { assertFits } from '../requests.js';
import { examples } from './common.js';
import { type PeerOptions, peerCommand, withFailureRecords, withSession } from './peer.js';

/** Adds the three commands to the program. */
export function add(program: Command, io: Io): void {
  addRead(program, io);
  addWrite(program, io);
  addExecute(program, io);
}

const DATA_HELP = 'the data id, or with --contract a name';

function addRead(program: Command, io: Io): void {
  withFailureRecords(peerCommand(program, 'read', 'read data and print it as one line of JSON'))
    .argument('<data-id>', DATA_HELP)
    .addHelpText(
      'after',
      examples(
        'read 127.0.0.1:17017 0',
        'read [::1]:17017 0 --secret-file secret.txt --verbose',
        'read device:17017 time --contract thermostat.ts --tls',
      ),
    )
    .action((address, typed, options: PeerOptions) =>
      ask({ kind: 'read', typed, data: null }, address, options, io),
    );
}

function addWrite(program: Command, io: Io): void {
  withFailureRecords(peerCommand(program, 'write', 'write data'))
    .argument('<data-id>', DATA_HELP)
    .argument('<json>', 'the data', parseJsonArgument)
    .addHelpText(
      'after',
      examples(`write 127.0.0.1:17017 7 '{"brightness": 0.5}'`, 'write 127.0.0.1:17017 7 -- -Infinity'),
    )
    .action((address, typed, data, options: PeerOptions) =>
      ask({ kind: 'write', typed, data }, address, options, io),
    );
}

function addExecute(program: Command, io: Io): void {
  withFailureRecords(
    peerCommand(
      program,
      'execute',
      'make the peer execute something and print the result as one line of JSON',
    ),
  )
    .argument('<data-id>', DATA_HELP)
    .argument('[json]', 'the argument', parseJsonArgument, null)
    .addHelpText('after', examples('execute 127.0.0.1:17017 1', `execute 127.0.0.1:17017 1 '["now", 3]'`))
    .action((address, typed, data, options: PeerOptions) =>
      ask({ kind: 'execute', typed, data }, address, options, io),
    );
}

const SERVICES = { read: SID_READ_REQUEST, write: SID_WRITE_REQUEST, execute: SID_EXECUTE_REQUEST } as const;

/** A request as it was typed. */
interface Question {
  readonly kind: keyof typeof SERVICES;
  /** The data id, or a name. */
  readonly typed: string;
  readonly data: JsonValue;
}

/** Sends one request and prints the data of its answer. */
async function ask(question: Question, address: Address, options: PeerOptions, io: Io): Promise<void> {
  const contract = await contractOf(options);
  const { dataId, entry } = targetOf(question, contract);
  assertFits(dataId, options);
  if (entry !== undefined) await assertFitsEntry(entry, 'input', question.data, options.timeout);
  await withSession({ address, contract }, options, io, async (session) => {
    const data = await send(session, question, dataId, { signal: io.interrupted });
    if (entry !== undefined) await assertFitsEntry(entry, 'output', data, options.timeout);
    const named = entry === undefined ? {} : { name: entry.name };
    print(io, options.json ?? false, { ...named, data }, jsonText(data));
  });
}

/** What a request is about; a number may be in the contract, too. */
function targetOf(
  { kind, typed }: Question,
  contract: Contract | undefined,
): { readonly dataId: number; readonly entry?: NamedEntry | undefined } {
  if (contract === undefined) return { dataId: parseDataId(typed) };
  if (!/^\d+$/.test(typed) || Object.hasOwn(contract.entries, typed)) {
    const entry = entryNamed(contract, typed, kind);
    return { dataId: entry.dataId, entry };
  }
  const dataId = parseDataId(typed);
  return { dataId, entry: entryOf(contract, SERVICES[kind], dataId) };
}

function send(
  session: Session,
  { kind, data }: Question,
  dataId: number,
  how: RequestOptions,
): Promise<JsonValue> {
  if (kind === 'read') return session.read(dataId, how);
  return kind === 'write' ? session.write(dataId, data, how) : session.execute(dataId, data, how);
}
