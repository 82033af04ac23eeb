/** The page of the live debugger. */

import { options, render } from 'preact';
import { followFeed } from '../store/feed.js';
import { followFragment } from '../store/fragment.js';
import { Player } from '../store/player.js';
import { Store } from '../store/store.js';
import { Frame } from './frame.js';
import { runKey } from './keys.js';
import { bindPageKeys } from './page-keys.js';

// at most one drawing a frame, and none where nobody looks
options.debounceRendering = (draw) => requestAnimationFrame(draw);

/** A program that has not answered for so long is stopped, or too busy to. */
const ANSWER_MS = 10_000;

const store = new Store();
const player = new Player(store);
bindPageKeys(store, player);
followFragment(store, window);
const page = document.getElementById('page');
if (page !== null) render(<Frame store={store} player={player} />, page);
document.addEventListener('keydown', runKey);
void followFeed(store, {
  fetch: async (address) => {
    const response = await fetch(address, { signal: AbortSignal.timeout(ANSWER_MS) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await response.json();
  },
  isHidden: () => document.hidden,
  pause: (ms) =>
    new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        document.removeEventListener('visibilitychange', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      document.addEventListener('visibilitychange', done);
    }),
});
