/** A list of which only the rows in view are in the document: a hundred thousand cost what fifty do. */

import type { ComponentChildren, Ref } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** More rows than are in view, so that scrolling shows no gap. */
const BEYOND = 8;
/** Browsers cannot draw anything taller; a longer list scrolls in larger steps. */
const MAX_HEIGHT_PX = 8_000_000;

export interface VirtualListProps {
  readonly count: number;
  /** Height of a row in pixels. */
  readonly rowHeight: number;
  /** Draws a row: an option of the list. */
  readonly row: (index: number) => ComponentChildren;
  /** A row that must be in view when it changes. */
  readonly shown?: number | null;
  /** The id of the shown row, for those who hear the list. */
  readonly shownId?: string | undefined;
  /** Whether the list stays at its end when it grows while it is there. */
  readonly followsEnd?: boolean;
  /** How many rows were taken away from the beginning so far: those in view stay where they are. */
  readonly gone?: number;
  /** What stands above the rows and stays in view. */
  readonly head?: ComponentChildren;
  readonly class?: string;
  /** Attributes of the element that scrolls: role, label, keys. */
  readonly attributes?: Record<string, unknown>;
  readonly elementRef?: Ref<HTMLDivElement>;
}

/**
 * Draws a list.
 *
 * @param props how many rows, how tall they are, and how one is drawn
 */
export function VirtualList(props: VirtualListProps) {
  const { count, rowHeight, row, shown = null, followsEnd = false, gone = 0, head, attributes = {} } = props;
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const goneBefore = useRef(gone);
  const [view, setView] = useState({ top: 0, height: 600 });
  const { height } = view;
  const drawnHeight = useRef(height);
  drawnHeight.current = height;

  const full = count * rowHeight;
  const drawn = Math.min(full, MAX_HEIGHT_PX);
  const scale = full > drawn && drawn > height ? (full - height) / (drawn - height) : 1;
  const up = ((gone - goneBefore.current) * rowHeight) / scale;
  const isFollowing = followsEnd && isAtEnd.current;
  const isMoving = up > 0 && !isFollowing;
  // rows that come at the end are drawn there at once, and not when the list has been scrolled to them
  const top = isFollowing ? Math.max(0, drawn - height) : Math.max(0, view.top - (isMoving ? up : 0));
  const offset = top * scale;
  const first = Math.max(0, Math.floor(offset / rowHeight) - BEYOND);
  const last = Math.min(count, Math.ceil((offset + height) / rowHeight) + BEYOND);

  const look = () => {
    const element = box.current;
    if (element === null) return;
    // by what is drawn: a list that gets less room has not left its end
    const room = Math.max(element.clientHeight, drawnHeight.current);
    isAtEnd.current = element.scrollTop + room >= element.scrollHeight - rowHeight;
    setView((before) =>
      before.top === element.scrollTop && before.height === element.clientHeight
        ? before
        : { top: element.scrollTop, height: element.clientHeight },
    );
  };

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    goneBefore.current = gone;
    if (!isMoving || box.current === null) return;
    box.current.scrollTop = top;
    look();
  }, [gone]);
  useLayoutEffect(() => {
    if (followsEnd && isAtEnd.current && box.current !== null)
      box.current.scrollTop = box.current.scrollHeight;
  }, [count, followsEnd, height]);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || shown === null || shown < 0) return;
    const headHeight = (element.firstElementChild as HTMLElement | null)?.offsetHeight ?? 0;
    const [from, to] = [shown * rowHeight, (shown + 1) * rowHeight];
    const at = element.scrollTop * scale;
    if (from < at) element.scrollTop = from / scale;
    else if (to > at + element.clientHeight - headHeight)
      element.scrollTop = (to - element.clientHeight + headHeight) / scale;
    look();
  }, [shown]);

  // what is out of view is not in the document
  const isDrawn = shown !== null && shown >= first && shown < last;
  const active = isDrawn && props.shownId !== undefined ? { 'aria-activedescendant': props.shownId } : {};
  const rows: ComponentChildren[] = [];
  for (let index = first; index < last; index++) rows.push(row(index));
  return (
    <div
      {...attributes}
      {...active}
      class={`virtual ${props.class ?? ''}`}
      ref={merge(box, props.elementRef)}
      onScroll={look}
    >
      <div class="virtual-head">{head}</div>
      <div
        class="virtual-room"
        style={{ height: `${drawn}px`, '--row': `${rowHeight}px` }}
        role="presentation"
      >
        <div
          class="virtual-rows"
          role="presentation"
          style={{ transform: `translateY(${first * rowHeight - (offset - top)}px)` }}
        >
          {rows}
        </div>
      </div>
    </div>
  );
}

function merge<T>(own: { current: T | null }, other: Ref<T> | undefined) {
  return (element: T | null) => {
    own.current = element;
    if (typeof other === 'function') other(element);
    else if (other !== undefined && other !== null) other.current = element;
  };
}
