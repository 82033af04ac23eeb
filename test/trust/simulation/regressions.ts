/**
 * Seeds of worlds that once were broken. They are run first, at every budget, and none is ever taken out: what a seed
 * means may change when the simulation learns something, and then it is one more world.
 */
export const REGRESSIONS: readonly { readonly seed: number; readonly what: string }[] = [
  {
    seed: 54,
    what: 'a request of an accepted connection is never settled when its own ghost ends the session',
  },
  { seed: 105, what: 'the same, for one that had been written' },
  { seed: 60, what: 'the answer to a whitelisted request is dropped before trust' },
  { seed: 2305, what: 'the same, and the next answer settles the wrong request' },
  { seed: 63, what: 'an own channel name with control characters is logged raw' },
  { seed: 420, what: 'reading pauses for output that is gone before anybody can say so, and never resumes' },
  { seed: 935, what: 'the same on both sides' },
  {
    seed: 2493789764,
    what: 'none: a ghost of before breaks the connection in the moment of the last question',
  },
  { seed: 703522190, what: 'a callback that waited for its turn runs although the trust is gone' },
  {
    seed: 730014079,
    what: 'none: the network sent bytes between the error and the close of a socket, where Node sends nothing',
  },
  { seed: 730021865, what: 'the same for a herd whose machine slept in between' },
  { seed: 730046080, what: 'the same for a server' },
  { seed: 730024188, what: 'none: a megabyte in pieces of 16 bytes was taken for an endless loop' },
  {
    seed: 2379242977,
    what: 'a socket that reports its connection after it broke loses the listener of its error; and the network did not say that it was closed',
  },
];
