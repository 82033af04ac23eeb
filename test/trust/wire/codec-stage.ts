import type { Stage } from '../stage.js';
import { reachA3 } from './chunking.js';
import { reachA2 } from './faults.js';
import { reachA4 } from './identity.js';

/** A2 to A4: faults of single bytes, chunks, and encoding and decoding as each other's inverse. */
export const codecStage: Stage = {
  name: 'frames and messages',
  figures: ['A2', 'A3', 'A4'],
  run: async (context) => {
    const stackTraceLimit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0; // a million refusals that nobody reads
    try {
      return [reachA2(context), reachA3(context), reachA4(context)];
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  },
};
