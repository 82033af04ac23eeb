/** `serve`: a server to try things on, with a clock, a store and an echo. */

import { type Command, Option } from 'commander';
import { StatusError } from '../../protocol/errors.js';
import { SID_READ_REQUEST, SID_READ_RESPONSE, STATUS_OPERATION_NOT_PERMITTED } from '../../protocol/ids.js';
import { listen } from '../../server/listen.js';
import type { Server } from '../../server/server.js';
import type { SessionOptions } from '../../session/options.js';
import type { Session } from '../../session/session.js';
import { type Address, parseAddress } from '../address.js';
import { contractOf } from '../contract/option.js';
import { debuggerFor, type InspectOptions, withInspectOptions } from '../debugger.js';
import { UsageError } from '../errors.js';
import type { Io } from '../io.js';
import { asctime } from './asctime.js';
import { examples } from './common.js';
import { ContractMock, readAnswers } from './contract-mock.js';
import { playDevice } from './device.js';
import {
  holdServer,
  type ListenOptions,
  type ServerLink,
  serverLink,
  withListenOptions,
} from './listening.js';
import { type PeerOptions, sessionOptions, withFailureRecords, withPeerOptions } from './peer.js';
import { Store } from './store.js';

interface ServeArguments extends PeerOptions, ListenOptions, InspectOptions {
  readonly answers?: string;
  readonly connect?: Address;
}

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  const command = withFailureRecords(
    withPeerOptions(program.command('serve'), 'server', 'client'),
  ).description('answer READ 0 with the time, store what is written, echo what is executed');
  withInspectOptions(withListenOptions(command))
    .addOption(
      new Option(
        '--connect <address>',
        'connect to this server and answer it, as a device does; do not listen',
      )
        .argParser(parseAddress)
        .conflicts(['port', 'host', 'unix']),
    )
    .option('--answers <file>', 'with --contract: what to answer, as JSON: an object of names and data')
    .addHelpText(
      'after',
      examples(
        'serve',
        'serve --port 0 --host 0.0.0.0 --secret-file secret.txt --log-level info',
        'serve --tls --cert server.pem --key server-key.pem',
        'serve --contract thermostat.ts --answers answers.json',
        'serve --inspect 8080',
        'serve --connect 127.0.0.1:17017 --channel pump-3',
      ),
    )
    .action(async (options: ServeArguments) => {
      const isJson = options.json ?? false;
      const mock = await mockOf(options, io);
      await using inspector = await debuggerFor(options, 'serve', isJson, io);
      const watched = inspector?.watch('session', { canSend: options.allowSend === true });
      if (options.connect !== undefined)
        return await playDevice(options.connect, options, answering(mock), io, watched);
      const settings = sessionOptions(options, io);
      const link = serverLink(options, settings.secret, io);
      const { recordFailures } = options;
      const server = await startServer(link, { ...settings, ...watched, recordFailures }, mock);
      await holdServer(server, link, options, isJson, io);
    });
}

/** What stands in for the program that a contract describes; undefined where there is no contract. */
async function mockOf({ answers, ...options }: ServeArguments, io: Io): Promise<ContractMock | undefined> {
  const contract = await contractOf(options);
  if (contract !== undefined)
    return await ContractMock.make(
      contract,
      answers === undefined ? {} : await readAnswers(answers, io),
      options.timeout,
    );
  if (answers !== undefined) throw new UsageError('--answers needs --contract');
  return undefined;
}

/** READ of this data id answers with the time. */
export const ASC_TIME_DATA_ID = 0;
/**
 * Starts the server.
 *
 * @param link where and how to listen; port 0: any free port
 * @param options the options of its sessions
 * @param mock answers in place of the clock, the store and the echo
 * @returns the server, listening
 * @throws (rejects) ListenError if it cannot listen
 */
export function startServer(
  link: ServerLink,
  options: SessionOptions & { readonly recordFailures?: string | undefined },
  mock?: ContractMock | undefined,
): Promise<Server> {
  return listen({ ...link, ...options }, answering(mock));
}

/** What registers the answers with each session; all of them share what is written. */
function answering(mock: ContractMock | undefined): (session: Session) => void {
  if (mock !== undefined) return (session) => mock.serve(session);
  const store = new Store();
  return (session) => serveSession(session, store);
}

function serveSession(session: Session, store: Store): void {
  session.addData([SID_READ_REQUEST, SID_READ_RESPONSE], ASC_TIME_DATA_ID, 'asc_time');
  session.onRead(ASC_TIME_DATA_ID, () => asctime(new Date()));
  session.onRead(null, (_, { dataId }) => store.read(dataId));
  session.onWrite(ASC_TIME_DATA_ID, () => {
    throw new StatusError(STATUS_OPERATION_NOT_PERMITTED);
  });
  session.onWrite(null, (data, { dataId }) => store.write(dataId, data));
  session.onExecute(null, (data) => data);
}
