// biome-ignore-all lint/a11y/useSemanticElements: rows that are placed by their offset cannot be those of a table
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names the cell that is active
/** The table: only the rows in sight are in the document, however many there are. */

import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../app/icons.js';
import type { Store } from '../store/store.js';
import { count } from '../store/texts.js';
import type { Column, ColumnName } from './columns.js';
import { cellId, Heading, Line, ROW_PX } from './lines.js';
import { type MessagesModel, sessionsIn, shownColumns } from './model.js';
import { endOf } from './row-facts.js';
import type { Row } from './rows.js';
import { drawnRows, isAtEnd, OVERSCAN, placeAtTime, type Span, scrolledTo, type View } from './window.js';

/** Columns that grow where there is room, and how much more than the others. */
const GROWING: Readonly<Partial<Record<ColumnName, number>>> = {
  data: 1,
  status: 1,
  trouble: 1,
  content: 2,
  waterfall: 2,
};

/** What the table tells the keys of the view. */
export interface TableHandle {
  /** What is in sight. */
  view(): View;
  /** Scrolls to the end at which new rows appear, and stays there. */
  follow(): void;
  focus(): void;
}

export function Table(props: {
  store: Store;
  model: MessagesModel;
  handle: { current: TableHandle | null };
  /** What stands where there are no rows. */
  children: ComponentChildren;
}) {
  const { store, model, handle } = props;
  const box = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  /** A row that stays where it is while others come above it: its id, and how far it is below the top. */
  const anchor = useRef<{ readonly id: number; readonly offset: number } | null>(null);
  const isFollowing = useRef(true);
  const [seen, setSeen] = useState({ top: 0, height: 600, width: 900 });
  model.version.value;
  const sorting = model.sorting.value;
  const { listing } = model;
  const newestIsFirst = !isByTime(sorting.column) || sorting.isDescending;
  const viewAt = (scrollTop: number): View => ({
    scrollTop,
    height: seen.height,
    rowHeight: ROW_PX,
    count: listing.length,
  });

  // where the table is to be scrolled: at the end that it follows, or where the row at the top stays
  let top = seen.top;
  const kept = anchor.current === null ? undefined : model.rows.withId(anchor.current.id);
  if (isFollowing.current) top = newestIsFirst ? 0 : Math.max(0, listing.length * ROW_PX - seen.height);
  else if (anchor.current !== null && anchor.current.id < (model.rows.all[0]?.id ?? 0) && !newestIsFirst)
    // what was in sight is forgotten: the oldest that there is comes nearest
    top = 0;
  else if (kept !== undefined && anchor.current !== null) {
    const place = listing.placeOf(kept);
    if (place !== -1) top = Math.max(0, place * ROW_PX - anchor.current.offset);
  }
  const view = viewAt(top);
  const { from, to } = drawnRows(view);
  const drawn = listing.slice(from, to);
  const elements = Math.ceil(seen.height / ROW_PX) + 2 * OVERSCAN + 2;
  const firstSeen = Math.floor(top / ROW_PX);
  const span = spanOf(
    drawn.slice(firstSeen - from, Math.ceil((top + seen.height) / ROW_PX) - from),
    store.lastMs.value,
  );

  const look = () => {
    const element = box.current;
    if (element === null) return;
    const height = element.clientHeight - (head.current?.offsetHeight ?? 0);
    const [scrollTop, width] = [element.scrollTop, element.clientWidth];
    // by what is drawn: neither rows that have come since nor less room than then are reasons to stop following
    isFollowing.current = isAtEnd(
      { ...view, scrollTop, height: Math.max(height, view.height) },
      newestIsFirst,
    );
    keepAt(scrollTop);
    setSeen((before) =>
      before.top === scrollTop && before.height === height && before.width === width
        ? before
        : { top: scrollTop, height, width },
    );
  };
  const keepAt = (scrollTop: number) => {
    const place = Math.floor(scrollTop / ROW_PX);
    const row = listing.at(place);
    anchor.current = row === undefined ? null : { id: row.id, offset: place * ROW_PX - scrollTop };
  };

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    look();
    const observer = new ResizeObserver(() => measure(element, head.current, setSeen));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    model.width.value = seen.width;
  }, [seen.width]);
  useLayoutEffect(() => {
    const element = box.current;
    if (element !== null && Math.abs(element.scrollTop - top) > 0.5) element.scrollTop = top;
  });

  // the chosen row comes into sight when it is chosen, and when the order is another
  const chosen = model.chosen;
  const order = `${sorting.column} ${sorting.isDescending} ${model.applied.value}`;
  const isFirst = useRef(true);
  useLayoutEffect(() => {
    const element = box.current;
    const place = chosen === undefined ? -1 : listing.placeOf(chosen);
    if (element === null) return;
    if (place === -1) {
      // another order, and nothing that has to stay in sight
      if (!isFirst.current) isFollowing.current = true;
    } else {
      isFollowing.current = false;
      const scrolled = scrolledTo(place, view);
      element.scrollTop = scrolled;
      keepAt(scrolled);
    }
    isFirst.current = false;
    look();
  }, [chosen?.id, order]);

  // the moment that is shown is in sight
  const moment = store.moment.value;
  const wasPast = useRef(false);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || !isByTime(sorting.column)) return;
    if (moment === null) {
      if (wasPast.current && chosen === undefined) handle.current?.follow();
      wasPast.current = false;
      return;
    }
    wasPast.current = true;
    const msAt = (place: number): number => listing.at(place)?.ms ?? 0;
    const place = placeAtTime(listing.length, msAt, moment, sorting.isDescending);
    if (place === -1) return;
    isFollowing.current = false;
    const scrolled = scrolledTo(place, view);
    element.scrollTop = scrolled;
    keepAt(scrolled);
    look();
    // those that come while a link is followed are in sight when all are there
  }, [moment, listing.length === 0, store.choice.isRestoring]);

  handle.current = {
    view: () => view,
    focus: () => box.current?.focus(),
    follow: () => {
      isFollowing.current = true;
      anchor.current = null;
      model.version.value++;
    },
  };

  const columns = shownColumns(model.columns.value, seen.width, sessionsIn(store));
  const hasData = columns.some(({ name }) => name === 'data');
  const tracks = columns.map(({ name, width }) => {
    const growth = GROWING[name] ?? (name === 'service' && !hasData ? 1 : undefined);
    return growth === undefined ? `${width}px` : `minmax(${width}px, ${growth}fr)`;
  });
  const least = columns.reduce((sum, { width }) => sum + width, 0);
  const below = newestIsFirst ? firstSeen : listing.length - Math.ceil((top + seen.height) / ROW_PX);
  const until = store.until.value;
  return (
    <div class="table-room">
      <div
        class="grid"
        id="messages"
        ref={box}
        role="grid"
        tabIndex={0}
        aria-label="Messages"
        aria-rowcount={listing.length + 1}
        aria-colcount={columns.length}
        aria-activedescendant={
          chosen === undefined ? undefined : cellId(chosen, activeColumn(columns, model))
        }
        onScroll={look}
        onKeyDown={(event) => moveColumn(event, columns, model)}
        style={{ '--tracks': tracks.join(' '), '--least': `${least}px`, '--row': `${ROW_PX}px` }}
      >
        <div class="grid-head" role="rowgroup" ref={head}>
          <div class="grid-row" role="row" aria-rowindex={1}>
            {columns.map((column) => (
              <Heading key={column.name} column={column} model={model} span={span} />
            ))}
          </div>
        </div>
        <div class="grid-body" role="rowgroup" style={{ height: `${listing.length * ROW_PX}px` }}>
          {drawn.map((row, index) => (
            <Line
              // an element is used again for the row that comes as another goes
              key={(from + index) % elements}
              row={row}
              place={from + index}
              columns={columns}
              startedAt={store.startedAt.value}
              span={span}
              isChosen={row === chosen}
              isLater={until !== null && row.first.number > until}
              activeColumn={row === chosen ? activeColumn(columns, model) : null}
              choose={(column) => {
                if (column !== null) model.column.value = column;
                model.choose(row);
              }}
            />
          ))}
        </div>
      </div>
      {props.children}
      {!isFollowing.current && listing.length * ROW_PX > seen.height && (
        <button
          type="button"
          class={`follow ${newestIsFirst ? 'at-top' : ''}`}
          onClick={() => handle.current?.follow()}
        >
          <Icon name={newestIsFirst ? 'up' : 'down'} />
          {isByTime(sorting.column) ? (below > 0 ? `Follow: ${count(below)} newer` : 'Follow') : 'To the top'}
        </button>
      )}
    </div>
  );
}

