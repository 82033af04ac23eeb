/** The bottom: the moment that is shown, where there was trouble, and playing it again. */

import { placeWhere } from '../store/growing.js';
import { type Player, SPEEDS } from '../store/player.js';
import type { Store } from '../store/store.js';
import { clockText, seconds } from '../store/texts.js';
import type { NumberedEntry } from '../store/types.js';
import { Icon } from './icons.js';

/** The track has a mark for trouble in each so many parts of it. */
const PARTS = 240;

export function Timeline({ store, player }: { store: Store; player: Player }) {
  const entries = store.entries.value;
  const last = store.lastMs.value;
  // troubles outlive what was around them
  const first = Math.min(entries[0]?.ms ?? last, store.troubles.value[0]?.ms ?? last);
  const now = store.moment.value ?? last;
  const isPlaying = player.isPlaying.value;
  const startedAt = store.startedAt.value;
  const clock = clockText(startedAt, now);
  return (
    <footer class="timeline">
      <button
        type="button"
        id="play"
        class="icon-button"
        disabled={entries.length === 0}
        aria-label={isPlaying ? 'Stop' : 'Replay'}
        title={isPlaying ? 'Stop (space)' : 'Replay (space)'}
        onClick={() => player.toggle()}
      >
        <Icon name={isPlaying ? 'pause' : 'play'} />
      </button>
      <label class="speed">
        <span class="hidden">Speed</span>
        <select
          id="speed"
          value={String(player.speed.value)}
          onChange={(event) => (player.speed.value = Number(event.currentTarget.value))}
        >
          {SPEEDS.map((speed) => (
            <option key={speed} value={String(speed)}>
              {speed}×
            </option>
          ))}
        </select>
      </label>
      <div class="track">
        <Marks troubles={store.troubles.value} first={first} last={last} />
        <input
          id="time"
          type="range"
          aria-label="Moment"
          aria-valuetext={clock}
          min={Math.floor(first)}
          max={Math.ceil(last)}
          step="any"
          value={now}
          onInput={(event) => {
            player.stop();
            store.goTo(Number(event.currentTarget.value));
          }}
        />
      </div>
      <output id="now" aria-live="off" title={`${seconds(now)} s after the beginning`}>
        {clock}
        {startedAt !== null && <span class="quiet"> {seconds(now)} s</span>}
      </output>
      <button
        type="button"
        id="live"
        disabled={store.moment.value === null}
        title="Back to live (p)"
        onClick={() => {
          player.stop();
          store.goLive();
        }}
      >
        <Icon name="live" /> <span class="label">Latest</span>
      </button>
    </footer>
  );
}

function Marks({
  troubles,
  first,
  last,
}: {
  troubles: readonly NumberedEntry[];
  first: number;
  last: number;
}) {
  const span = Math.max(1, last - first);
  const marks: number[] = [];
  let place = placeWhere(troubles, ({ ms }) => ms < first);
  while (place < troubles.length && marks.length <= PARTS) {
    const part = Math.floor((((troubles[place]?.ms ?? 0) - first) / span) * PARTS);
    marks.push(part);
    place = placeWhere(troubles, ({ ms }) => ms < first + ((part + 1) * span) / PARTS);
    if (Math.floor((((troubles[place]?.ms ?? 0) - first) / span) * PARTS) <= part) place++;
  }
  return (
    <svg class="marks" viewBox={`0 0 ${PARTS} 1`} preserveAspectRatio="none" aria-hidden="true">
      <path d={marks.map((part) => `M${Math.min(part, PARTS - 1)} 0h1v1h-1z`).join('')} />
    </svg>
  );
}
