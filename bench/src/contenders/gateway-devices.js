/** As `gateway-nats`, asked through `devices()`: typed errors, deadlines, and what waits for a gateway that is gone. */

import { natsBus } from '../../../dist/src/bus/nats/index.js';
import { devices } from '../../../dist/src/gateway/index.js';
import { DEVICE, ECHO } from './gateway-nats.js';

export async function connect(port) {
  const bus = await natsBus({ servers: `127.0.0.1:${port}` });
  const device = devices(bus).at(DEVICE);
  return { echo: (data) => device.execute(ECHO, data), close: () => bus.close() };
}
