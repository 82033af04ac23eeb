/** Writes what a full run found into the README, docs/performance.md and the plot. */

import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { bestPeer } from './goals.js';
import { plot } from './plot.js';
import {
  comparisonTable,
  connectionTable,
  costTable,
  gatewayTable,
  goalTable,
  markdown,
  profileTable,
  speedTable,
} from './tables.js';
import { ECHOES } from './workloads.js';

const fileOf = (path) => new URL(`../../${path}`, import.meta.url);

export function writeReport(run, goals) {
  const where = `Node ${process.versions.node}, ${arch()}, ${cpus().length} cores`;
  const rounds = `medians of ${run.one.length} rounds`;
  const best = ECHOES.map(({ id, what }) => `${bestPeer(run, id)} (${what})`).join(', ');
  writeFileSync(fileOf('docs/performance.svg'), plot(run));
  replace('README.md', 'bench', `${markdown(comparisonTable(run))}\n${where}; ${rounds}.\n`);
  replace(
    'docs/performance.md',
    'bench',
    [
      `${where}; ${rounds}. Both sides on one core, requests in a second of CPU time:\n`,
      markdown(speedTable(run.one)),
      `The best peer is ${best}. A core for each side, requests in a second on the clock:\n`,
      markdown(speedTable(run.two)),
      markdown(costTable(run.one)),
      markdown(connectionTable(run)),
      run.gateway.length === 0 ? 'There was no nats-server.\n' : markdown(gatewayTable(run)),
      'What we want to hold, and whether it did in this run:\n',
      markdown(goalTable(goals, false)),
    ].join('\n'),
  );
  replace('docs/performance.md', 'profile', markdown(profileTable(run.profiles)));
}

/** Replaces what stands between the two marks of a file. */
function replace(path, mark, text) {
  const file = fileOf(path);
  const before = readFileSync(file, 'utf8');
  const marks = new RegExp(`(<!-- ${mark}: begin -->\\n)[\\s\\S]*(<!-- ${mark}: end -->)`);
  if (!marks.test(before)) throw new Error(`${path} lacks the marks of the ${mark}`);
  writeFileSync(
    file,
    before.replace(marks, (_, begin, end) => `${begin}${text}${end}`),
  );
}
