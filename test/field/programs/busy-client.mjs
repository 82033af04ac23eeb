/** Asks a server on port PORT all the time, and once what it does not answer; the debugger watches. */

import { connect } from 'socket-protocol';
import { openInspector } from 'socket-protocol/inspector';

const [port] = process.argv.slice(2);
const inspector = await openInspector({ title: 'controller' });
console.log('debugger at', inspector.url);
const session = await connect({ port: Number(port), ...inspector.watch('pump') });
session.addService(100, 101, 'calibrate request', 'calibrate response');

/** As many as 500 a second are in this time. */
async function ask(seconds) {
  for (let n = 0; n < 50 * seconds; n++) await Promise.all(Array.from({ length: 10 }, () => session.read(0)));
}

let isLost = false;
const lost = session.request(100, 7, null, { timeout: 1_000 }).catch((error) => {
  isLost = true;
  console.log(error.code);
});
while (!isLost) await ask(0.1);
await lost;
await ask(60);
console.log('a minute later');
