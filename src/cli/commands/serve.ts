/** `serve`: a server to try things on, with a clock, a store and an echo. */

import type { Command } from 'commander';
import { StatusError } from '../../protocol/errors.js';
import {
  SID_READ_REQUEST,
  STATUS_OPERATION_NOT_PERMITTED,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../../protocol/ids.js';
import type { JsonValue } from '../../protocol/message.js';
import { listen, type Server } from '../../server/listen.js';
import type { SessionOptions } from '../../session/options.js';
import type { Session } from '../../session/session.js';
import { stringifyJson } from '../../wire/json.js';
import type { Io } from '../io.js';
import { examples } from './common.js';
import { holdSessions } from './ending.js';
import { type ListenOptions, printListening, withListenOptions } from './listening.js';
import { type PeerOptions, sessionOptions, withPeerOptions } from './peer.js';

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  const command = withPeerOptions(program.command('serve')).description(
    'answer READ 0 with the time, store what is written, echo what is executed',
  );
  withListenOptions(command)
    .addHelpText(
      'after',
      examples('serve', 'serve --port 0 --host 0.0.0.0 --secret-file secret.txt --log-level info'),
    )
    .action(async (options: PeerOptions & ListenOptions) => {
      const { host, port, json: isJson = false } = options;
      const server = await startServer({ host, port }, sessionOptions(options, io));
      printListening(io, isJson, server);
      await holdSessions(io, isJson, server);
    });
}

/** READ of this data id answers with the time. */
export const ASC_TIME_DATA_ID = 0;
/** A limit on stored values, so that no client can fill the memory. */
const MAX_STORED_VALUES = 10_000;
/** A limit on their size together, in characters of JSON: four of the longest frames. */
const MAX_STORED_CHARACTERS = 64 * 1024 * 1024;

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * A date as Python's `time.asctime` writes it, in local time: `Sun Feb  2 00:00:44 2025`.
 *
 * @param date the date
 */
export function asctime(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const day = String(date.getDate()).padStart(2, ' ');
  return `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${day} ${time} ${date.getFullYear()}`;
}

/**
 * Starts the server.
 *
 * @param address where to listen; port 0: any free port
 * @param options the options of its sessions
 * @returns the server, listening
 * @throws (rejects) ListenError if it cannot listen
 */
export function startServer(
  address: { host: string; port: number },
  options: SessionOptions,
): Promise<Server> {
  const store = new Store();
  return listen({ ...address, ...options }, (session) => serveSession(session, store));
}

/** What clients wrote, by data id; all sessions share it. */
class Store {
  readonly #values = new Map<number, { value: JsonValue; size: number }>();
  #size = 0;

  read(dataId: number): JsonValue {
    const entry = this.#values.get(dataId);
    if (entry === undefined) throw new StatusError(STATUS_SERVICE_OR_DATA_UNKNOWN);
    return entry.value;
  }

  write(dataId: number, value: JsonValue): void {
    const before = this.#values.get(dataId);
    const size = stringifyJson(value, { allowNan: true }).length;
    const grown = this.#size + size - (before?.size ?? 0);
    const isFull = before === undefined && this.#values.size >= MAX_STORED_VALUES;
    if (isFull || grown > MAX_STORED_CHARACTERS) throw new StatusError(STATUS_OPERATION_NOT_PERMITTED);
    this.#values.set(dataId, { value, size });
    this.#size = grown;
  }
}

function serveSession(session: Session, store: Store): void {
  session.addData(SID_READ_REQUEST, ASC_TIME_DATA_ID, 'asc_time');
  session.onRead(ASC_TIME_DATA_ID, () => asctime(new Date()));
  session.onRead(null, (_, { dataId }) => store.read(dataId));
  session.onWrite(ASC_TIME_DATA_ID, () => {
    throw new StatusError(STATUS_OPERATION_NOT_PERMITTED);
  });
  session.onWrite(null, (data, { dataId }) => store.write(dataId, data));
  session.onExecute(null, (data) => data);
}
