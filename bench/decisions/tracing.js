/** docs/decisions/tracing.md: what a request pays for being measured while nobody traces it, and what `tracePromise` would cost. */

import { tracingChannel } from 'node:diagnostics_channel';
import { nsPerCall, print } from './measure.js';

const silent = tracingChannel('bench:silent');
const heard = tracingChannel('bench:heard');
heard.subscribe({ asyncEnd: () => {} });
const nothing = () => {};
const answered = Promise.resolve(1);
let looks = 0;
// read in the end, so that nobody may leave the looking out
process.once('exit', () => looks);
const buckets = new Array(18).fill(0);
const bounds = buckets.map((_, i) => 0.25 * 2 ** i);
let heardMs = performance.now();

function add(ms) {
  for (let i = 0; i < bounds.length; i++) {
    if (ms > bounds[i]) continue;
    buckets[i]++;
    return;
  }
}

print('of one request', [
  nsPerCall({
    'hasSubscribers, ns': () => {
      if (silent.hasSubscribers) looks += 1;
    },
    'into a bucket, ns': () => add(heardMs - 1),
    'a clock read for it, ns': () => {
      heardMs = performance.now();
    },
  }),
]);
print('a request without subscribers, and with one', [
  nsPerCall({
    'tracePromise, nobody, ns': () => void silent.tracePromise(() => answered, {}),
    'tracePromise, somebody, ns': () => void heard.tracePromise(() => answered, {}).then(nothing),
    'looks at nobody, ns': () => {
      if (silent.hasSubscribers) looks += 1;
      return answered;
    },
  }),
]);
