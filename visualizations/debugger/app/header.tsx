/** The head: what is debugged, how it goes, and the search. */

import type { Player } from '../store/player.js';
import type { Store } from '../store/store.js';
import { count, duration } from '../store/texts.js';
import type { Connection, View } from '../store/types.js';
import { Icon } from './icons.js';
import { togglePause } from './page-keys.js';
import { SearchField } from './search-field.js';
import { isHelpOpen, pane } from './state.js';

/** A page that is further behind is not live. */
const BEHIND_MS = 2_000;

/** The views that are searched from here; the messages have a filter of their own. */
const SEARCHED: ReadonlySet<View> = new Set(['troubles', 'events']);

/** Titles that say nothing of what is debugged. */
const NAMELESS: ReadonlySet<string> = new Set(['', 'live']);

export function Header({ store, player }: { store: Store; player: Player }) {
  const connection = store.connection.value;
  return (
    <header>
      <button
        type="button"
        class="narrow-only icon-button"
        aria-label="Sessions"
        title="Sessions (s)"
        aria-pressed={pane.value === 'sessions'}
        onClick={() => (pane.value = pane.value === 'sessions' ? 'centre' : 'sessions')}
      >
        <Icon name="link" />
      </button>
      <h1 title={store.title.value}>
        {NAMELESS.has(store.title.value) ? 'socket-protocol' : store.title.value}
      </h1>
      <State connection={connection} store={store} player={player} />
      <Totals store={store} />
      {SEARCHED.has(store.view.value) && (
        <SearchField
          id="filter"
          label="Search"
          text={store.filter.value}
          search={(text) => (store.filter.value = text)}
        >
          <kbd>/</kbd>
        </SearchField>
      )}
      <span class="room" />
      <button
        type="button"
        class="icon-button"
        id="clear"
        aria-label="Clear: forget what happened so far"
        title="Clear (c)"
        onClick={() => store.forgetPast()}
      >
        <Icon name="clear" />
      </button>
      <button
        type="button"
        class="icon-button"
        id="keys"
        aria-label="Keys"
        title="Keys (?)"
        onClick={() => (isHelpOpen.value = true)}
      >
        <Icon name="keys" />
      </button>
    </header>
  );
}

/** Whether the page follows what happens; a click stops it, or lets it go on. */
function State({ connection, store, player }: { connection: Connection; store: Store; player: Player }) {
  const isPaused = store.moment.value !== null;
  const words = wordsOf(connection, isPaused);
  if (connection.kind !== 'live')
    return (
      <output class={`connection ${connection.kind}`} id="connection" aria-live="polite">
        <Icon
          name={connection.kind === 'ended' ? 'broken' : connection.kind === 'recording' ? 'file' : 'waiting'}
        />
        {words}
      </output>
    );
  return (
    <button
      type="button"
      id="pause"
      class={`connection ${isPaused ? 'paused' : 'live'}`}
      aria-pressed={isPaused}
      aria-label={isPaused ? 'Paused: follow what happens' : 'Live: pause'}
      title={isPaused ? 'Follow what happens (p)' : 'Pause (p)'}
      onClick={() => togglePause(store, player)}
    >
      <Icon name={isPaused ? 'pause' : 'live'} />
      {words}
    </button>
  );
}

function wordsOf(connection: Connection, isPaused: boolean): string {
  switch (connection.kind) {
    case 'connecting':
      return 'connecting …';
    case 'live':
      if (isPaused) return 'paused';
      return connection.behindMs < BEHIND_MS ? 'live' : `${duration(connection.behindMs)} behind`;
    case 'recording':
      return 'recording';
    case 'ended':
      return connection.why;
  }
}

/** What there was in all, and what of it the page does not have. */
function Totals({ store }: { store: Store }) {
  const { messages, troubles, sessions, missedElsewhere } = store.totals.value;
  const rows = store.sessions.value;
  const rate = rows.reduce((sum, { perSecond }) => sum + perSecond, 0);
  const [missed, forgotten] = [store.missed.value, store.forgotten.value];
  return (
    <dl class="totals">
      <Total name={sessions === 1 ? 'session' : 'sessions'} value={count(Math.max(sessions, rows.length))} />
      <Total name={messages === 1 ? 'message' : 'messages'} value={count(messages)} />
      <Total name="per second" value={count(rate)} />
      <Total
        name={troubles === 1 ? 'trouble' : 'troubles'}
        value={count(troubles)}
        isTrouble={troubles > 0}
      />
      {missed > 0 && (
        <Total
          name="never received"
          value={count(missed)}
          title="Entries that the debugger had forgotten before this page asked for them, or that could not be read"
        />
      )}
      {missedElsewhere > 0 && (
        <Total
          name="lost elsewhere"
          value={count(missedElsewhere)}
          title="Entries of other processes that never got to this debugger: it was away, or too slow"
        />
      )}
      {forgotten > 0 && (
        <Total
          name="forgotten"
          value={count(forgotten)}
          title={`Entries that this page had: it keeps the last ${count(store.maxEntries)}`}
        />
      )}
    </dl>
  );
}

function Total(props: { name: string; value: string; isTrouble?: boolean; title?: string }) {
  const { name, value, isTrouble = false, title } = props;
  return (
    <div class={`total-${name.replaceAll(' ', '-')} ${isTrouble ? 'trouble' : ''}`} title={title}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
