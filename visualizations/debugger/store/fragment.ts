/** The state of the page as the fragment of its address, so that a moment can be shared: `#t=1234&session=pump&entry=17`. */

import { effect } from '@preact/signals';
import type { Store } from './store.js';
import { type ChartKind, VIEWS, type View } from './types.js';

/** What a fragment says; what is missing is as on a page that was just opened. */
export interface Place {
  readonly t: number | null;
  readonly session: string | null;
  readonly entry: number | null;
  readonly view: View;
  readonly filter: string;
  /** The actor whose statechart is shown. */
  readonly actor: string | null;
  readonly chart: ChartKind | null;
}

/** Reads a fragment; what cannot be understood is left out. */
export function parseFragment(fragment: string): Place {
  const values = new URLSearchParams(fragment.replace(/^#/, ''));
  const view = VIEWS.find((name) => name === values.get('view'));
  return {
    t: numberIn(values.get('t')),
    session: values.get('session'),
    entry: numberIn(values.get('entry')),
    view: view ?? 'messages',
    filter: values.get('filter') ?? '',
    actor: values.get('actor'),
    chart: (['simple', 'full'] as const).find((name) => name === values.get('chart')) ?? null,
  };
}

function numberIn(text: string | null): number | null {
  return text !== null && /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : null;
}

/** Writes a fragment; nothing for a page as it was opened. */
export function fragmentOf({ t, session, entry, view, filter, actor, chart }: Place): string {
  const values = new URLSearchParams();
  if (t !== null) values.set('t', String(t));
  if (session !== null) values.set('session', session);
  if (entry !== null) values.set('entry', String(entry));
  if (view !== 'messages') values.set('view', view);
  if (filter !== '') values.set('filter', filter);
  if (actor !== null) values.set('actor', actor);
  if (chart !== null && view === 'charts') values.set('chart', chart);
  const text = values.toString();
  return text === '' ? '' : `#${text}`;
}

/** Where the page is. */
export function placeOf(store: Store): Place {
  const { group, entry, actor } = store.selection.value;
  return {
    t: store.moment.value,
    session: group,
    entry,
    view: store.view.value,
    filter: store.filter.value,
    actor,
    chart: store.chartKind.value,
  };
}

/** Goes where a fragment says; entries that are not there yet are waited for. */
export function restore(store: Store, { t, session, entry, view, filter, actor, chart }: Place): void {
  store.view.value = view;
  store.filter.value = filter;
  store.selection.value = { group: session, entry, actor };
  if (chart !== null) store.chartKind.value = chart;
  if (t !== null) store.choice.restore(t);
}

/** The address changes at most so often: browsers refuse more. */
const WRITE_PAUSE_MS = 300;

/**
 * Keeps the address and the page together.
 *
 * @param store what is shown
 * @param world where the address is
 */
export function followFragment(
  store: Store,
  world: Pick<Window, 'location' | 'history' | 'addEventListener'>,
): void {
  const opened = parseFragment(world.location.hash);
  let written = world.location.hash;
  restore(store, opened);
  world.addEventListener('hashchange', () => {
    if (world.location.hash === written) return;
    written = world.location.hash;
    restore(store, parseFragment(written));
  });
  let isWaiting = false;
  const write = () => {
    isWaiting = false;
    const fragment = fragmentOf(placeOf(store));
    if (fragment === written) return;
    written = fragment;
    world.history.replaceState(null, '', fragment === '' ? world.location.pathname : fragment);
  };
  effect(() => {
    placeOf(store);
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(write, WRITE_PAUSE_MS);
  });
  // the link came with a recording, which is opened now
  let wasRecording = false;
  effect(() => {
    const isRecording = store.connection.value.kind === 'recording';
    if (isRecording && !wasRecording) queueMicrotask(() => restore(store, opened));
    wasRecording = isRecording;
  });
}
