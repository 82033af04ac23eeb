/** The server of the command line: a clock, a small store, an echo. */

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

/** READ of this data id answers with the time. */
export const ASC_TIME_DATA_ID = 0;
/** Values that the store keeps: whoever may write could otherwise fill the memory. */
const MAX_STORED_VALUES = 10_000;
/** What they may measure in all, in characters of JSON: four of the longest frames. */
const MAX_STORED_CHARACTERS = 64 * 1024 * 1024;

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * A moment as Python's `time.asctime` writes it: `Sun Feb  2 00:00:44 2025`.
 *
 * @param date the moment, shown in local time
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
 * @param address where to listen; port 0 lets the system choose
 * @param options how its sessions behave
 * @returns the server, listening
 */
export function startServer(
  address: { host: string; port: number },
  options: SessionOptions,
): Promise<Server> {
  const store = new Store();
  return listen({ ...address, ...options }, (session) => serveSession(session, store));
}

/** What was written, by data id; shared by all sessions. */
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
