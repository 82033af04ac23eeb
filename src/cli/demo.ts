/** The original's example, server and client in one program over real TCP, with the log of both sides. */

import { connect } from '../connect.js';
import { SID_READ_REQUEST } from '../protocol/ids.js';
import { type Io, lineLogger } from './io.js';
import { ASC_TIME_DATA_ID, startServer } from './serve.js';

/**
 * Runs the example and prints what both sides log.
 *
 * @param io where the log goes
 */
export async function demo(io: Io): Promise<void> {
  const logger = lineLogger(io.stdout);
  const secret = 'only the demo uses this secret';
  const server = await startServer({ host: '127.0.0.1', port: 0 }, { secret, logger });
  try {
    const client = await connect({ port: server.port, secret, logger, channelName: 'example_client' });
    client.addData(SID_READ_REQUEST, ASC_TIME_DATA_ID, 'asc_time');
    const time = await client.read(ASC_TIME_DATA_ID);
    await client.close();
    io.stdout(`\nThe server's time is ${String(time)}\n`);
  } finally {
    await server.close();
  }
}
