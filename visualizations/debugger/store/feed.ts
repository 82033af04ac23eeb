/** Asks the debugger what is new, again and again. */

import type { Store } from './store.js';
import type { Feed } from './types.js';

/** So many entries at most come with one answer. */
const LIMIT = 5_000;
/** Nobody reads faster; each answer is drawn. */
const PAUSE_MS = 80;
/** A page that nobody sees asks this often. */
const HIDDEN_PAUSE_MS = 1_000;
/** After a question without an answer. */
const RETRY_MS = 1_000;

/** Where the page is in what the debugger tells. */
interface Place {
  source: string;
  after: number;
  rows: number;
}

/** What the loop needs of the browser. */
export interface FeedWorld {
  /** Gets JSON; rejects where there is no answer. */
  fetch(address: string): Promise<Feed>;
  isHidden(): boolean;
  /** Resolves after a while, or at once when the page is seen again. */
  pause(ms: number): Promise<void>;
}

/**
 * Fills the store until a recording is opened in it.
 *
 * @param store what is filled
 * @param world the network and the time
 */
export async function followFeed(store: Store, world: FeedWorld): Promise<void> {
  let place: Place = { source: '', after: 0, rows: 0 };
  while (store.connection.peek().kind !== 'recording') {
    let feed: Feed | null = null;
    try {
      feed = await world.fetch(addressOf(place));
    } catch {
      // whoever serves the page is gone; it may come back
    }
    if (store.connection.peek().kind === 'recording') return;
    if (feed === null) {
      store.connection.value = { kind: 'ended', why: 'the program has ended, or does not answer' };
      await world.pause(RETRY_MS);
      continue;
    }
    try {
      place = take(store, feed, place);
    } catch (error) {
      // silence would look as if nothing happened any more
      store.connection.value = { kind: 'ended', why: `this page failed: ${String(error)}; reload it` };
      throw error;
    }
    // there is more already
    if (place.after < feed.last) continue;
    await world.pause(world.isHidden() ? HIDDEN_PAUSE_MS : PAUSE_MS);
  }
}

const addressOf = ({ source, after, rows }: Place): string =>
  `feed?source=${encodeURIComponent(source)}&after=${after}&rows=${rows}&limit=${LIMIT}`;

function take(store: Store, feed: Feed, { source, after }: Place): Place {
  // another program at the same address, or the same one restarted
  const isAnother = source !== '' && feed.source !== source;
  if (isAnother) store.clear();
  store.takeFeed(feed);
  const last = feed.entries.at(-1)?.number ?? (isAnother ? 0 : after);
  if (last >= feed.last) store.choice.restored();
  return { source: feed.source, after: last, rows: feed.version };
}
