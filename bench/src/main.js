/** Runs the comparison: every contender in turn, round after round, and ratios within each round. */

import { writeFileSync } from 'node:fs';
import { canPin, hasTwoCores } from './cores.js';
import { failures, judge } from './goals.js';
import { optionsOf } from './options.js';
import { takeProfile } from './profile.js';
import { writeReport } from './report.js';
import { PROFILED_IN_FULL } from './rows.js';
import { measureRows } from './run.js';
import { goalTable, printProfiles, printSpeeds, printTable } from './tables.js';

/** Machines are noisy: a short run fails only where a goal is missed by more than this. */
const SHORT_TOLERANCE = 0.8;

const startedMs = performance.now();
const seconds = () => ((performance.now() - startedMs) / 1_000).toFixed(0);
const say = (text) => process.stderr.write(`${seconds().padStart(4)} s  ${text}\n`);

const options = understood();
if (!canPin) say('there is no taskset: one core and two are the same here');
if (!hasTwoCores) say('there is one core: both sides share it in all that is measured');
process.exit((options.profile ? await profile(options) : await compare(options)) ? 0 : 1);

function understood() {
  try {
    return optionsOf(process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

async function profile({ rows, size }) {
  printProfiles(await profilesOf(rows, size));
  return true;
}

async function profilesOf(rows, size) {
  const profiles = {};
  for (const row of rows) {
    say(`profile of ${row}`);
    profiles[row] = await takeProfile(row, size);
  }
  return profiles;
}

/** @returns whether all that must hold does */
async function compare({ rows, size, isWhole, json, write }) {
  const run = await measureRows(rows, size, { isWhole, say });
  const goals = judge(run, rows);
  printSpeeds(run);
  printTable('', goalTable(goals, !isWhole));
  if (isWhole) printProfiles((run.profiles = await profilesOf(PROFILED_IN_FULL, size)));
  if (json !== undefined) writeFileSync(json, JSON.stringify({ run, goals }));
  if (write) writeReport(run, goals);
  return conclude(goals, isWhole);
}

function conclude(goals, isWhole) {
  const reached = goals.filter(({ nearness }) => nearness >= 1);
  console.log(`\n${reached.length} of ${goals.length} goals reached in ${seconds()} s`);
  for (const { what, nearness, knownMiss } of goals.filter((goal) => goal.knownMiss !== undefined))
    console.log(
      nearness < 1 ? `known miss: ${what} (${knownMiss})` : `a known miss that is reached: ${what}`,
    );
  const missed = failures(goals, isWhole ? 1 : SHORT_TOLERANCE);
  for (const { what } of missed) console.log(`MISSED${isWhole ? '' : ' by more than a fifth'}: ${what}`);
  return missed.length === 0;
}
