/** The figures as text: on a terminal, and as Markdown. */

import { median, spread } from './statistics.js';
import { ECHOES } from './workloads.js';

const thousands = (number) =>
  number >= 10_000 ? `${Math.round(number / 1_000)} k` : `${(number / 1_000).toFixed(1)} k`;

/** Requests a second of every contender: rows of cells, the first of which names it. */
export function speedRows(run, place) {
  return Object.keys(run.rounds[0][place]).map((name) => [
    name,
    ...ECHOES.map(({ id }) => thousands(median(run.rounds.map((round) => round[place][name][id].perSecond)))),
  ]);
}

/** Latency, CPU time and spread with 64 in flight on one core. */
export function costRows(run) {
  return Object.keys(run.rounds[0].one).map((name) => {
    const of = (figure) => run.rounds.map((round) => round.one[name]['24B-64'][figure]);
    return [
      name,
      `${median(of('p50Ms')).toFixed(2)} ms`,
      `${median(of('p99Ms')).toFixed(2)} ms`,
      `${median(of('clientCpuUs')).toFixed(1)} µs`,
      `${median(of('serverCpuUs')).toFixed(1)} µs`,
      `± ${(spread(of('perSecond')) * 100).toFixed(0)} %`,
    ];
  });
}

/** What connections cost. */
export function connectionRows(run) {
  return Object.keys(run.connections).map((name) => {
    const { perSecond, serverCpuUs } = run.connections[name];
    const idle = run.idle[name];
    return [
      name,
      `${serverCpuUs.toFixed(0)} µs`,
      thousands(perSecond),
      idle === null ? '–' : `${(idle.rssEach / 1024).toFixed(1)} KiB`,
      idle === null ? '–' : `${idle.connectMs.toFixed(2)} ms`,
      idle === null ? '–' : `${(idle.firstRequestMs * 1_000).toFixed(0)} µs`,
    ];
  });
}

export const SPEED_HEADER = ['requests a second', ...ECHOES.map(({ what }) => what)];
export const COST_HEADER = ['64 in flight, one core', 'p50', 'p99', 'CPU client', 'CPU server', 'spread'];
export const CONNECTION_HEADER = [
  'connections',
  'CPU server, connect to close',
  'a second',
  'idle, RSS of the server',
  'connect',
  'first request',
];
export const GOAL_HEADER = ['', 'our session', 'goal', 'reached'];

export function goalRows(goals) {
  return goals.map(({ isMet, what, sign, bound, reached, unit = '' }) => [
    isMet ? 'ok' : 'MISSED',
    what,
    `${sign} ${bound}${unit}`,
    `${reached >= 100 ? reached.toFixed(0) : reached.toFixed(2)}${unit}`,
  ]);
}

export function printSpeeds(run) {
  for (const [place, where] of [
    ['one', 'both sides on one core'],
    ['two', 'a core for each side'],
  ]) {
    console.log(`\n${where}:`);
    printTable([SPEED_HEADER, ...speedRows(run, place)]);
  }
  console.log('');
  printTable([COST_HEADER, ...costRows(run)]);
  console.log('');
  printTable([CONNECTION_HEADER, ...connectionRows(run)]);
}

export function printGoals(goals) {
  console.log('');
  printTable([GOAL_HEADER, ...goalRows(goals)]);
}

function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
}

/** A table in Markdown. */
export function markdown(header, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |\n`;
  return line(header) + line(header.map(() => '---')) + rows.map(line).join('');
}
