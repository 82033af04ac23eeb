/** The figures as text: on a terminal, and as Markdown. */

import { CONTENDERS, isPeer } from './contenders/index.js';
import { figuresOf, speeds } from './goals.js';
import { PART_NAMES } from './profile.js';
import { median, ratios, spread } from './statistics.js';
import { ECHOES } from './workloads.js';

const NONE = '–';
const thousands = (number) =>
  number >= 10_000
    ? `${Math.round(number / 1_000)} k`
    : `${(number / 1_000).toFixed(number < 1_000 ? 2 : 1)} k`;
const twoDigits = (number) => number.toFixed(number >= 10 ? 0 : number >= 1 ? 1 : 2);
const short = (number) => (number >= 100 ? number.toFixed(0) : number.toFixed(2));

/** The median of a figure over the rounds that a contender has it in, as text. */
function cell(rounds, id, write) {
  const values = rounds.flatMap((round) => round[id] ?? []);
  return values.length === 0 ? NONE : write(median(values));
}

const idsIn = (rounds) =>
  CONTENDERS.map(({ id }) => id).filter((id) => rounds.some((round) => round[id] !== undefined));

/** Requests a second of every contender, at one place: a header, and rows whose first cell names the contender. */
export function speedTable(rounds) {
  const workloads = ECHOES.filter(({ id }) =>
    rounds.some((round) => Object.values(round).some((of) => of[id])),
  );
  return [
    ['requests a second', ...workloads.map(({ what }) => what)],
    ...idsIn(rounds).map((id) => [
      id,
      ...workloads.map((workload) =>
        cell(
          figuresOf(rounds, (echoes) => echoes[workload.id]?.perSecond),
          id,
          thousands,
        ),
      ),
    ]),
  ];
}

/** Latency, CPU time and spread with 64 in flight on one core. */
export function costTable(rounds) {
  const figure = (name) => figuresOf(rounds, (echoes) => echoes['24B-64']?.[name]);
  const perSecond = figure('perSecond');
  return [
    ['64 in flight, one core', 'p50', 'p99', 'CPU client', 'CPU server', 'spread'],
    ...idsIn(perSecond).map((id) => [
      id,
      cell(figure('p50Ms'), id, (ms) => `${ms.toFixed(2)} ms`),
      cell(figure('p99Ms'), id, (ms) => `${ms.toFixed(2)} ms`),
      cell(figure('clientCpuUs'), id, (us) => `${us.toFixed(1)} µs`),
      cell(figure('serverCpuUs'), id, (us) => `${us.toFixed(1)} µs`),
      `± ${(spread(perSecond.flatMap((round) => round[id] ?? [])) * 100).toFixed(0)} %`,
    ]),
  ];
}

/** What connections cost. */
export function connectionTable({ connections, idle }) {
  const coming = (figure) => figuresOf(connections, (of) => of[figure]);
  const resting = (figure) => figuresOf(idle, (of) => of[figure]);
  return [
    ['connections', 'CPU server, connect and close', 'a second', 'idle: RSS of the server', 'first request'],
    ...idsIn([...coming('perSecond'), ...resting('rssEach')]).map((id) => [
      id,
      cell(coming('serverCpuUs'), id, (us) => `${us.toFixed(0)} µs`),
      cell(coming('perSecond'), id, thousands),
      cell(resting('rssEach'), id, (bytes) => `${(bytes / 1024).toFixed(1)} KiB`),
      cell(resting('firstRequestMs'), id, (ms) => `${(ms * 1_000).toFixed(0)} µs`),
    ]),
  ];
}

/** Requests through a gateway beside bare requests of NATS, on one core. */
export function gatewayTable({ gateway }) {
  const figure = (workload, name) => figuresOf(gateway, (by) => by[workload][name]);
  const asking = Object.keys(gateway[0] ?? {});
  return [
    ['NATS, one core', '64 in flight', 'CPU of the requester', 'CPU of all others', '1 in flight: p50'],
    ...asking.map((id) => [
      id,
      cell(figure('many', 'perSecond'), id, thousands),
      cell(figure('many', 'clientCpuUs'), id, (us) => `${us.toFixed(1)} µs`),
      cell(figure('many', 'serverCpuUs'), id, (us) => `${us.toFixed(1)} µs`),
      cell(figure('one', 'quietP50Ms'), id, (ms) => `${ms.toFixed(2)} ms`),
    ]),
  ];
}

