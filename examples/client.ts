/** The client of the original's example: reads `asc_time`. */
import { PureJsonProtocol, SID_READ_REQUEST, SID_READ_RESPONSE, TcpClientStp } from 'socket-protocol';

const ASC_TIME = 0;

const transport = new TcpClientStp({ port: Number(process.argv[2] ?? 17017) });
const protocol = new PureJsonProtocol(transport, { channelName: 'example_client', logger: console });
protocol.addData(SID_READ_REQUEST, ASC_TIME, 'asc_time');
if (await protocol.send(SID_READ_REQUEST, ASC_TIME)) {
  const answer = await protocol.receive(SID_READ_RESPONSE, ASC_TIME);
  console.log('the time is', answer?.getData('unknown'));
} else {
  console.log('there is no server');
}
await protocol.close();
