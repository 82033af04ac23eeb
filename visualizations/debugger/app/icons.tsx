/** The icons: one family, drawn on a grid of 16 with a line of 1.5, in the colour of the text around them. */

const PATHS = {
  trouble: 'M8 2.2 14.4 13.5H1.6zM8 6.5v3.2M8 11.6v.1',
  lock: 'M4 7.2h8v6.3H4zM5.7 7.2V5a2.3 2.3 0 0 1 4.6 0v2.2',
  'lock-open': 'M4 7.2h8v6.3H4zM5.7 7.2V4.6a2.3 2.3 0 0 1 4.4-.9',
  link: 'M6.8 9.2 9.2 6.8M7.2 4.8 8.7 3.3a2.8 2.8 0 0 1 4 4l-1.5 1.5M8.8 11.2l-1.5 1.5a2.8 2.8 0 0 1-4-4l1.5-1.5',
  broken:
    'M7.2 4.8 8.7 3.3a2.8 2.8 0 0 1 4 4l-1.5 1.5M8.8 11.2l-1.5 1.5a2.8 2.8 0 0 1-4-4l1.5-1.5M2.5 3.5l11 9',
  refused: 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 1 0 8 2.2M4 4l8 8',
  closed: 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 1 0 8 2.2M5.5 8h5',
  waiting: 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 1 0 8 2.2M8 4.8V8l2.2 1.6',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.4 10.4l3.3 3.3',
  play: 'M4.5 3v10l8-5z',
  pause: 'M5.2 3.2v9.6M10.8 3.2v9.6',
  live: 'M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M4.2 11.8a5.4 5.4 0 0 1 0-7.6M11.8 4.2a5.4 5.4 0 0 1 0 7.6',
  clear: 'M3 4.5h10M6.3 4.5V2.8h3.4v1.7M4.3 4.5l.6 8.7h6.2l.6-8.7',
  copy: 'M5.5 5.5h7.7v7.7H5.5zM10.5 5.5V2.8H2.8v7.7h2.7',
  right: 'M6 3.5 10.5 8 6 12.5',
  down: 'M3.5 6 8 10.5 12.5 6',
  up: 'M3.5 10 8 5.5l4.5 4.5',
  back: 'M13 8H3M7 4 3 8l4 4',
  close: 'M3.8 3.8l8.4 8.4M12.2 3.8l-8.4 8.4',
  keys: 'M1.8 4h12.4v8H1.8zM4.2 6.7h.1M6.7 6.7h.1M9.2 6.7h.1M11.7 6.7h.1M5 9.6h6',
  send: 'M2.3 7.9 13.7 2.5 9.4 13.6 7.3 9zM7.3 9l2.5-2.6',
  check: 'M3 8.5 6.4 12 13 4.5',
  out: 'M2.5 8h10.5M9.2 4.2 13 8l-3.8 3.8',
  in: 'M13.5 8H3M6.8 4.2 3 8l3.8 3.8',
  message: 'M2.2 3.2h11.6v7.6H7.5l-3 2.6v-2.6H2.2z',
  chart: 'M2.2 2.5h5v4h-5zM8.8 9.5h5v4h-5zM4.7 6.5v5h4.1',
  sequence: 'M4 2v12M12 2v12M4 5.2h8M9.8 3.4 12 5.2 9.8 7M12 10.8H4M6.2 9 4 10.8l2.2 1.8',
  list: 'M2.5 4h.1M2.5 8h.1M2.5 12h.1M5.5 4h8M5.5 8h8M5.5 12h8',
  file: 'M3.8 1.8h5.4l3 3v9.4H3.8zM9 1.8V5h3.2',
} as const;

export type IconName = keyof typeof PATHS;

/** An icon beside words; it says nothing of its own to a screen reader. */
export function Icon({ name, class: look = '' }: { name: IconName; class?: string }) {
  return (
    <svg class={`icon ${look}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
