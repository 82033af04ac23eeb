/** The client of the original's example: reads `asc_time`. */
import { inspect } from 'node:util';
import { SID_READ_REQUEST, SID_READ_RESPONSE, stdoutLogging, TcpClientStp } from 'socket-protocol';
import { DID_ASC_TIME, ExampleProtocol } from './example-protocol.js';

const logger = stdoutLogging('info');
const c = new TcpClientStp('', Number(process.argv[2] ?? 17017));
const sp = new ExampleProtocol(c, { channelName: 'example_client', logger });
await sp.send(SID_READ_REQUEST, DID_ASC_TIME, null);
console.log('The Client received: %s', inspect((await sp.receive(SID_READ_RESPONSE, 0))?.getData()));
await sp.close();
