/** docs/decisions/deadlines.md: a timer for each request, and one for all of equal length. */

import { compiled, nsPerCall, print } from './measure.js';

const { Deadlines } = await import(compiled('src/session/asking/deadlines.js'));
const { Timed } = await import(compiled('src/session/asking/timer-groups.js'));
const { systemClock } = await import(compiled('src/base/clock.js'));

const TIMEOUT_MS = 5_000;
const elapsed = () => {};

const rows = [1, 64, 1_000, 10_000].map((inFlight) => {
  const timers = new Array(inFlight).fill(undefined);
  const deadlines = new Deadlines(systemClock, { elapsed, failed: elapsed });
  const requests = Array.from({ length: inFlight }, () => new Timed());
  const ns = nsPerCall({
    'a timer each, ns': (i) => {
      clearTimeout(timers[i % inFlight]);
      timers[i % inFlight] = setTimeout(elapsed, TIMEOUT_MS);
    },
    'shared, ns': (i) => {
      const request = requests[i % inFlight];
      deadlines.stop(request);
      deadlines.start(request, TIMEOUT_MS, systemClock.now() + TIMEOUT_MS);
    },
  });
  for (const timer of timers) clearTimeout(timer);
  deadlines.clear();
  return { 'in flight': inFlight, ...ns };
});
print('To begin and end one time-out', rows);
