/** An agent all of whose subscribers throw. With SURVIVES it hears of that itself, as a program does that wants to live on. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';

const spans = new AsyncLocalStorage();
const broken = () => {
  throw new Error('the agent is broken');
};
let thrown = 0;

if (process.env.SURVIVES !== undefined) {
  process.on('uncaughtException', ({ message }) => {
    if (message === 'the agent is broken') thrown++;
  });
  process.on('exit', () => console.log(JSON.stringify({ thrown })));
}
for (const operation of ['request', 'handle', 'connect']) {
  const channel = tracingChannel(`socket-protocol:${operation}`);
  channel.subscribe({ start: broken, end: broken, asyncStart: broken, asyncEnd: broken, error: broken });
  channel.start.bindStore(spans, broken);
}