/** How many times as good we are: as many requests a second, as little CPU for a connection, as little memory. */
export function comparisonTable(run) {
  const others = CONTENDERS.filter(({ id }) => isPeer(id) || id === 'floor-plain').map(({ id }) => id);
  const times = (values) => (values.length === 0 ? NONE : `${twoDigits(median(values))}×`);
  const server = figuresOf(run.connections, ({ serverCpuUs }) => serverCpuUs);
  const memory = figuresOf(run.idle, ({ rssEach }) => rssEach);
  return [
    ['', ...others.map((id) => (id === 'floor-plain' ? '`node:net`, lines of JSON' : id))],
    ...ECHOES.map(({ id, what }) => [
      what,
      ...others.map((other) => times(ratios(speeds(run, id), 'ours', other))),
    ]),
    ['connect and close, CPU of the server', ...others.map((other) => times(ratios(server, other, 'ours')))],
    ['idle connection, memory of the server', ...others.map((other) => times(ratios(memory, other, 'ours')))],
  ];
}

/** Shares of the parts of the library in the CPU time of both sides, for each row that has a profile. */
export function profileTable(profiles) {
  const rows = Object.keys(profiles);
  const shareOf = (row, part) => profiles[row].parts.find(({ what }) => what === part)?.share ?? 0;
  return [
    ['of the CPU time of both sides', ...rows.map((row) => ECHOES.find(({ id }) => id === row)?.what ?? row)],
    ...PART_NAMES.map((part) => [part, ...rows.map((row) => `${Math.round(shareOf(row, part) * 100)} %`)]),
    ['**in all**', ...rows.map((row) => `${profiles[row].microseconds.toFixed(1)} µs`)],
  ];
}

/** The goals, with the figures of each round where they are wanted. */
export function goalTable(goals, withRounds) {
  return [
    ['', 'our session', 'goal', 'reached', ...(withRounds ? ['round by round'] : [])],
    ...goals.map(({ nearness, knownMiss, what, sign, bound, unit = '', reached, note, values }) => [
      nearness >= 1 ? 'ok' : knownMiss === undefined ? 'MISSED' : 'missed, known',
      what,
      `${sign} ${bound}${unit}`,
      `${short(reached)}${unit}${note === undefined ? '' : ` (${note})`}`,
      ...(withRounds ? [values.map(short).join(' ')] : []),
    ]),
  ];
}

export function printSpeeds(run) {
  for (const [rounds, where] of [
    [run.one, 'both sides on one core, a second of CPU time'],
    [run.two, 'a core for each side'],
  ]) {
    if (rounds.length > 0) printTable(`${where}:`, speedTable(rounds));
  }
  if (figuresOf(run.one, (echoes) => echoes['24B-64']).some((round) => Object.keys(round).length > 0))
    printTable('', costTable(run.one));
  if (run.connections.length + run.idle.length > 0) printTable('', connectionTable(run));
  if (run.gateway.length > 0) printTable('', gatewayTable(run));
}

export function printTable(title, rows) {
  console.log(title === '' ? '' : `\n${title}`);
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows)
    console.log(
      row
        .map((text, column) => text.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
}

/** A table in Markdown. */
export function markdown([header, ...rows]) {
  const line = (cells) => `| ${cells.join(' | ')} |\n`;
  return line(header) + line(header.map(() => '---')) + rows.map(line).join('');
}

const FUNCTIONS_SHOWN = 25;

/** For each row, the shares of the parts and the most expensive functions. */
export function printProfiles(profiles) {
  for (const [row, { parts, functions, microseconds, paths }] of Object.entries(profiles)) {
    const line = ({ what, share }) => [`${(share * 100).toFixed(1)} %`.padStart(6), what];
    printTable(`${row}: ${microseconds.toFixed(1)} µs of CPU time, both sides, without the profiler`, [
      ['', 'part'],
      ...parts.map(line),
    ]);
    printTable('', [['', 'function'], ...functions.slice(0, FUNCTIONS_SHOWN).map(line)]);
    console.log(`\nThe profiles, for any viewer: ${paths.join(', ')}`);
  }
}
