/** The server of the command line: a clock, a small store, an echo. */

import { StatusError } from '../errors.js';
import { listen, type Server } from '../listen.js';
import {
  SID_READ_REQUEST,
  STATUS_OPERATION_NOT_PERMITTED,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../protocol/ids.js';
import type { JsonValue } from '../protocol/message.js';
import type { Session } from '../session/session.js';
import type { SessionOptions } from '../session/session-options.js';

/** READ of this data id answers with the time. */
export const ASC_TIME_DATA_ID = 0;
/** Values that the store keeps: whoever may write could otherwise fill the memory. */
const MAX_STORED_VALUES = 10_000;

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
  const store = new Map<number, JsonValue>();
  return listen({ ...address, ...options }, (session) => serveSession(session, store));
}

function serveSession(session: Session, store: Map<number, JsonValue>): void {
  session.addData(SID_READ_REQUEST, ASC_TIME_DATA_ID, 'asc_time');
  session.onRead(ASC_TIME_DATA_ID, () => asctime(new Date()));
  session.onRead(null, (_, { dataId }) => {
    const value = store.get(dataId);
    if (value === undefined) throw new StatusError(STATUS_SERVICE_OR_DATA_UNKNOWN);
    return value;
  });
  session.onWrite(ASC_TIME_DATA_ID, () => {
    throw new StatusError(STATUS_OPERATION_NOT_PERMITTED);
  });
  session.onWrite(null, (data, { dataId }) => {
    if (store.size >= MAX_STORED_VALUES && !store.has(dataId))
      throw new StatusError(STATUS_OPERATION_NOT_PERMITTED);
    store.set(dataId, data);
    return null;
  });
  session.onExecute(null, (data) => data);
}
