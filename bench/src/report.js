/** Writes what a full run found into the README, docs/performance.md and the plot. */

import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { plot } from './plot.js';
import {
  CONNECTION_HEADER,
  COST_HEADER,
  connectionRows,
  costRows,
  GOAL_HEADER,
  goalRows,
  markdown,
  SPEED_HEADER,
  speedRows,
} from './tables.js';

const fileOf = (path) => new URL(`../../${path}`, import.meta.url);

export function writeReport(run, goals) {
  writeFileSync(fileOf('docs/performance.svg'), plot(run));
  const where = `Node ${process.versions.node}, ${arch()}, ${cpus().length} cores`;
  replace(
    'README.md',
    `${markdown(GOAL_HEADER, goalRows(goals))}\n${where}; medians of ${run.rounds.length} rounds.\n`,
  );
  replace(
    'docs/performance.md',
    [
      `${where}; medians of ${run.rounds.length} rounds. Both sides on one core:\n`,
      markdown(SPEED_HEADER, speedRows(run, 'one')),
      'A core for each side:\n',
      markdown(SPEED_HEADER, speedRows(run, 'two')),
      markdown(COST_HEADER, costRows(run)),
      markdown(CONNECTION_HEADER, connectionRows(run)),
    ].join('\n'),
  );
}

/** Replaces what stands between the two marks of a file. */
function replace(path, text) {
  const file = fileOf(path);
  const before = readFileSync(file, 'utf8');
  const after = before.replace(
    /(<!-- bench: begin -->\n)[\s\S]*(<!-- bench: end -->)/,
    (_, begin, end) => `${begin}${text}${end}`,
  );
  if (after === before) throw new Error(`expected the marks of the bench in ${path}, got none`);
  writeFileSync(file, after);
}
