/** Draws the requests a second of every contender with 64 in flight on one core: bars, to be read in both themes. */

import { median } from './statistics.js';

const WORKLOAD = '24B-64';
const ROW = 26;
const LEFT = 140;
const WIDTH = 760;
const TOP = 44;

export function plot(run) {
  const bars = Object.keys(run.rounds[0].one)
    .map((name) => ({
      name,
      perSecond: median(run.rounds.map((round) => round.one[name][WORKLOAD].perSecond)),
    }))
    .sort((a, b) => b.perSecond - a.perSecond);
  const longest = bars[0].perSecond;
  const height = TOP + bars.length * ROW + 12;
  const rows = bars.map(({ name, perSecond }, index) => {
    const y = TOP + index * ROW;
    const width = ((WIDTH - LEFT - 80) * perSecond) / longest;
    const kind = name.startsWith('ours') ? 'ours' : name.startsWith('floor') ? 'floor' : 'peer';
    return [
      `<text x="${LEFT - 8}" y="${y + 14}" text-anchor="end">${name}</text>`,
      `<rect class="${kind}" x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 8}" rx="2"/>`,
      `<text x="${(LEFT + width + 6).toFixed(1)}" y="${y + 14}">${Math.round(perSecond / 1_000)} k</text>`,
    ].join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Requests a second with 64 in flight, client and server on one core">
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.ours { fill: #1a7f64 } .peer { fill: #8c959f } .floor { fill: #d0d7de }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #3fb992 } .peer { fill: #6e7681 } .floor { fill: #3d444d } }
</style>
<text class="title" x="8" y="22">Requests a second, 24 characters, 64 in flight, client and server on one core</text>
${rows.join('\n')}
</svg>
`;
}
