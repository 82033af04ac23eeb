/** The server of the original's example: waits 2 s for a client, and as long until it has gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { stdoutLogging, TcpServerStp } from 'socket-protocol';
import { ExampleProtocol } from './example-protocol.js';

const logger = stdoutLogging('info');
const s = new TcpServerStp('', Number(process.argv[2] ?? 17017));
const sp = new ExampleProtocol(s, { channelName: 'example_server', logger });

let i = 0;
while (!s.isConnected() && i <= 20) {
  i += 1;
  await sleep(100); // wait for a connection
}

i = 0;
while (s.isConnected() && i <= 20) {
  i += 1;
  await sleep(100); // wait for disconnect
}
await sp.close();
