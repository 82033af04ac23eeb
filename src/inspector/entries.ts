/**
 * What the debugger shows, as JSON: on its stream, in its recordings. Nothing in it is confidential. Programs read the
 * codes and numbers of an entry; its texts are for people.
 */

import type { DropReason, NoteCode, Reason } from '../protocol/reasons.js';
import type { TroubleCode } from './troubles.js';

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

/** Whether a message asks, answers, or does neither. */
export type MessageRole = 'request' | 'answer' | 'message';

/** A message was sent or received. */
export interface MessageEntry {
  readonly kind: 'message';
  readonly group: string;
  readonly from: 'client' | 'server';
  readonly role: MessageRole;
  /** The same number for a request and its answer, from 1 in each group; null for a message that is neither. */
  readonly exchange: number | null;
  readonly serviceId: number;
  readonly dataId: number;
  readonly status: number;
  readonly names: { readonly service: string; readonly data: string; readonly status: string };
  readonly data: unknown;
  readonly codec: string;
  /** How many bytes its payload has; null where that was not kept. */
  readonly size: number | null;
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

/** What there is to say of a server that refuses peers; a session has no such notes. */
export type ListenerNoteCode =
  /** It refuses somebody, and is shown from now on. */
  | 'listening'
  /** It has closed. */
  | 'stopped-listening';

/** Something that a session or a proxy noted in its log, or a server. */
export interface NoteEntry {
  readonly kind: 'note';
  readonly group: string;
  readonly code: NoteCode | ProxyNoteCode | ListenerNoteCode;
  /** Why it happened; null if unknown. */
  readonly reason: Reason | null;
  /** Which of the two peers it is about, where a proxy noted it. */
  readonly from?: 'client' | 'server' | undefined;
  readonly text: string;
  /** Follows from its code and its reason. */
  readonly isTrouble: boolean;
}

/**
 * Something is wrong, and a detector knows what, with what a person needs to hear about it. What it was found by has entries
 * of its own. The same trouble again is the same incident: of its entries the last one counts.
 */
export interface TroubleEntry {
  readonly kind: 'trouble';
  readonly group: string;
  readonly code: TroubleCode;
  /** One line, for people. */
  readonly text: string;
  readonly isTrouble: true;
  /** The exchange that it is about; null if it is about none. */
  readonly exchange: number | null;
  /** Which trouble of the group it is, from 1: the same number for the same trouble. */
  readonly incident: number;
  /** How often it happened so far, and when first. */
  readonly count: number;
  readonly firstMs: number;
  /** The incident of the group that explains this one, which then needs no line of its own in a list; null: none does. */
  readonly coveredBy: number | null;
  /** Figures and words of the story; which ones follows from the code. Bytes are hex, times milliseconds. */
  readonly about: Readonly<Record<string, string | number | boolean | null>>;
}

/** Who a session is; again when more of it is known. */
export interface SessionEntry {
  readonly kind: 'session';
  readonly group: string;
  /** Which side it is; null for a connection that somebody only sees. */
  readonly role: 'client' | 'server' | null;
  readonly codec: string;
  /** Who is at the other end; null if unknown. */
  readonly address: string | null;
  /** What the client of the two calls its channel, or is bound to; null if unknown. */
  readonly channelName: string | null;
  /** Whether its process lets a page ask in it; left out: no. */
  readonly canSend?: true | undefined;
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
  | TroubleEntry
  | SessionEntry
  | CountersEntry;

/** What is worked out of a message that comes in without it. */
type WorkedOut = 'size' | 'role' | 'exchange';

/** An entry as it comes in: the role, the exchange and the size of a message are worked out where they are missing. */
export type IncomingEntry =
  | Exclude<InspectorEntry, MessageEntry>
  | (Omit<MessageEntry, WorkedOut> & { readonly [Field in WorkedOut]?: MessageEntry[Field] | undefined });

/** An entry with its place, from 1, and its time, in milliseconds since the debugger was opened, to the microsecond. */
export type NumberedEntry = InspectorEntry & { readonly number: number; readonly ms: number };
