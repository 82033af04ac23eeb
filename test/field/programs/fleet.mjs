/** A fleet of devices: many clients in one process, each with a name of its own. */

import { connect } from 'socket-protocol';
import { obey, say } from './lines.mjs';

const devices = new Map();

obey({
  /** Connects so many, with the names `PREFIX-NUMBER`. */
  launch: async ({ prefix, count, options }) => {
    const names = Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
    const launched = await Promise.all(
      names.map((channelName) => connect({ ...options, channelName, waitForPeer: true })),
    );
    launched.forEach((device, i) => {
      const name = names[i];
      device.onRead(0, () => name);
      device.onWrite(1, (data) => data);
      device.on('message', ({ serviceId }) => serviceId === 13 && say('news', { name }));
      device.on('disconnected', (reason) => say('disconnected', { name, args: [reason] }));
      device.on('connected', () => say('connected', { name }));
      devices.set(name, device);
    });
  },
  /** Ends one of them without a word. */
  sink: async ({ name }) => void (await devices.get(name).close()),
});
