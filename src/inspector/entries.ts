/**
 * What the debugger shows, as JSON: on its stream, in its recordings. Nothing in it is confidential. Programs read the
 * codes and numbers of an entry; its texts are for people.
 */

import type { DropReason, NoteCode, Reason } from '../protocol/reasons.js';

/** An actor came into being. */
export interface ActorEntry {
  readonly kind: 'actor';
  readonly group: string;
  readonly actor: string;
  readonly parent: string | null;
  /** The name of the picture of its machine; null if there is none. */
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
  /** The type of the event that caused the step. */
  readonly event: string;
  /** The keys of the transitions that it took; the pictures have the same keys. */
  readonly taken: readonly string[];
}

/** An event was sent to an actor. */
export interface EventEntry {
  readonly kind: 'event';
  readonly group: string;
  /** The actor that sent it; null for the session itself. */
  readonly from: string | null;
  readonly to: string;
  readonly event: { readonly type: string; readonly [field: string]: unknown };
}

/** A message was sent or received. */
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
  /** Its payload in hex; null for a message of an authentication. */
  readonly hex: string | null;
  /** How many bytes of the payload are not shown. */
  readonly hiddenBytes: number;
  /** Follows from its service, its status and its data. */
  readonly isTrouble: boolean;
}

/** Something was refused or dropped. */
export interface DropEntry {
  readonly kind: 'drop';
  readonly group: string;
  /** The side that sent it; null if neither did. */
  readonly from: 'client' | 'server' | null;
  readonly reason: DropReason;
  readonly detail: string;
  /** The other codec in which the frame is a valid message; null if there is none. */
  readonly readableAs: string | null;
  readonly codec: string;
  readonly hex: string | null;
  readonly hiddenBytes: number;
  readonly isTrouble: true;
}

/** What a proxy notes about a connection; a session has no such notes. */
export type ProxyNoteCode =
  /** The authentication states of the two peers. */
  | 'states'
  /** One of its two sockets failed. */
  | 'connection-failed'
  /** One of the two peers closed the connection. */
  | 'hung-up'
  /** What a flight recorder was asked about: the last entry of a recorded failure. */
  | 'failure';

/** Something that a session or a proxy noted in its log. */
export interface NoteEntry {
  readonly kind: 'note';
  readonly group: string;
  readonly code: NoteCode | ProxyNoteCode;
  /** Why it happened; null if unknown. */
  readonly reason: Reason | null;
  readonly text: string;
  /** Follows from its code and its reason. */
  readonly isTrouble: boolean;
}

/** The counters of a session; those that are records count by reason. */
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

/** An entry with its place, from 1, and its time, in milliseconds since the debugger was opened. */
export type NumberedEntry = InspectorEntry & { readonly number: number; readonly ms: number };
