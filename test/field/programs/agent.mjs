/** What a monitoring agent has loaded before the program (`--import`): it knows the names of the channels, and not the package. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';

const spans = new AsyncLocalStorage();
globalThis.currentSpan = () => spans.getStore() ?? 'none';
const ended = [];

for (const operation of ['request', 'handle', 'connect']) {
  const channel = tracingChannel(`socket-protocol:${operation}`);
  const begun = new WeakMap();
  channel.start.bindStore(spans, ({ dataName }) => `${operation} ${dataName}`);
  channel.subscribe({
    start: (context) => void begun.set(context, [spans.getStore()]),
    end: (context) => void begun.get(context).push('end'),
    asyncStart: (context) => void begun.get(context).push('asyncStart'),
    asyncEnd: (context) => {
      const { role, kind, dataName, status, error } = context;
      const events = [...begun.get(context), 'asyncEnd'];
      ended.push({ operation, role, kind, dataName, status, code: error?.code, events });
    },
    error: (context) => void begun.get(context).push('error'),
  });
}

process.on('exit', () => console.log(JSON.stringify(ended)));
