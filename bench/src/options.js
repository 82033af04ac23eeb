/** What the command line asks for. */

import { parseArgs } from 'node:util';
import { PROFILED_ROWS } from './profile.js';
import { FULL, ONLY, QUICK, QUICK_ROWS, ROW_IDS, rowsAsked } from './rows.js';

/**
 * Reads the arguments.
 *
 * @returns the rows to measure, how long, and `isWhole` where everybody takes part
 * @throws Error for rows that do not exist, and for options that do not go together
 */
export function optionsOf(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      profile: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const { quick, only, profile, write, json } = values;
  const isWhole = !quick && only === undefined && !profile;
  if (write && !isWhole) throw new Error('--write needs a whole run: leave out the other options.');
  const rows =
    only === undefined ? (quick ? QUICK_ROWS : profile ? PROFILED_ROWS : ROW_IDS) : rowsAsked(only);
  const unprofiled = rows.find((row) => profile && !PROFILED_ROWS.includes(row));
  if (unprofiled !== undefined)
    throw new Error(`"${unprofiled}" has no profile. These have: ${PROFILED_ROWS.join(', ')}.`);
  const size = quick ? QUICK : isWhole ? FULL : ONLY;
  return { rows, isWhole, profile, write, json, size: { ...size, ...roundsOf(values.rounds) } };
}

/** As many rounds of all that has rounds. */
function roundsOf(text) {
  if (text === undefined) return {};
  const rounds = Number(text);
  if (!Number.isSafeInteger(rounds) || rounds < 1)
    throw new Error(`--rounds is a number from 1 on, not "${text}".`);
  return {
    rounds,
    depthRounds: rounds,
    connectionRounds: rounds,
    memoryRounds: rounds,
    gatewayRounds: rounds,
  };
}
