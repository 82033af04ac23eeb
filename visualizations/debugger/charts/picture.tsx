/** A picture of a machine with its marks, in a shadow tree. What was just taken stands in the middle. */

import { useEffect, useRef, useState } from 'preact/hooks';
import type { ChartKind } from '../store/types.js';
import { addArrowHead, MARK_STYLES, type Marks, mark } from './marks.js';
import { fitting, stepped, zoom } from './zoom.js';

const pictures = new Map<string, Promise<string>>();

/** Fetches a picture once; a failure is no picture for ever. */
function pictureOf(address: string): Promise<string> {
  let picture = pictures.get(address);
  if (picture === undefined) {
    picture = fetch(address).then((response) => {
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return response.text();
    });
    pictures.set(address, picture);
    picture.catch(() => pictures.delete(address));
  }
  return picture;
}

/**
 * Draws a picture.
 *
 * @param props its name, how much of it, what is marked; `step` is another for every step, which is then centred
 */
export function Picture(props: { name: string; kind: ChartKind; label: string; marks: Marks; step: string }) {
  const { name, kind, label, marks, step } = props;
  const outer = useRef<HTMLDivElement>(null);
  const [svg, setSvg] = useState<SVGSVGElement | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const centred = useRef<Element | null>(null);
  const address = kind === 'simple' ? `charts/simple/${name}.svg` : `charts/${name}.svg`;

  useEffect(() => {
    let isWanted = true;
    setSvg(null);
    outer.current?.firstElementChild?.removeAttribute('data-shown');
    pictureOf(address)
      .then((text) => {
        const frame = outer.current?.firstElementChild;
        if (!isWanted || !frame) return;
        const root = frame.shadowRoot ?? frame.attachShadow({ mode: 'open' });
        root.innerHTML = `<style>${MARK_STYLES}</style>${text}`;
        const drawn = root.querySelector('svg');
        if (drawn === null) throw new Error('no picture in it');
        drawn.dataset['address'] = address;
        addArrowHead(drawn);
        setFault(null);
        setSvg(drawn);
      })
      .catch((error: unknown) => isWanted && setFault(`${address} could not be loaded: ${String(error)}`));
    return () => {
      isWanted = false;
    };
  }, [address]);

  const factor = zoom.value;
  const settle = () => {
    if (svg === null || outer.current === null) return;
    resize(svg, outer.current);
    centre(outer.current, centred.current);
  };
  useEffect(() => {
    // another may be on its way
    if (svg === null || svg.dataset['address'] !== address) return;
    centred.current = mark(svg, marks);
    settle();
    // it is what it should be, says this
    outer.current?.firstElementChild?.setAttribute('data-shown', address);
  }, [svg, step]);
  useEffect(settle, [svg, factor]);
  useEffect(() => {
    const element = outer.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(settle);
    observer.observe(element);
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoomBy(event.deltaY < 0 ? 1 : -1, svg);
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      observer.disconnect();
      element.removeEventListener('wheel', onWheel);
    };
  }, [svg]);
  return (
    <section
      class="chart-picture"
      id="chart-picture"
      ref={outer}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keys
      tabIndex={0}
    >
      <div class="chart-drawing" />
      {fault !== null && <p class="trouble pad">{fault}</p>}
    </section>
  );
}

/** Makes what is drawn larger or smaller. */
export function zoomBy(by: 1 | -1, svg: SVGSVGElement | null = drawnPicture()): void {
  zoom.value = stepped(svg === null ? 1 : factorOf(svg), by);
}

const drawnPicture = (): SVGSVGElement | null =>
  document.querySelector('.chart-drawing')?.shadowRoot?.querySelector('svg') ?? null;

function factorOf(svg: SVGSVGElement): number {
  return Number(svg.getAttribute('width')) / svg.viewBox.baseVal.width;
}

function resize(svg: SVGSVGElement, room: HTMLElement): void {
  const { width, height } = svg.viewBox.baseVal;
  const factor =
    zoom.peek() === 'fit'
      ? fitting({ width, height }, { width: room.clientWidth, height: room.clientHeight })
      : Number(zoom.peek());
  svg.setAttribute('width', String(width * factor));
  svg.setAttribute('height', String(height * factor));
}

/** Scrolls; smoothly only for those who like motion. */
function centre(outer: HTMLElement, element: Element | null): void {
  if (element === null) return;
  const [inside, outside] = [element.getBoundingClientRect(), outer.getBoundingClientRect()];
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  outer.scrollTo({
    left: outer.scrollLeft + inside.left + inside.width / 2 - outside.left - outer.clientWidth / 2,
    top: outer.scrollTop + inside.top + inside.height / 2 - outside.top - outer.clientHeight / 2,
    behavior: isStill || document.hidden ? 'instant' : 'smooth',
  });
}
