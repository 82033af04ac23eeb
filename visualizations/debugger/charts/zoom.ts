/** How large pictures are drawn. */

import { signal } from '@preact/signals';

/** A factor, or as large as there is room. */
export type Zoom = number | 'fit';

const STEPS = [0.25, 0.35, 0.5, 0.7, 0.85, 1, 1.2, 1.4, 2, 3] as const;

export const zoom = signal<Zoom>(1);

/**
 * The next larger or smaller size.
 *
 * @param from the factor that is drawn now
 */
export function stepped(from: number, by: 1 | -1): number {
  const next =
    by === 1 ? STEPS.find((step) => step > from + 0.01) : STEPS.findLast((step) => step < from - 0.01);
  return next ?? (by === 1 ? 3 : 0.25);
}

/** The factor at which a picture fits into a room; never enlarged. */
export function fitting(picture: Size, room: Size): number {
  return Math.max(0.1, Math.min(room.width / picture.width, room.height / picture.height, 1));
}

interface Size {
  readonly width: number;
  readonly height: number;
}
