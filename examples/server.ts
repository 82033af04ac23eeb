/** The server of the original's example: answers a read request for `asc_time`. */
import { PureJsonProtocol, SID_READ_REQUEST, STATUS_OKAY, TcpServerStp } from 'socket-protocol';

const ASC_TIME = 0;

const transport = new TcpServerStp({ port: Number(process.argv[2] ?? 17017) });
const protocol = new PureJsonProtocol(transport, { logger: console });
protocol.addData(SID_READ_REQUEST, ASC_TIME, 'asc_time');
protocol.registerCallback(SID_READ_REQUEST, ASC_TIME, () => [STATUS_OKAY, new Date().toString()]);
console.log('listening on port', await transport.listening());
