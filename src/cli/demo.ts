/** The original's example, server and client in one program over real TCP, with the log of both sides. */

import { connect } from '../connect.js';
import { SID_READ_REQUEST } from '../protocol/ids.js';
import type { JsonValue } from '../protocol/message.js';
import { type Io, lineLogger } from './io.js';
import { ASC_TIME_DATA_ID, startServer } from './serve.js';

/**
 * Runs the example and prints what both sides log, then what was read.
 *
 * @param io where the log goes
 * @throws (rejects) as `connect`, `listen` and `read` do
 */
export async function demo(io: Io): Promise<void> {
  const logger = lineLogger(io.stdout);
  const secret = 'only the demo uses this secret';
  // the server has no name of its own: it takes over the client's
  const server = await startServer({ host: '127.0.0.1', port: 0 }, { secret, logger });
  let time: JsonValue;
  try {
    const client = await connect({ port: server.port, secret, logger, channelName: 'example_client' });
    try {
      client.addData(SID_READ_REQUEST, ASC_TIME_DATA_ID, 'asc_time');
      time = await client.read(ASC_TIME_DATA_ID);
    } finally {
      await client.close();
    }
  } finally {
    await server.close();
  }
  io.stdout(`\nThe server's time is ${String(time)}\n`);
}
