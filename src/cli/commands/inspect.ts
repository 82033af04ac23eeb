/** `inspect`: the live debugger, on a connection of its own or on a recording. */

import type { Command } from 'commander';
import type { Debugger, NumberedEntry } from '../../inspector/index.js';
import { Session } from '../../session/session.js';
import { TcpClientStp } from '../../transport/tcp-client.js';
import { type Address, parseAddress, parseListeningPort } from '../address.js';
import { learnContract, Naming } from '../contract/entries.js';
import { contractOf } from '../contract/option.js';
import { type DebuggerOptions, openDebugger, withJoinOption } from '../debugger.js';
import { UsageError } from '../errors.js';
import { readRecordingText } from '../files.js';
import type { Io } from '../io.js';
import { withUnixForAddress } from '../link-options.js';
import { warn } from '../output.js';
import { beginningOf, readDebuggerRecording, showRecorded } from '../recording/debugger.js';
import type { Unread } from '../recording/format.js';
import type { PeerView } from '../recording/peer-view.js';
import { MAX_REPLAYED_ENTRIES, showTraffic } from '../recording/shown-traffic.js';
import { readTraffic } from '../recording/traffic.js';
import { examples, holdOpen } from './common.js';
import { holdSessions } from './ending.js';
import {
  ADDRESS_HELP,
  clientLink,
  lastingSessionOptions,
  type PeerOptions,
  withPeerOptions,
} from './peer.js';

interface InspectArguments extends PeerOptions {
  readonly replay?: string;
  readonly record?: string;
  readonly port: number;
  readonly stately?: string | true;
  readonly join?: string;
}

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  withJoinOption(withUnixForAddress(withPeerOptions(program.command('inspect'), 'client')))
    .description('open the live debugger, a local web page, on a connection or a recording')
    .argument('[address]', ADDRESS_HELP, parseAddress)
    .option('--replay <recording>', 'show a file written by proxy --record or inspect --record')
    .option('--record <file>', 'record everything that is shown; seeds and keys never are')
    .option('--port <port>', 'the port of the page; 0: any free port', parseListeningPort, 0)
    .option('--stately [url]', "send everything to a server of Stately's inspector as well")
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
  const { port, record, replay, stately, join, json: isJson = false } = options;
  const how = { port, record, isJson, stately, join, processName: 'inspect' };
  if (address !== undefined && replay === undefined) await inspectPeer(address, options, how, io);
  else if (replay !== undefined && address === undefined) await inspectRecording(replay, options, how, io);
  else throw new UsageError('Give either HOST:PORT or --replay RECORDING');
}

/** Connects to the peer and shows the session. */
async function inspectPeer(
  address: Address,
  options: PeerOptions,
  how: DebuggerOptions,
  io: Io,
): Promise<void> {
  const settings = lastingSessionOptions(options, io);
  const link = clientLink(address, options, settings.secret, io);
  const contract = await contractOf(options);
  await using inspector = await openDebugger(how, io);
  const watched = inspector.watch('session', { canSend: how.join === undefined });
  const session = new Session(new TcpClientStp(link), { ...settings, ...watched });
  if (contract !== undefined) learnContract(session, contract);
  await holdSessions(io, how.isJson, session);
}

/** Shows a recording of the debugger or of `proxy`. */
async function inspectRecording(
  file: string,
  options: PeerOptions,
  how: DebuggerOptions,
  io: Io,
): Promise<void> {
  const naming = new Naming(await contractOf(options));
  const text = await readRecordingText(file, io);
  const onUnread = (unread: Unread): void => warn(io, unread.text);
  const shown = readDebuggerRecording(text, onUnread) ?? readTraffic(text, onUnread);
  const startedAt = 'items' in shown ? shown.startedAt : beginningOf(text, shown);
  const time = { ms: 0 };
  await using inspector = await openDebugger(
    { ...how, title: file, now: () => time.ms, startedAt, maxHistory: MAX_REPLAYED_ENTRIES },
    io,
  );
  const views =
    'items' in shown ? showTraffic(inspector, shown, naming, time) : showEntries(inspector, shown);
  await holdOpen(io, {
    [Symbol.asyncDispose]: async () => {
      for (const view of views) view.stop();
    },
  });
}

function showEntries(inspector: Debugger, entries: readonly NumberedEntry[]): PeerView[] {
  showRecorded(inspector, entries);
  return [];
}
