/** The keys of the frame. */

import { placeAfter } from '../store/growing.js';
import type { Player } from '../store/player.js';
import type { Store } from '../store/store.js';
import { VIEWS } from '../store/types.js';
import { bindKeys } from './keys.js';
import { isHelpOpen, pane, side } from './state.js';

/** Binds them for as long as the page lives. */
export function bindPageKeys(store: Store, player: Player): void {
  bindKeys('Everywhere', [
    {
      keys: VIEWS.map((_, place) => String(place + 1)),
      what: `View: ${VIEWS.join(', ')}`,
      run: (key) => (store.view.value = VIEWS[Number(key) - 1] ?? 'messages'),
    },
    { keys: ['/'], what: 'Search, or filter', run: () => document.getElementById('filter')?.focus() },
    { keys: ['t'], what: 'Newest trouble', run: () => showNewestTrouble(store) },
    { keys: ['s'], what: 'Sessions', run: () => focusPane('sessions', 'sessions') },
    { keys: ['d'], what: 'Detail', run: () => openSide('detail') },
    { keys: ['a'], what: 'Ask', run: () => openSide('ask') },
    { keys: ['c'], what: 'Clear', run: () => store.forgetPast() },
    { keys: ['?'], what: 'List of keys', run: () => (isHelpOpen.value = true) },
    { keys: ['Escape'], what: 'Close what is open', run: () => leave(store) },
  ]);
  bindKeys('Time', [
    { keys: ['p'], what: 'Pause, or follow what happens', run: () => togglePause(store, player) },
    { keys: [' '], what: 'Replay, or stop', run: () => player.toggle() },
    { keys: ['ArrowLeft'], what: 'One entry back', run: () => step(store, player, -1) },
    { keys: ['ArrowRight'], what: 'One entry forward', run: () => step(store, player, 1) },
  ]);
}

/** Stops at the present moment, or follows what happens again. */
export function togglePause(store: Store, player: Player): void {
  player.stop();
  if (store.moment.peek() !== null) return store.goLive();
  const last = store.entries.peek().at(-1);
  if (last !== undefined) store.goToEntry(last.number);
}

/** Shows the newest trouble with its story. */
function showNewestTrouble(store: Store): void {
  const last = store.incidents.peek().at(-1);
  if (last === undefined) return;
  store.select({ entry: last.number });
  openSide('detail');
}

/** Opens a part of the right side. */
export function openSide(name: 'detail' | 'session' | 'ask'): void {
  side.value = name;
  focusPane('side', `side-${name}`);
}

function focusPane(name: 'sessions' | 'centre' | 'side', id: string): void {
  pane.value = name;
  requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById(id)?.focus()));
}

function leave(store: Store): void {
  if (pane.peek() !== 'centre') pane.value = 'centre';
  else store.select({ entry: null });
}

function step(store: Store, player: Player, by: number): void {
  player.stop();
  const entries = store.entries.peek();
  const until = store.until.peek() ?? entries.at(-1)?.number ?? 0;
  const next = entries[placeAfter(entries, until) - 1 + by];
  if (next !== undefined) store.goToEntry(next.number);
}
