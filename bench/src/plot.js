/** Draws the requests a second of every contender on one core: three panels of bars, to be read in both themes. */

import { CONTENDERS } from './contenders/index.js';
import { speeds } from './goals.js';
import { median } from './statistics.js';
import { ECHOES } from './workloads.js';

const PANELS = ['24B-1', '24B-64', '24B-1000'];
/** Our own session once, as users get it. */
const SHOWN = CONTENDERS.filter(({ id, kind }) => kind !== 'ours' || id === 'ours');
const NAMES = {
  ours: 'socket-protocol',
  'floor-plain': 'node:net + JSON',
  'floor-corked': 'node:net, joined',
};
const WIDTH = 830;
const LEFT = 134;
const GAP = 18;
const PANEL = (WIDTH - LEFT - GAP * (PANELS.length - 1)) / PANELS.length;
/** Room for the figure behind the longest bar. */
const FIGURE = 52;
const TOP = 62;
const ROW = 27;
const BAR = 18;

/** @returns the text of an SVG file */
export function plot(run) {
  const figures = PANELS.map((workload) => {
    const rounds = speeds(run, workload);
    return Object.fromEntries(SHOWN.map(({ id }) => [id, median(rounds.map((round) => round[id]))]));
  });
  const sorted = SHOWN.toSorted((a, b) => figures[1][b.id] - figures[1][a.id]);
  const yOf = (row) => TOP + row * ROW;
  const names = sorted.map(
    ({ id, kind }, row) =>
      `<text class="name ${kind}" x="${LEFT - 10}" y="${yOf(row) + 14}" text-anchor="end">${NAMES[id] ?? id}</text>`,
  );
  const panels = PANELS.map((workload, panel) => {
    const x = LEFT + panel * (PANEL + GAP);
    const longest = Math.max(...Object.values(figures[panel]));
    const bars = sorted.map(({ id, kind }, row) => {
      const perSecond = figures[panel][id];
      const width = Math.max(1, ((PANEL - FIGURE) * perSecond) / longest);
      return (
        `<rect class="${kind}" x="${x.toFixed(1)}" y="${yOf(row)}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>` +
        `<text class="figure ${kind}" x="${(x + width + 6).toFixed(1)}" y="${yOf(row) + 14}">${written(perSecond)}</text>`
      );
    });
    const { what } = ECHOES.find(({ id }) => id === workload);
    return `<text class="panel" x="${x.toFixed(1)}" y="${TOP - 14}">${what}</text>\n${bars.join('\n')}`;
  });
  const height = TOP + sorted.length * ROW + 6;
  const title = 'Requests a second, client and server together on one core';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${title}">
<style>
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 } .panel { fill: #59636e }
text.ours { font-weight: 600 }
rect.ours { fill: #1a7f64 } rect.peer { fill: #8c959f } rect.floor { fill: #c4ccd4 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .panel { fill: #9198a1 }
rect.ours { fill: #3fb992 } rect.peer { fill: #7d8590 } rect.floor { fill: #4a525b } }
</style>
<text class="title" x="8" y="22">${title}</text>
${names.join('\n')}
${panels.join('\n')}
</svg>
`;
}

const written = (perSecond) =>
  perSecond >= 10_000 ? `${Math.round(perSecond / 1_000)} k` : `${(perSecond / 1_000).toFixed(1)} k`;
