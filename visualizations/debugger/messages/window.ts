/** Which rows of a long table are in sight, and where it is scrolled: arithmetic alone. */

/** What can be seen of a table whose rows are all of one height. */
export interface View {
  /** In pixels. */
  readonly scrollTop: number;
  readonly height: number;
  readonly rowHeight: number;
  /** How many rows there are. */
  readonly count: number;
}

/** Rows that are drawn above and below those in sight, so that a quick scroll shows no gap. */
export const OVERSCAN = 8;

/** The rows to draw: from one place up to another, without it. */
export function drawnRows({ scrollTop, height, rowHeight, count }: View): {
  readonly from: number;
  readonly to: number;
} {
  const top = Math.max(0, Math.min(scrollTop, count * rowHeight - height));
  const from = Math.max(0, Math.floor(top / rowHeight) - OVERSCAN);
  const to = Math.min(count, Math.ceil((top + height) / rowHeight) + OVERSCAN);
  return { from: Math.min(from, to), to };
}

/** Closer to an end than this many rows, the table follows what comes there. */
const NEAR_ROWS = 1.5;

/** Whether the end is in sight at which new rows appear. */
export function isAtEnd({ scrollTop, height, rowHeight, count }: View, newestIsFirst: boolean): boolean {
  if (newestIsFirst) return scrollTop <= rowHeight * NEAR_ROWS;
  return scrollTop + height >= count * rowHeight - rowHeight * NEAR_ROWS;
}

/** Where to scroll so that a row is in sight, moving as little as possible. */
export function scrolledTo(place: number, { scrollTop, height, rowHeight, count }: View): number {
  const top = place * rowHeight;
  const most = Math.max(0, count * rowHeight - height);
  if (top < scrollTop) return Math.min(top, most);
  if (top + rowHeight > scrollTop + height) return Math.min(top + rowHeight - height, most);
  return scrollTop;
}

/** The row that a key leads to; null for a key that leads nowhere. */
export function placeByKey(key: string, place: number, { height, rowHeight, count }: View): number | null {
  if (count === 0) return null;
  const page = Math.max(1, Math.floor(height / rowHeight) - 1);
  const within = (to: number): number => Math.max(0, Math.min(count - 1, to));
  switch (key) {
    case 'ArrowDown':
      return within(place + 1);
    case 'ArrowUp':
      return within(place < 0 ? count - 1 : place - 1);
    case 'PageDown':
      return within(place + page);
    case 'PageUp':
      return within(place - page);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

/**
 * The row at a moment: the last that had begun by then.
 *
 * @param count how many rows there are
 * @param msAt when the row at a place began; rows are in the order of time
 * @param ms the moment
 * @param newestIsFirst whether the order is turned round
 * @returns -1 where none had begun
 */
export function placeAtTime(
  count: number,
  msAt: (place: number) => number,
  ms: number,
  newestIsFirst: boolean,
): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (msAt(newestIsFirst ? count - 1 - middle : middle) <= ms) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return -1;
  return newestIsFirst ? count - low : low - 1;
}

/** A stretch of time. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Where a bar of the waterfall is.
 *
 * @param ms when it begins
 * @param endMs when it ends; null while it goes on
 * @param span what the whole width stands for
 * @returns parts of the width, from 0 to 1
 */
export function barOf(ms: number, endMs: number | null, span: Span): { start: number; length: number } {
  const width = Math.max(span.to - span.from, 0.001);
  const within = (at: number): number => Math.max(0, Math.min(1, (at - span.from) / width));
  const start = within(ms);
  return { start, length: within(endMs ?? span.to) - start };
}
