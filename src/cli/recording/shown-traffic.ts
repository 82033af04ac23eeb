/** Shows recorded traffic in the debugger. */

import { type Debugger, InspectorHub, type ReadRecording } from '../../inspector/index.js';
import { watchOptions } from '../../inspector/watch.js';
import { Naming } from '../contract/entries.js';
import { entryOf, groupOf } from './item-entries.js';
import { PeerView } from './peer-view.js';
import { readTraffic, type Traffic } from './traffic.js';

/** Enough for a recording as a whole. */
export const MAX_REPLAYED_ENTRIES = 200_000;

type Shown = Pick<Debugger, 'hub' | 'watchAs'>;

/**
 * What a recording of a proxy holds, as entries of the debugger.
 *
 * @param text the recording
 * @throws InputError for what is none
 */
export function entriesOfTraffic(text: string): ReadRecording {
  const traffic = readTraffic(text);
  const time = { ms: 0 };
  const hub = new InspectorHub(MAX_REPLAYED_ENTRIES, () => time.ms);
  const watchAs = (name: string) => watchOptions(hub, () => name);
  for (const view of showTraffic({ hub, watchAs }, traffic, new Naming(undefined), time)) view.stop();
  const startedAt = Number.isFinite(traffic.startedAt) ? traffic.startedAt : null;
  return { startedAt, entries: hub.history };
}

/** Shows what passed on each connection, and the states of its peers; returns the views that work those out. */
export function showTraffic(
  inspector: Shown,
  { codec, items }: Traffic,
  naming: Naming,
  time: { ms: number },
): PeerView[] {
  const views = new Map<number, PeerView>();
  for (const { atMs, from, connection, item } of items) {
    time.ms = atMs;
    const group = groupOf(connection);
    let view = views.get(connection);
    if (view === undefined) views.set(connection, (view = new PeerView(inspector.watchAs(group).inspect)));
    inspector.hub.add(entryOf(group, from, codec.name, item, naming));
    if (item.kind === 'message') view.passed(from, item.message);
  }
  return [...views.values()];
}
