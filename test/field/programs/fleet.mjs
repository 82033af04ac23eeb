/** A fleet of devices: many clients in one process, each with a name of its own. */

import { connect } from 'socket-protocol';
import { obey, say } from './lines.mjs';

const devices = new Map();
/** How many connect at once: this is no test of a herd. */
const WAVE = 25;

obey({
  /** Connects so many, with the names `PREFIX-NUMBER`. */
  launch: async ({ prefix, count, options }) => {
    const names = Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
    const launched = [];
    for (let i = 0; i < count; i += WAVE) {
      const wave = names.slice(i, i + WAVE);
      const connected = wave.map((channelName) => connect({ ...options, channelName, waitForPeer: true }));
      launched.push(...(await Promise.all(connected)));
    }
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
