/** The log of everything: messages, events of the state machines, notes, drops, troubles, as they came. */

import { useMemo } from 'preact/hooks';
import { Icon, type IconName } from '../app/icons.js';
import { flag, kept, listOf } from '../app/kept.js';
import { useKeys } from '../app/keys.js';
import { VirtualList } from '../app/virtual-list.js';
import { searchedWords } from '../messages/filter.js';
import { placeAfter, placeOf } from '../store/growing.js';
import { Listing } from '../store/listing.js';
import type { Store } from '../store/store.js';
import { clockText, count, isTrouble, searchedTextOf, textOf } from '../store/texts.js';
import type { NumberedEntry } from '../store/types.js';

const ROW_PX = 24;

type Kind = NumberedEntry['kind'];

/** What can be left out, one box for each. */
const KINDS: readonly { readonly label: string; readonly kinds: readonly Kind[] }[] = [
  { label: 'Messages', kinds: ['message', 'drop'] },
  { label: 'Notes', kinds: ['note', 'trouble', 'session'] },
  { label: 'Events', kinds: ['event'] },
  { label: 'States', kinds: ['state', 'actor'] },
];

const LABELS = KINDS.map(({ label }) => label);
const shownKinds = kept('kinds of events', 'tab', ['Messages', 'Notes', 'Events'], listOf(LABELS));
const isOnlyTrouble = kept('only trouble', 'tab', false, flag);

export function EventsView({ store }: { store: Store }) {
  const listing = useMemo(() => new Listing(), [store]);
  const { group, entry: chosen } = store.selection.value;
  // the table of messages has fields, and shares the filter
  const words = searchedWords(store.filter.value);
  const kinds = new Set(
    KINDS.filter(({ label }) => shownKinds.value.includes(label)).flatMap((each) => each.kinds),
  );
  const fits = (entry: NumberedEntry): boolean => {
    if (!kinds.has(entry.kind) || (isOnlyTrouble.value && !isTrouble(entry))) return false;
    if (group !== null && entry.group !== group) return false;
    if (words.length === 0) return true;
    const text = searchedTextOf(entry);
    return words.every((word) => text.includes(word));
  };
  const mark = JSON.stringify([group, words, [...kinds], isOnlyTrouble.value]);
  const found = listing.update(store.entries, mark, fits);
  const until = store.until.value;
  const shown = until === null ? found.length : placeAfter(found, until);
  const place = placeOf(found, chosen);
  const step = (by: number) => {
    const from = place < 0 ? shown : place;
    const next = found[Math.max(0, Math.min(shown - 1, from + by))];
    if (next !== undefined) store.select({ entry: next.number });
  };
  useKeys('Events', [
    { keys: ['ArrowUp'], what: 'Entry before', run: () => step(-1) },
    { keys: ['ArrowDown'], what: 'Next entry', run: () => step(1) },
  ]);
  return (
    <>
      <fieldset class="toolbar">
        <legend class="hidden">What is listed</legend>
        {KINDS.map(({ label }) => (
          <label key={label} class="check">
            <input
              type="checkbox"
              checked={shownKinds.value.includes(label)}
              onChange={() => (shownKinds.value = toggled(shownKinds.value, label))}
            />
            {label}
          </label>
        ))}
        <label class="check">
          <input
            type="checkbox"
            id="only-trouble"
            checked={isOnlyTrouble.value}
            onChange={() => (isOnlyTrouble.value = !isOnlyTrouble.value)}
          />
          Only trouble
        </label>
        <span class="room" />
        <output
          class="quiet"
          aria-live="off"
        >{`${count(shown)} of ${count(store.entries.value.length)}`}</output>
      </fieldset>
      <VirtualList
        class={`events ${group === null && store.sessions.value.length > 1 ? 'of-many' : ''}`}
        count={shown}
        gone={listing.gone}
        rowHeight={ROW_PX}
        shown={place < 0 ? null : place}
        shownId={`entry-${chosen}`}
        followsEnd={until === null}
        attributes={{
          id: 'log',
          role: 'listbox',
          tabIndex: 0,
          'aria-label': 'Everything that happened',
        }}
        row={(index) => {
          const entry = found[index];
          if (entry === undefined) return null;
          return (
            <Line
              key={entry.number}
              entry={entry}
              place={index}
              all={shown}
              startedAt={store.startedAt.value}
              isChosen={entry.number === chosen}
              choose={() => store.select({ entry: entry.number })}
            />
          );
        }}
      />
    </>
  );
}

function toggled(labels: readonly string[], label: string): string[] {
  return labels.includes(label) ? labels.filter((each) => each !== label) : [...labels, label];
}

const ICONS: Readonly<Partial<Record<Kind, IconName>>> = {
  message: 'message',
  drop: 'refused',
  note: 'list',
  event: 'right',
  state: 'chart',
  trouble: 'trouble',
};

/** A line in the document; the whole text is in the detail. */
const MAX_LINE = 400;

function Line(props: {
  entry: NumberedEntry;
  place: number;
  all: number;
  startedAt: number | null;
  isChosen: boolean;
  choose: () => void;
}) {
  const { entry, place, all, startedAt, isChosen, choose } = props;
  const isBad = isTrouble(entry);
  const icon = isBad
    ? 'trouble'
    : entry.kind === 'message'
      ? entry.from === 'client'
        ? 'out'
        : 'in'
      : (ICONS[entry.kind] ?? 'list');
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
    <div
      role="option"
      id={`entry-${entry.number}`}
      class={`event-line of-${entry.kind} ${isBad ? 'trouble' : ''}`}
      aria-selected={isChosen}
      aria-setsize={all}
      aria-posinset={place + 1}
      onClick={choose}
    >
      <Icon name={icon} />
      <time>{clockText(startedAt, entry.ms)}</time>
      <span class="where">{entry.group}</span>
      <span class="what">{textOf(entry).slice(0, MAX_LINE)}</span>
    </div>
  );
}
