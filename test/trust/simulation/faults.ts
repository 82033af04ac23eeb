/** The kinds of fault, by the names under which they are counted (figure B5). */
export const FAULTS = [
  'split',
  'merge',
  'delay',
  'stall',
  'drop-tail',
  'fin',
  'rst',
  'half-open',
  'corrupt-byte',
  'insert-byte',
  'duplicate-frame',
  'old-bytes',
  'peer-restart',
  'clock-jump',
  'callback',
  'backpressure',
  'long-stall',
  'freeze',
  'front-closes',
  'front-silent',
  'herd',
  'bad-neighbour',
] as const;

/** A kind of fault. */
export type Fault = (typeof FAULTS)[number];

/** Those that may outlast every time-out of a session: a world with one of them may go on for longer. */
export const LASTING_FAULTS: ReadonlySet<Fault> = new Set([
  'half-open',
  'long-stall',
  'freeze',
  'front-closes',
  'front-silent',
]);

/** Those after which bytes arrive that nobody wrote, or twice: then each request needs ids of its own to be told apart. */
export const FORGING_FAULTS: ReadonlySet<Fault> = new Set(['corrupt-byte', 'insert-byte', 'duplicate-frame']);
