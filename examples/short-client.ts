/** The client of the example, as one would write it here. */
import { connect } from 'socket-protocol';

const session = await connect({ port: Number(process.argv[2] ?? 17017), channelName: 'example_client' });
console.log('the time is', await session.read(0));
await session.close();
