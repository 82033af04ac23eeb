/** The device at the gateway: a client of TCP, in a process of its own. */

import { connect } from '../../../dist/src/index.js';
import { DEVICE, ECHO } from './gateway-nats.js';
import { SECRET } from './sessions.js';

export async function serve(port) {
  const session = await connect({ port, secret: SECRET, channelName: DEVICE, waitForPeer: true });
  session.onExecute(ECHO, (data) => data);
  return { port };
}
