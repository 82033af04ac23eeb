/** The sequence of one session: its peers and its actors as lanes, messages and events as arrows. */

import { useMemo } from 'preact/hooks';
import { flag, kept } from '../app/kept.js';
import { useKeys } from '../app/keys.js';
import { Nothing } from '../app/nothing.js';
import { VirtualList } from '../app/virtual-list.js';
import { placeAfter, placeOf } from '../store/growing.js';
import { Listing } from '../store/listing.js';
import type { Store } from '../store/store.js';
import { counted, isTrouble, seconds, textOf } from '../store/texts.js';
import type { NumberedEntry } from '../store/types.js';
import { endsOf, isArrow, Lanes, labelOf, ownSideOf } from './lanes.js';

const LANE_PX = 132;
const LEFT_PX = 72;
const ROW_PX = 32;

const isOnlyMessages = kept('only messages', 'tab', false, flag);

export function SequenceView({ store }: { store: Store }) {
  const [listing, lanesOf] = useMemo(() => [new Listing(), new Lanes()], [store]);
  const group = store.group.value;
  const onlyMessages = isOnlyMessages.value;
  const arrows = listing.update(
    store.entries,
    JSON.stringify([group, onlyMessages]),
    (entry) => entry.group === group && isArrow(entry) && (!onlyMessages || entry.kind !== 'event'),
  );
  const until = store.until.value;
  const shown = until === null ? arrows.length : placeAfter(arrows, until);
  const world = store.worldAt(null);
  const lanes = lanesOf.update(arrows, world, listing.generation);
  const own = ownSideOf(world);
  const { entry: chosen } = store.selection.value;
  const place = placeOf(arrows, chosen);
  const step = (by: number) => {
    const next = arrows[Math.max(0, Math.min(shown - 1, (place < 0 ? shown : place) + by))];
    if (next !== undefined) store.select({ entry: next.number });
  };
  useKeys('Sequence', [
    { keys: ['ArrowUp'], what: 'Arrow before', run: () => step(-1) },
    { keys: ['ArrowDown'], what: 'Next arrow', run: () => step(1) },
  ]);
  const width = LEFT_PX + lanes.length * LANE_PX;
  return (
    <>
      <div class="toolbar">
        <strong>{group ?? 'No session so far'}</strong>
        <label class="check">
          <input
            type="checkbox"
            id="only-messages"
            checked={onlyMessages}
            onChange={() => (isOnlyMessages.value = !onlyMessages)}
          />
          Only messages
        </label>
        <span class="room" />
        <output class="quiet" aria-live="off">
          {counted(shown, 'arrow')}
        </output>
      </div>
      {shown === 0 && (
        <Nothing
          group={group}
          what="messages and events"
          why={
            onlyMessages || until !== null
              ? 'They may be left out, or later than the moment that is shown.'
              : 'They are older than what this page has.'
          }
        />
      )}
      <VirtualList
        class="sequence"
        count={shown}
        gone={listing.gone}
        rowHeight={ROW_PX}
        shown={place < 0 ? null : place}
        shownId={`arrow-${chosen}`}
        followsEnd={until === null}
        attributes={{
          id: 'sequence',
          role: 'listbox',
          tabIndex: 0,
          'aria-label': `Sequence of ${group ?? 'no session'}`,
        }}
        head={
          <div class="lanes" role="presentation" style={{ width: `${width}px`, paddingLeft: `${LEFT_PX}px` }}>
            {lanes.map((lane) => (
              <span key={lane} class="lane" title={lane} style={{ width: `${LANE_PX}px` }}>
                {lane}
              </span>
            ))}
          </div>
        }
        row={(index) => {
          const entry = arrows[index];
          if (entry === undefined) return null;
          return (
            <Arrow
              key={entry.number}
              entry={entry}
              lanes={lanes}
              own={own}
              place={index}
              all={shown}
              isChosen={entry.number === chosen}
              choose={() => store.select({ entry: entry.number })}
            />
          );
        }}
      />
    </>
  );
}

const middleOf = (lane: number): number => LEFT_PX + lane * LANE_PX + LANE_PX / 2;
/** Where the line of an arrow is in its row. */
const LINE_Y = 23;
const HEAD = 7;

function Arrow(props: {
  entry: NumberedEntry;
  lanes: readonly string[];
  own: string;
  place: number;
  all: number;
  isChosen: boolean;
  choose: () => void;
}) {
  const { entry, lanes, own, place, all, isChosen, choose } = props;
  const [start = 0, end = 0] = endsOf(entry, own).map((lane) => middleOf(lanes.indexOf(lane)));
  // what was dropped got no further than halfway
  const stop = entry.kind === 'drop' ? (start + end) / 2 : end;
  const to = stop > start ? -1 : 1;
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
    <div
      role="option"
      id={`arrow-${entry.number}`}
      class={`arrow-row of-${entry.kind} ${isTrouble(entry) ? 'trouble' : ''}`}
      aria-selected={isChosen}
      aria-setsize={all}
      aria-posinset={place + 1}
      title={textOf(entry)}
      onClick={choose}
    >
      <svg width={LEFT_PX + lanes.length * LANE_PX} height={ROW_PX} role="presentation">
        {lanes.map((lane, index) => (
          <line key={lane} class="lifeline" x1={middleOf(index)} x2={middleOf(index)} y1={0} y2={ROW_PX} />
        ))}
        <text class="time" x={8} y={LINE_Y}>
          {seconds(entry.ms)}
        </text>
        {start === end ? (
          <path class="arrow" d={`M${start} ${LINE_Y - 8}h18v8h-14`} />
        ) : (
          <line class="arrow" x1={start} x2={stop} y1={LINE_Y} y2={LINE_Y} />
        )}
        {entry.kind === 'drop' ? (
          <path class="cross" d={`M${stop - 4} ${LINE_Y - 4}l8 8m0 -8l-8 8`} />
        ) : (
          <path
            class="head"
            d={
              start === end
                ? `M${start + 1} ${LINE_Y}l${HEAD} ${-HEAD / 2}v${HEAD}z`
                : `M${stop} ${LINE_Y}l${to * HEAD} ${-HEAD / 2}v${HEAD}z`
            }
          />
        )}
        <text class="label" x={Math.min(start, end) + (start === end ? 24 : 8)} y={LINE_Y - 7}>
          {labelOf(entry)}
        </text>
      </svg>
    </div>
  );
}
