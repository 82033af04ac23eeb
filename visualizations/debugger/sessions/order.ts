/** Which sessions are listed, and in which order. */

import type { SessionRow } from '../store/types.js';

/** What the list can be sorted by. */
export const ORDERS = {
  trouble: 'Trouble first',
  newest: 'Newest first',
  name: 'Name',
  rate: 'Rate',
  waiting: 'In flight',
} as const;
export type Order = keyof typeof ORDERS;

/** What failed comes first, then what had trouble, what goes on, and last what is over. */
function rank({ state, troubles, isOver }: SessionRow): number {
  if (state === 'refused' || state === 'lost') return 0;
  if (troubles > 0) return isOver ? 2 : 1;
  return isOver ? 4 : 3;
}

/** What is over comes last; otherwise the order in which they came, unless something else decides. */
const isOver = (row: SessionRow): number => (row.isOver ? 1 : 0);

const COMPARED: Readonly<Record<Order, (a: SessionRow, b: SessionRow) => number>> = {
  trouble: (a, b) => rank(a) - rank(b),
  newest: (a, b) => b.firstMs - a.firstMs,
  name: (a, b) => a.group.localeCompare(b.group, 'en', { numeric: true }),
  rate: (a, b) => b.perSecond - a.perSecond || b.messages - a.messages,
  waiting: (a, b) => b.inFlight - a.inFlight || isOver(a) - isOver(b),
};

/**
 * The sessions that a search finds, in an order.
 *
 * @param rows all of them, in the order in which they came
 * @param wanted words that must all be in the name, the address, the state or the last trouble
 * @param order what they are sorted by
 */
export function orderedRows(
  rows: readonly SessionRow[],
  wanted: string,
  order: Order,
): readonly SessionRow[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const found =
    words.length === 0
      ? [...rows]
      : rows.filter((row) => {
          const text = searchedText(row);
          return words.every((word) => text.includes(word));
        });
  return found.sort(COMPARED[order]);
}

function searchedText(row: SessionRow): string {
  const { group, process, address, channelName, role, codec, state, lastTrouble } = row;
  return [group, process, address, channelName, role, codec, state, lastTrouble?.text, lastTrouble?.code]
    .join(' ')
    .toLowerCase();
}
