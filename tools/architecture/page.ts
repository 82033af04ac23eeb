/** What docs/ARCHITECTURE.md has from the map: the table of the rooms, and the diagram as text. */

import type { ArchitectureMap } from './map.js';
import { mermaidOf } from './mermaid.js';
import { ROOMS, type Room, type Rule } from './rooms.js';

/**
 * The page with its generated parts as they should be.
 *
 * @throws Error where the page lacks the markers of a part
 */
export function withMap(page: string, map: ArchitectureMap): string {
  const diagram = ['```mermaid', mermaidOf(map), '```'].join('\n');
  return replaced(replaced(page, 'rooms', tableOfRooms()), 'diagram', diagram);
}

function replaced(page: string, part: string, content: string): string {
  const begin = `<!-- ${part}: begin -->\n`;
  const end = `\n<!-- ${part}: end -->`;
  const start = page.indexOf(begin);
  const stop = page.indexOf(end, start);
  if (start === -1 || stop === -1) throw new Error(`docs/ARCHITECTURE.md has no markers for "${part}"`);
  return page.slice(0, start + begin.length) + content + page.slice(stop);
}

function tableOfRooms(): string {
  const rows = ROOMS.map(
    (room) =>
      `| \`${[room.name, ...(room.alsoHolds ?? [])].join('`, `')}\` | ${room.purpose} | ${importsOf(room)} |`,
  );
  return ['| room | what it is for | may import |', '| --- | --- | --- |', ...rows].join('\n');
}

function importsOf(room: Room): string {
  const exceptions = Object.entries(room.exceptions ?? {}).map(
    ([file, rule]) => `\`${file.slice(file.lastIndexOf('/') + 1)}\` also: ${targetsOf(rule)}`,
  );
  const own = [targetsOf(room), ...exceptions].filter((text) => text !== '').join('<br>');
  return own === '' ? 'nothing' : own;
}

function targetsOf({ uses, usesTypesOf = [] }: Rule): string {
  return [...uses.map((target) => `\`${target}\``), ...usesTypesOf.map((target) => `_\`${target}\`_`)].join(
    ', ',
  );
}
