/** A server, or a gateway, that refuses peers and shows it: options of `listen` as JSON. */

import { listen } from 'socket-protocol';
import { gateway, memoryBus } from 'socket-protocol/gateway';
import { openInspector } from 'socket-protocol/inspector';

const [kind, options = '{}'] = process.argv.slice(2);
const inspector = await openInspector();
const settings = { port: 0, ...JSON.parse(options), ...inspector.watch('session') };
const server =
  kind === 'gateway'
    ? (await gateway({ bus: memoryBus(), listen: settings })).server
    : await listen(settings, (session) => session.onRead(0, () => 21.5));
console.log(`debugger at ${inspector.url}\nlistening on ${server.address}`);
