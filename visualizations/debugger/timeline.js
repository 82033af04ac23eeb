/** The bottom: the chosen time, and playing the entries again. */

import { at, element, seconds, show } from './dom.js';

/** @typedef {import('./model.js').Entry} Entry */

const MAX_TICKS = 300;
/** Longer pauses are shortened to this while playing, in milliseconds. */
const MAX_PAUSE_MS = 2_000;

let drawnTicks = '';

/**
 * @param {import('./model.js').Model} model
 * @param {boolean} isPlaying
 */
export function drawTimeline(model, isPlaying) {
  const { entries, position } = model;
  at('time').max = String(entries.length);
  at('time').value = String(position);
  show('play', isPlaying ? '❚❚ Stop' : '▶ Play');
  const [now, last] = [entries[position - 1]?.ms ?? 0, entries.at(-1)?.ms ?? 0];
  show('now', `${seconds(now)} of ${seconds(last)} s`);
  const mark = `${entries[0]?.number} ${entries.at(-1)?.number}`;
  if (mark === drawnTicks) return;
  drawnTicks = mark;
  at('ticks').replaceChildren(
    ...model.troubleMarks.slice(-MAX_TICKS).map((place) => {
      const tick = element('span');
      tick.style.left = `${100 * place}%`;
      return tick;
    }),
  );
}

/** Plays the entries at their original speed, or at another. */
export class Player {
  /** @type {ReturnType<typeof setInterval> | null} */
  #timer = null;

  get isPlaying() {
    return this.#timer !== null;
  }

  /**
   * @param {() => readonly Entry[]} entries
   * @param {number} start the position to begin at
   * @param {() => number} speed
   * @param {(position: number) => void} goTo
   */
  play(entries, start, speed, goTo) {
    this.stop();
    let position = start;
    let atMs = entries()[Math.max(0, start - 1)]?.ms ?? 0;
    let beforeMs = performance.now();
    this.#timer = setInterval(() => {
      const all = entries();
      const nowMs = performance.now();
      atMs += (nowMs - beforeMs) * speed();
      beforeMs = nowMs;
      const next = all[position];
      if (next !== undefined && next.ms - atMs > MAX_PAUSE_MS) atMs = next.ms - MAX_PAUSE_MS;
      while (position < all.length && (all[position]?.ms ?? 0) <= atMs) position++;
      goTo(position);
      if (position >= all.length) {
        this.stop();
        goTo(position);
      }
    }, 1_000 / 60);
  }

  stop() {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
