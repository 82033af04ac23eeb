/** The same request, answered by a device at a gateway: the client library of NATS asks, and knows nothing of gateways. */

import { natsBus } from '../../../dist/src/bus/nats/index.js';
import { gateway } from '../../../dist/src/gateway/index.js';
import { askAt } from './nats-bare.js';
import { SECRET } from './sessions.js';

/** The name of the device, and what it answers. */
export const DEVICE = 'bench-device';
export const ECHO = 0;
const EXECUTE = 30;

/** The gateway; its port is the one for devices. */
export async function serve(port) {
  const bus = await natsBus({ servers: `127.0.0.1:${port}` });
  const { server } = await gateway({ bus, listen: { port: 0, secret: SECRET, maxConnections: 20_000 } });
  return { port: server.port };
}

export const connect = (port) => askAt(`sp.${DEVICE}.${EXECUTE}.${ECHO}`, port);
