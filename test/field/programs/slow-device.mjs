// a device that answers when it is told to: it prints "asked", and answers at SIGUSR2
import { connect } from 'socket-protocol';

const [, , port, channelName] = process.argv;
const device = await connect({ port: Number(port), channelName, waitForPeer: true });
device.onRead(0, () => {
  console.log('asked');
  return new Promise((resolve) => process.once('SIGUSR2', () => resolve('at last')));
});
