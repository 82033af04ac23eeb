/** The picture of the map as nodes and arrows; how it is drawn is the business of the files that draw it. */

import { type Import, permitOf, roomOf } from './imports.js';
import { ROOMS, type Room } from './rooms.js';

/** Rooms that are drawn inside a frame, under the name of their folder. */
const FRAMES = ['src/cli', 'src/session'];

/** A room, or a frame around rooms. */
export interface MapNode {
  readonly id: string;
  readonly label: string;
  readonly rooms: readonly MapNode[];
}

/** Something in `from` imports something in `to`. */
export interface MapArrow {
  readonly from: string;
  readonly to: string;
  /** Whether the map allows no more than types. */
  readonly isForTypes: boolean;
  /** Whether only files that are exceptions of their room import it. */
  readonly isException: boolean;
}

/** What is drawn. */
export interface ArchitectureMap {
  readonly nodes: readonly MapNode[];
  readonly arrows: readonly MapArrow[];
}

/** The map of some imports. */
export function mapOf(imports: readonly Import[]): ArchitectureMap {
  return { nodes: topNodes(), arrows: withoutImplied(arrowsOf(imports)) };
}

function topNodes(): MapNode[] {
  const nodes = new Map<string, MapNode>();
  for (const room of ROOMS) {
    const frame = frameOf(room);
    if (frame === undefined) nodes.set(room.name, { id: room.name, label: room.name, rooms: [] });
    else nodes.set(frame, nodes.get(frame) ?? frameNode(frame));
  }
  return [...nodes.values()];
}

function frameNode(frame: string): MapNode {
  const rooms = ROOMS.filter((room) => frameOf(room) === frame);
  return {
    id: `${frame}/`,
    label: frame,
    rooms: rooms.map(({ name }) => ({ id: name, label: labelIn(frame, name), rooms: [] })),
  };
}

/** The room that the folder itself is holds what its other rooms share or are joined by. */
function labelIn(frame: string, room: string): string {
  return room === frame ? 'root' : room.slice(frame.length + 1);
}

function frameOf({ name }: Room): string | undefined {
  return FRAMES.find((frame) => name === frame || name.startsWith(`${frame}/`));
}

/** Inside a frame from room to room, else from frame to frame: who is meant in detail stands in the table. */
function arrowsOf(imports: readonly Import[]): MapArrow[] {
  const arrows = new Map<string, MapArrow>();
  for (const each of imports) {
    const from = roomOf(each.from);
    const to = roomOf(each.to);
    if (from === undefined || to === undefined || from === to) continue;
    const frames = [frameOf(from), frameOf(to)];
    const isInside = frames[0] === frames[1] && frames[0] !== undefined;
    // the settings and the handle of a session are known to all its rooms
    if (isInside && each.isType && to.name === frames[1]) continue;
    const arrow = {
      from: isInside || frames[0] === undefined ? from.name : `${frames[0]}/`,
      to: isInside || frames[1] === undefined ? to.name : `${frames[1]}/`,
    };
    const permit = permitOf(each);
    if (permit === undefined || permit === 'home') continue;
    const key = `${arrow.from} ${arrow.to}`;
    const before = arrows.get(key) ?? { isForTypes: true, isException: true };
    arrows.set(key, {
      ...arrow,
      isForTypes: before.isForTypes && permit.isForTypes,
      isException: before.isException && permit.isException,
    });
  }
  return [...arrows.values()].sort((a, b) => `${a.from} ${a.to}`.localeCompare(`${b.from} ${b.to}`, 'en'));
}

/** Leaves out an arrow where others lead to the same place; exceptions are drawn, and lead nowhere. */
function withoutImplied(arrows: readonly MapArrow[]): MapArrow[] {
  const rules = arrows.filter(({ isException }) => !isException);
  const reaches = (from: string, to: string, seen: Set<string>): boolean =>
    rules.some((arrow) => {
      if (arrow.from !== from || seen.has(arrow.to)) return false;
      seen.add(arrow.to);
      return arrow.to === to || reaches(arrow.to, to, seen);
    });
  return arrows.filter(
    ({ from, to }) =>
      !rules.some(
        (first) => first.from === from && first.to !== to && reaches(first.to, to, new Set([from])),
      ),
  );
}
