/** From where to where the arrows of a session go: the two peers, the program, and the actors of the session. */

import { placeAfter } from '../store/growing.js';
import type { NumberedEntry } from '../store/types.js';
import { type GroupWorld, isRequest } from '../store/world.js';

/** All pending requests share a lane: each lives for a few arrows only. */
const REQUEST = 'request';

/** Whether an entry is an arrow. */
export const isArrow = ({ kind }: NumberedEntry): boolean =>
  kind === 'message' || kind === 'event' || kind === 'drop';

/**
 * The ends of an arrow, as names of lanes.
 *
 * @param entry a message, an event, or something dropped
 * @param own the side of the program itself
 */
export function endsOf(entry: NumberedEntry, own: string): readonly [from: string, to: string] {
  switch (entry.kind) {
    case 'message':
    case 'drop':
      return entry.from === 'server' ? ['server', 'client'] : ['client', 'server'];
    case 'event': {
      // of a proxy: `client authentication` is the machine of the client
      const [side] = entry.to.split(' ');
      const [from, to] = [laneOf(entry.from), laneOf(entry.to)];
      return [from ?? (side === entry.to ? own : (side ?? own)), to ?? own];
    }
    default:
      return [own, own];
  }
}

const laneOf = (actor: string | null): string | null =>
  actor !== null && isRequest(actor) ? REQUEST : actor;

/** The side of the program itself. */
export function ownSideOf(world: GroupWorld | undefined): string {
  const context = world?.actors.get('authentication')?.context as { role?: string } | null | undefined;
  return context?.role ?? 'program';
}

/** The lanes that a list of arrows uses; a list that grows costs what is new, and keeps the lanes of what it forgets. */
export class Lanes {
  #generation = -1;
  #own = '';
  /** The number of the last arrow that was looked at. */
  #last = 0;
  #used = new Set<string>();

  /**
   * The lanes: the two peers, the program, and the actors in the order of their making.
   *
   * @param arrows in the order of their numbers
   * @param world how the session stands
   * @param generation another number for a list that is not the one before with more at its end
   */
  update(arrows: readonly NumberedEntry[], world: GroupWorld | undefined, generation = 0): readonly string[] {
    const own = ownSideOf(world);
    if (this.#generation !== generation || this.#own !== own) {
      this.#generation = generation;
      this.#own = own;
      this.#last = 0;
      this.#used = new Set();
    }
    for (let place = placeAfter(arrows, this.#last); place < arrows.length; place++) {
      const arrow = arrows[place];
      if (arrow !== undefined) for (const lane of endsOf(arrow, own)) this.#used.add(lane);
    }
    this.#last = arrows.at(-1)?.number ?? this.#last;
    const known = ['client', 'server', 'program', ...(world?.actors.keys() ?? [])];
    const lanes = known.filter((name) => this.#used.has(name));
    return [...lanes, ...[...this.#used].filter((name) => !known.includes(name))];
  }
}

/** What stands at an arrow. */
export function labelOf(entry: NumberedEntry): string {
  switch (entry.kind) {
    case 'message': {
      const { names, status } = entry;
      return `${names.service}, ${names.data}${status === 0 ? '' : `: ${names.status}`}`;
    }
    case 'drop':
      return `dropped: ${entry.reason}`;
    case 'event':
      return entry.event.type;
    default:
      return '';
  }
}
