/** What a flight recorder gives out: plain objects that JSON can carry, with nothing confidential in them. */

import type { DropReason, NoteCode, Reason } from '../../protocol/reasons.js';
import type { Role } from '../../protocol/role.js';
import type { Counters } from '../journal/counters.js';
import type { FailureKind } from './failures.js';
import type { SignsOfLife } from './recorder.js';

/** When it happened, in milliseconds by the session's clock, which only makes sense beside the record's `takenMs`. */
interface Timed {
  readonly ms: number;
}

/** A message was sent or received. */
export interface FlightMessage extends Timed {
  readonly kind: 'message';
  readonly direction: 'sent' | 'received';
  readonly serviceId: number;
  readonly dataId: number;
  readonly status: number;
  /** The names of the three, as the log writes them. */
  readonly names: { readonly service: string; readonly data: string; readonly status: string };
  /** How many bytes its payload had. */
  readonly byteLength: number;
  /**
   * What `data` is: the whole of it; the beginning of its JSON, as a text; the beginning of the payload, in hex, where the form of
   * the codec is unknown; or null, because it is confidential, or was not kept.
   */
  readonly shows: 'data' | 'beginning' | 'bytes' | 'nothing, confidential' | 'nothing';
  readonly data: unknown;
}

/** One of the session's state machines is in another state. */
export interface FlightState extends Timed {
  readonly kind: 'state';
  /** `session`, `connection`, `authentication`, `channelName` or `drain`. */
  readonly actor: string;
  /** The path of the state: `client.proving.keySent`. */
  readonly state: string;
  /** The type of the event that caused it. */
  readonly event: string;
  /** What the event gave as a reason; null: nothing. */
  readonly reason: string | null;
}

/** Something was dropped. */
export interface FlightDrop extends Timed {
  readonly kind: 'drop';
  readonly reason: DropReason;
  /** Of the frame, or of the stream; 0 where there was none. */
  readonly byteLength: number;
  readonly detail: string;
}

/** Something that the session noted. */
export interface FlightNote extends Timed {
  readonly kind: 'note';
  readonly code: NoteCode;
  readonly reason: Reason | null;
  readonly detail: string;
}

/** One entry of a flight record. */
export type FlightEntry = FlightMessage | FlightState | FlightDrop | FlightNote;

/** What the flight recorder of a session has, at one moment. */
export interface FlightRecord {
  /** Of the form of this object. */
  readonly version: 1;
  /** The `id` of the session. */
  readonly sessionId: string;
  readonly role: Role;
  /** Who is at the other end, or was last; null: there has been nobody. */
  readonly peerAddress: string | null;
  /** What the peer is called, as `session.peerName` has it. */
  readonly peerName: string | null;
  readonly channelName: string | null;
  readonly codec: string;
  /** The versions of Node and of the system that it runs on. */
  readonly versions: { readonly node: string; readonly platform: string };
  /** The time of this record, by the session's clock. */
  readonly takenMs: number;
  /** Where the machines stand, by their names. */
  readonly states: Readonly<Record<string, string>>;
  readonly isTrusted: boolean;
  readonly pending: { readonly queued: number; readonly unanswered: number };
  /** The limits that may have played a part, in bytes, milliseconds or messages. */
  readonly limits: Readonly<Record<string, number>>;
  readonly counters: Counters;
  /** Questions of the heartbeat and their answers, which are counted and not listed. */
  readonly signsOfLife: SignsOfLife;
  /** How many entries there were before those that are here. */
  readonly overwritten: number;
  /** Oldest first. */
  readonly entries: readonly FlightEntry[];
}

/** Something went wrong that a person will ask about. */
export interface Failure {
  readonly kind: FailureKind;
  /** Why; null: unknown, or not one of the reasons. */
  readonly reason: Reason | null;
  /** More about it, for people; nothing confidential. */
  readonly detail: string;
  /** How many failures of this kind were left out since the last one: there is at most one a second. */
  readonly suppressed: number;
  readonly record: FlightRecord;
}
