/** All troubles: each kind once, with how often, when and in how many sessions, newest first; the detail tells the story of a row. */

import { signal } from '@preact/signals';
import { Icon } from '../app/icons.js';
import { useKeys } from '../app/keys.js';
import { VirtualList } from '../app/virtual-list.js';
import { searchedWords } from '../messages/filter.js';
import type { Store } from '../store/store.js';
import { count, counted, seconds, wallClock } from '../store/texts.js';
import type { NumberedTrouble } from '../store/types.js';
import { rowsOf, type TroubleRow } from './rows.js';
import { markTold, tell } from './telling.js';

const ROW_PX = 52;

/** Rows of several troubles that are open. */
const opened = signal<ReadonlySet<string>>(new Set());

/** The list. */
export function TroublesView({ store }: { store: Store }) {
  const { group, entry: chosen } = store.selection.value;
  // the table of messages has fields, and shares the filter
  const words = searchedWords(store.filter.value);
  const incidents = store.incidents.value.filter(
    (trouble) =>
      (group === null || trouble.group === group) && isUpTo(store, trouble) && fits(store, trouble, words),
  );
  const rows = rowsOf(incidents, opened.value);
  const place = placeOf(store, rows, chosen);
  const choose = (row: TroubleRow | undefined) => {
    if (row === undefined) return;
    markTold(row.incidents);
    store.select({ entry: row.latest.number });
  };
  const step = (by: number) =>
    choose(rows[place < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, place + by))]);
  const toggle = (row: TroubleRow | undefined) => {
    if (row === undefined || row.incidents.length < 2) return;
    const next = new Set(opened.peek());
    if (!next.delete(row.key)) next.add(row.key);
    opened.value = next;
  };
  useKeys('Troubles', [
    { keys: ['ArrowUp'], what: 'Newer trouble', run: () => step(-1) },
    { keys: ['ArrowDown'], what: 'Older trouble', run: () => step(1) },
    { keys: ['Enter'], what: 'Open or close a row of several', run: () => toggle(rows[place]) },
  ]);
  if (rows.length === 0) return <Nothing store={store} />;
  return (
    <>
      <p class="hidden" role="status">
        {counted(rows.length, 'kind of trouble', 'kinds of trouble')}
      </p>
      <VirtualList
        class="troubles"
        count={rows.length}
        rowHeight={ROW_PX}
        shown={place < 0 ? null : place}
        attributes={{
          id: 'troubles',
          role: 'listbox',
          tabIndex: 0,
          'aria-label': 'Troubles, newest first',
          'aria-activedescendant': place < 0 ? undefined : `trouble-${place}`,
        }}
        row={(index) => {
          const row = rows[index];
          if (row === undefined) return null;
          return (
            <Row
              key={row.key}
              store={store}
              row={row}
              place={index}
              all={rows.length}
              isChosen={index === place}
              choose={() => choose(row)}
              toggle={() => toggle(row)}
            />
          );
        }}
      />
    </>
  );
}

function isUpTo(store: Store, { firstMs }: NumberedTrouble): boolean {
  const moment = store.moment.value;
  return moment === null || firstMs <= moment;
}

function fits(store: Store, trouble: NumberedTrouble, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const title = tell(store, trouble)?.title ?? '';
  const text = `${trouble.group} ${trouble.code} ${trouble.text} ${title}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** The row of the entry that is chosen: of a trouble that is told as part of another, of that other. */
function placeOf(store: Store, rows: readonly TroubleRow[], chosen: number | null): number {
  const entry = store.entry(chosen);
  if (entry?.kind !== 'trouble') return -1;
  const { group, incident } = store.explanationOf(entry);
  const isIn = (row: TroubleRow): boolean =>
    row.incidents.some((each) => each.group === group && each.incident === incident);
  const part = rows.findIndex((row) => row.isPart && isIn(row));
  return part >= 0 && rows[part]?.latest.number === chosen ? part : rows.findIndex(isIn);
}

function Row(props: {
  store: Store;
  row: TroubleRow;
  place: number;
  all: number;
  isChosen: boolean;
  choose: () => void;
  toggle: () => void;
}) {
  const { store, row, place, all, isChosen, choose, toggle } = props;
  const { latest, incidents, isPart } = row;
  const isSeveral = incidents.length > 1;
  const isOpen = opened.value.has(row.key);
  const title = tell(store, latest)?.title ?? latest.text;
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
    <div
      role="option"
      id={`trouble-${place}`}
      class={`trouble-row ${isPart ? 'part' : ''}`}
      aria-selected={isChosen}
      aria-setsize={all}
      aria-posinset={place + 1}
      onClick={() => {
        choose();
        if (isSeveral && isChosen) toggle();
      }}
    >
      <Icon name={isSeveral ? (isOpen ? 'down' : 'right') : 'trouble'} />
      <span class="title">{isPart ? latest.text : title}</span>
      <span class="times">
        {row.count > 1 && <strong>{`${count(row.count)} times`}</strong>}
        <time>{timesOf(store, row)}</time>
      </span>
      <span class="where">
        <span class="group">
          {row.groups > 1 ? `${count(row.groups)} sessions, last ${latest.group}` : latest.group}
        </span>
        {isPart ? '' : latest.text}
      </span>
    </div>
  );
}

/** When it happened, first and last. */
function timesOf(store: Store, { firstMs, lastMs, count: times }: TroubleRow): string {
  const startedAt = store.startedAt.value;
  const at = (ms: number): string =>
    startedAt === null ? `${seconds(ms)} s` : wallClock(startedAt + ms).slice(0, 8);
  const [first, last] = [at(firstMs), at(lastMs)];
  return times === 1 || first === last ? last : `${first} – ${last}`;
}

function Nothing({ store }: { store: Store }) {
  const hidden = store.incidents.value.length;
  return (
    <div class="nothing pad">
      <Icon name="check" />
      <p>
        {hidden === 0
          ? 'No trouble so far. What goes wrong is listed here, with what it means and what to do.'
          : `${counted(hidden, 'trouble does', 'troubles do')} not fit the search, the session or the moment that is shown.`}
      </p>
    </div>
  );
}
