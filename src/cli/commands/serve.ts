/** `serve`: a server to try things on, with a clock, a store and an echo. */

import type { Command } from 'commander';
import { StatusError } from '../../protocol/errors.js';
import { SID_READ_REQUEST, SID_READ_RESPONSE, STATUS_OPERATION_NOT_PERMITTED } from '../../protocol/ids.js';
import { listen } from '../../server/listen.js';
import type { Server } from '../../server/server.js';
import type { SessionOptions } from '../../session/options.js';
import type { Session } from '../../session/session.js';
import { contractOf } from '../contract/option.js';
import { UsageError } from '../errors.js';
import type { Io } from '../io.js';
import { asctime } from './asctime.js';
import { examples } from './common.js';
import { ContractMock, readAnswers } from './contract-mock.js';
import {
  holdServer,
  type ListenOptions,
  type ServerLink,
  serverLink,
  withListenOptions,
} from './listening.js';
import { type PeerOptions, sessionOptions, withFailureRecords, withPeerOptions } from './peer.js';
import { Store } from './store.js';

interface ServeArguments extends PeerOptions, ListenOptions {
  readonly answers?: string;
}

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  const command = withFailureRecords(withPeerOptions(program.command('serve'), 'server')).description(
    'answer READ 0 with the time, store what is written, echo what is executed',
  );
  withListenOptions(command)
    .option('--answers <file>', 'with --contract: what to answer, as JSON: an object of names and data')
    .addHelpText(
      'after',
      examples(
        'serve',
        'serve --port 0 --host 0.0.0.0 --secret-file secret.txt --log-level info',
        'serve --tls --cert server.pem --key server-key.pem',
        'serve --contract thermostat.ts --answers answers.json',
      ),
    )
    .action(async (options: ServeArguments) => {
      const isJson = options.json ?? false;
      const settings = sessionOptions(options, io);
      const link = serverLink(options, settings.secret, io);
      const server = await startServer(
        link,
        { ...settings, recordFailures: options.recordFailures },
        await mockOf(options),
      );
      await holdServer(server, link, options, isJson, io);
    });
}

/** What stands in for the program that a contract describes; undefined where there is no contract. */
async function mockOf({ answers, ...options }: ServeArguments): Promise<ContractMock | undefined> {
  const contract = await contractOf(options);
  if (contract !== undefined)
    return await ContractMock.make(
      contract,
      answers === undefined ? {} : readAnswers(answers),
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
  const store = new Store();
  return listen({ ...link, ...options }, (session) => {
    if (mock === undefined) serveSession(session, store);
    else mock.serve(session);
  });
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
