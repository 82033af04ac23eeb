/** The line between two parts of the page: who drags it, or moves it with the arrows, gives one of them more room. */

import type { Signal } from '@preact/signals';
import { kept } from './kept.js';

const STEP_PX = 24;

/** How wide a part is, in pixels, and how wide it may be. */
export interface Width {
  readonly px: Signal<number>;
  readonly least: number;
  readonly most: number;
}

function keptWidth(name: string, px: number, least: number, most: number): Width {
  const read = (width: unknown): number | undefined =>
    typeof width === 'number' && width >= least && width <= most ? width : undefined;
  return { px: kept(name, 'always', px, read), least, most };
}

export const LEFT = keptWidth('width of the sessions', 288, 200, 560);
export const RIGHT = keptWidth('width of the detail', 392, 280, 900);

/**
 * Draws the line.
 *
 * @param props the width that it changes, and on which side of it that part is
 */
export function Splitter(props: { name: 'left' | 'right'; label: string; width: Width }) {
  const { name, label, width } = props;
  const set = (px: number) => (width.px.value = Math.round(Math.max(width.least, Math.min(width.most, px))));
  const grow = name === 'left' ? 1 : -1;
  const drag = (event: PointerEvent) => {
    const line = event.currentTarget as HTMLElement;
    const [startX, startPx] = [event.clientX, width.px.value];
    line.setPointerCapture(event.pointerId);
    line.onpointermove = (moved) => set(startPx + grow * (moved.clientX - startX));
    line.onpointerup = line.onpointercancel = () => (line.onpointermove = null);
  };
  return (
    <hr
      class={`splitter ${name}`}
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width.px.value}
      aria-valuemin={width.least}
      aria-valuemax={width.most}
      tabIndex={0}
      onPointerDown={drag}
      onKeyDown={(event) => {
        const by = { ArrowLeft: -STEP_PX, ArrowRight: STEP_PX }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        set(width.px.value + grow * by);
      }}
    />
  );
}
