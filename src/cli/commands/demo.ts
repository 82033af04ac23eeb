/** The original's example, server and client in one program over real TCP, with the log of both sides. */

import { connect } from '../../client/connect.js';
import { SID_READ_REQUEST } from '../../protocol/ids.js';
import type { JsonValue } from '../../protocol/message.js';
import type { Logger } from '../../session/journal/logging.js';
import { type Io, lineLogger } from '../io.js';
import { jsonLine } from '../recording/item-lines.js';
import { ASC_TIME_DATA_ID, startServer } from './serve.js';

/**
 * Runs the example and prints what both sides log, then what was read.
 *
 * @param isJson whether lines of JSON are printed
 * @param io where the log goes
 * @throws (rejects) as `connect`, `listen` and `read` do, and the reason of an interruption
 */
export async function demo(isJson: boolean, io: Io): Promise<void> {
  const logger = isJson ? jsonLogger(io.stdout) : lineLogger(io.stdout);
  const secret = 'only the demo uses this secret';
  const signal = io.interrupted;
  // the server has no name of its own: it takes over the client's
  const server = await startServer({ host: '127.0.0.1', port: 0 }, { secret, logger });
  let time: JsonValue;
  try {
    const client = await connect({
      port: server.port,
      secret,
      logger,
      channelName: 'example_client',
      signal,
    });
    try {
      client.addData(SID_READ_REQUEST, ASC_TIME_DATA_ID, 'asc_time');
      time = await client.read(ASC_TIME_DATA_ID, { signal });
    } finally {
      await client.close();
    }
  } finally {
    await server.close();
  }
  io.stdout(isJson ? jsonLine({ data: time }) : `\nThe server's time is ${String(time)}\n`);
}

/** A logger that writes an object with `level`, `name` where there is one, and `text` per entry. */
function jsonLogger(write: (line: string) => void, name?: string): Logger {
  const at =
    (level: string) =>
    (text: string): void =>
      write(jsonLine({ level, ...(name === undefined ? {} : { name }), text }));
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warning'),
    error: at('error'),
    child: (bindings: { readonly name: string }) => jsonLogger(write, bindings.name),
  };
}
