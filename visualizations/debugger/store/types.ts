/** What the page knows of: entries as the debugger sends them, and what is chosen of them. */

import type {
  DropEntry,
  InspectorEntry,
  MessageEntry,
  NumberedEntry,
  StateEntry,
  TroubleEntry,
} from '../../../src/inspector/entries.js';

export type { CountersEntry, NumberedEntry } from '../../../src/inspector/entries.js';
export type {
  Ask,
  Asked,
  Feed,
  Names,
  SessionRow,
  SessionState,
  Totals,
} from '../../../src/inspector/feed.js';

/** An entry of one kind with its place, from 1, and its time in milliseconds. */
export type Numbered<Entry extends InspectorEntry> = Entry & Pick<NumberedEntry, 'number' | 'ms'>;
export type NumberedMessage = Numbered<MessageEntry>;
export type NumberedDrop = Numbered<DropEntry>;
export type NumberedState = Numbered<StateEntry>;
export type NumberedTrouble = Numbered<TroubleEntry>;

/** A request with what came of it. */
export interface Exchange {
  readonly request: NumberedMessage | null;
  readonly answer: NumberedMessage | null;
  /** What was found to be wrong with it: it timed out, for example. */
  readonly trouble: NumberedTrouble | null;
}

/** What is chosen on the page. */
export interface Selection {
  /** A session: what all views are about; null for all sessions. */
  readonly group: string | null;
  /** The number of an entry. */
  readonly entry: number | null;
  /** The name of an actor of the session; null where nobody chose one. */
  readonly actor: string | null;
}

/** How much a picture of a machine shows: states and events, or also guards and actions. */
export type ChartKind = 'simple' | 'full';

/** The views in the middle. */
export const VIEWS = ['messages', 'troubles', 'charts', 'sequence', 'events'] as const;
export type View = (typeof VIEWS)[number];

/** How the page hears of news. */
export type Connection =
  | { readonly kind: 'connecting' }
  /** What happens, and how far the page is behind it, in milliseconds: it has not got everything so far. */
  | { readonly kind: 'live'; readonly behindMs: number }
  /** A recording that was opened on the page. */
  | { readonly kind: 'recording'; readonly name: string }
  | { readonly kind: 'ended'; readonly why: string };

/** A recording that is shown in place of what happens. */
export interface Shown {
  readonly name: string;
  /** When it was made, in milliseconds of the epoch; null if unknown. */
  readonly startedAt: number | null;
  /** In the order of their numbers, with the troubles that they show. */
  readonly entries: readonly NumberedEntry[];
  /** How many of its lines could not be read. */
  readonly unread?: number;
}
