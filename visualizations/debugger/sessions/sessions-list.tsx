/** The left side: every session in two lines; the chosen one is what all views are about. */

import { computed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { Icon } from '../app/icons.js';
import { kept, oneOf } from '../app/kept.js';
import { useKeys } from '../app/keys.js';
import { SearchField } from '../app/search-field.js';
import { pane } from '../app/state.js';
import { VirtualList } from '../app/virtual-list.js';
import type { Store } from '../store/store.js';
import { count, counted } from '../store/texts.js';
import type { SessionRow } from '../store/types.js';
import { lookOf, stateWords } from './looks.js';
import { ORDERS, type Order, orderedRows } from './order.js';

const ROW_PX = 48;

const wanted = kept('search of sessions', 'tab', '', (text) => (typeof text === 'string' ? text : undefined));
const order = kept<Order>('order of sessions', 'always', 'trouble', oneOf(Object.keys(ORDERS) as Order[]));

export function SessionsList({ store }: { store: Store }) {
  const rows = useMemo(
    () => computed(() => orderedRows(store.sessions.value, wanted.value, order.value)),
    [store],
  );
  const shown = rows.value;
  const all = store.sessions.value.length;
  const { group } = store.selection.value;
  const place = shown.findIndex((row) => row.group === group);
  const choose = (row: SessionRow | undefined) => {
    store.select({ group: row?.group ?? null });
    if (pane.peek() === 'sessions') pane.value = 'centre';
  };
  const step = (by: number) => {
    const next = place + by;
    if (next < 0) store.select({ group: null });
    else if (shown[next] !== undefined) store.select({ group: shown[next].group });
  };
  useKeys('Sessions', [
    { keys: ['['], what: 'Session before', run: () => step(-1) },
    { keys: [']'], what: 'Next session', run: () => step(1) },
  ]);
  const forgotten = store.totals.value.forgottenSessions;
  return (
    <>
      <div class="sessions-head">
        <SearchField
          id="search-sessions"
          label="Search sessions"
          text={wanted.value}
          search={(text) => (wanted.value = text)}
        />
        <label>
          <span class="hidden">Sort sessions by</span>
          <select
            value={order.value}
            onChange={(event) => (order.value = event.currentTarget.value as Order)}
          >
            {Object.entries(ORDERS).map(([name, label]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      <button
        type="button"
        class="session-all"
        aria-pressed={group === null}
        title="The views show all sessions"
        onClick={() => choose(undefined)}
      >
        All sessions{' '}
        <span class="quiet">
          {shown.length === all ? count(all) : `${count(shown.length)} of ${count(all)} listed`}
        </span>
      </button>
      {shown.length === 0 && (
        <p class="quiet pad">
          {all === 0
            ? 'No session so far: those that connect are listed here.'
            : 'No session has all of these words.'}
        </p>
      )}
      <VirtualList
        class="sessions"
        count={shown.length}
        rowHeight={ROW_PX}
        shown={place < 0 ? null : place}
        shownId={`session-${place}`}
        attributes={{
          id: 'sessions',
          role: 'listbox',
          tabIndex: 0,
          'aria-label': 'Sessions',
          onKeyDown: (event: KeyboardEvent) => {
            const by = { ArrowUp: -1, ArrowDown: 1, Home: -shown.length - 1, End: shown.length }[event.key];
            if (by === undefined) return;
            event.preventDefault();
            if (event.key === 'End') step(shown.length - 1 - place);
            else if (event.key === 'Home') step(-place);
            else step(by);
          },
        }}
        row={(index) => {
          const row = shown[index];
          if (row === undefined) return null;
          return (
            <SessionLine
              key={row.group}
              row={row}
              place={index}
              all={shown.length}
              isChosen={row.group === group}
              isShown={row.group === store.group.value}
              choose={choose}
            />
          );
        }}
      />
      {forgotten > 0 && (
        <p
          class="quiet pad"
          title="A debugger keeps a limited number of sessions; those that are over are forgotten first"
        >
          {counted(forgotten, 'earlier session is', 'earlier sessions are')} forgotten
        </p>
      )}
    </>
  );
}

function SessionLine(props: {
  row: SessionRow;
  place: number;
  all: number;
  isChosen: boolean;
  isShown: boolean;
  choose: (row: SessionRow) => void;
}) {
  const { row, place, all, isChosen, isShown, choose } = props;
  const { icon, tone } = lookOf(row);
  const look = tone === 'calm' ? 'quiet' : tone;
  const words = stateWords(row);
  const name = row.channelName ?? '';
  const facts = [row.address, row.role].filter((fact) => fact !== null);
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
    <div
      role="option"
      id={`session-${place}`}
      class={`session ${row.isOver ? 'over' : ''} ${isShown ? 'shown' : ''}`}
      aria-selected={isChosen}
      aria-setsize={all}
      aria-posinset={place + 1}
      title={[row.group, name, words, ...facts, row.codec, row.lastTrouble?.text].filter(Boolean).join('\n')}
      onClick={() => choose(row)}
    >
      <span class="line">
        <span class={look}>
          <Icon name={icon} />
        </span>
        <span class="name">{row.group}</span>
        {name !== '' && name !== row.group && <span class="quiet also">{name}</span>}
        <span class="room" />
        {row.troubles > 0 && (
          <span class="badge">
            {count(row.troubles)} <span class="hidden">{row.troubles === 1 ? 'trouble' : 'troubles'}</span>
          </span>
        )}
        {row.perSecond > 0 && <span class="quiet number">{count(row.perSecond)}/s</span>}
      </span>
      <span class="line second">
        <span class={look}>{words}</span>
        {row.lastTrouble === null ? (
          <span class="quiet also">{facts.join(' · ')}</span>
        ) : (
          <span class="trouble also">{row.lastTrouble.text}</span>
        )}
        <span class="room" />
        {row.inFlight > 0 && <span class="number">{count(row.inFlight)} in flight</span>}
      </span>
    </div>
  );
}
