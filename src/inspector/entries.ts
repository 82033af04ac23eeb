/** What the debugger shows, as lines of JSON: on its stream, in its recordings. Nothing in it is confidential. */

/** An actor came into being. */
export interface ActorEntry {
  readonly kind: 'actor';
  readonly group: string;
  readonly actor: string;
  readonly parent: string | null;
  /** The picture of its machine; null for one that has none. */
  readonly chart: string | null;
}

/** An actor took a step. */
export interface StateEntry {
  readonly kind: 'state';
  readonly group: string;
  readonly actor: string;
  /** As in the entry of its making, which a page that was opened later has not got. */
  readonly parent: string | null;
  readonly chart: string | null;
  /** Whether this was its last step. */
  readonly isOver: boolean;
  readonly state: unknown;
  readonly context: unknown;
  /** The event that it took the step for. */
  readonly event: string;
  /** The transitions that it took, by the keys that the pictures have. */
  readonly taken: readonly string[];
}

/** An event was sent to an actor, by another or by the program. */
export interface EventEntry {
  readonly kind: 'event';
  readonly group: string;
  readonly from: string | null;
  readonly to: string;
  readonly event: { readonly type: string; readonly [field: string]: unknown };
}

/** A message passed. */
export interface MessageEntry {
  readonly kind: 'message';
  readonly group: string;
  readonly from: 'client' | 'server';
  readonly serviceId: number;
  readonly dataId: number;
  readonly status: number;
  readonly names: { readonly service: string; readonly data: string; readonly status: string };
  readonly data: unknown;
  readonly codec: string;
  /** Its payload in hex; null where it is not shown, for it holds a seed or a key. */
  readonly hex: string | null;
  /** How many bytes of the payload are not shown. */
  readonly hiddenBytes: number;
  readonly isTrouble: boolean;
}

/** Something was refused or dropped. */
export interface DropEntry {
  readonly kind: 'drop';
  readonly group: string;
  /** Who sent what was dropped; null where nobody did. */
  readonly from: 'client' | 'server' | null;
  readonly reason: string;
  readonly detail: string;
  /** The codec of which the frame is a right message, though not of the session's; null for none. */
  readonly readableAs: string | null;
  readonly codec: string;
  readonly hex: string | null;
  readonly hiddenBytes: number;
  readonly isTrouble: true;
}

/** A line about a session. */
export interface NoteEntry {
  readonly kind: 'note';
  readonly group: string;
  readonly text: string;
  readonly isTrouble: boolean;
}

/** How often what has happened; a record stands for reasons. */
export interface CountersEntry {
  readonly kind: 'counters';
  readonly group: string;
  readonly counters: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
}

/** Something that happened. */
export type InspectorEntry =
  | ActorEntry
  | StateEntry
  | EventEntry
  | MessageEntry
  | DropEntry
  | NoteEntry
  | CountersEntry;

/** An entry with its place and its time, in milliseconds since the debugger was opened. */
export type NumberedEntry = InspectorEntry & { readonly number: number; readonly ms: number };