function measure(
  element: HTMLElement,
  head: HTMLElement | null,
  set: (
    change: (before: { top: number; height: number; width: number }) => {
      top: number;
      height: number;
      width: number;
    },
  ) => void,
): void {
  const height = element.clientHeight - (head?.offsetHeight ?? 0);
  set(({ top }) => ({ top, height, width: element.clientWidth }));
}

function isByTime(column: string): boolean {
  return column === 'time' || column === 'waterfall';
}

/** The time from the first to the last of some rows, with a little room. */
function spanOf(rows: readonly Row[], nowMs: number): Span {
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (const row of rows) {
    from = Math.min(from, row.ms);
    to = Math.max(to, endOf(row) ?? nowMs);
  }
  return from > to ? { from: 0, to: 0 } : { from, to: to + (to - from) * 0.01 };
}

/** The column that keys start from; the first where the chosen one is not shown. */
function activeColumn(columns: readonly Column[], model: MessagesModel): ColumnName {
  const name = model.column.value;
  return columns.some((column) => column.name === name) ? name : (columns[0]?.name ?? name);
}

function moveColumn(event: KeyboardEvent, columns: readonly Column[], model: MessagesModel): void {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (
    by === undefined ||
    event.target !== event.currentTarget ||
    event.altKey ||
    event.ctrlKey ||
    event.metaKey
  )
    return;
  const place = columns.findIndex(({ name }) => name === activeColumn(columns, model));
  const next = columns[Math.max(0, Math.min(columns.length - 1, place + by))];
  if (next === undefined) return;
  event.preventDefault();
  model.column.value = next.name;
}
