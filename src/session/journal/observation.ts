/**
 * What an observer of a session gets: messages with their bytes, what was dropped and why, what is logged. Unlike a
 * logger, it gets fields instead of lines, and every drop. What is confidential never gets here.
 */

import { SID_AUTH_RESPONSE, STATUS_OKAY } from '../../protocol/ids.js';
import type { DropReason, LinkReason, NoteCode, Reason, TimeoutReason } from '../../protocol/reasons.js';
import type { Role } from '../../protocol/role.js';
import type { Counters } from './counters.js';

/** The observed session. */
export interface ObservedSession {
  readonly sessionId: string;
  readonly role: Role;
  readonly channelName: string | null;
  readonly peerName: string | null;
  readonly codecName: string;
  /** Who is, or was last, at the other end: `host:port` for TCP; null while there has been nobody, or it is unknown. */
  readonly peerAddress: string | null;
  /** The counters as of now. */
  readonly counters: Counters;
  /** The system of its actors, the one that `inspect` sees; null while they are being made. */
  readonly system: object | null;
}

/** A message that was sent or received, whatever happened to it then. */
export interface ObservedMessage {
  readonly type: 'message';
  readonly direction: 'sent' | 'received';
  /** Whether its service asks or answers, as far as this side knows the service. */
  readonly role: 'request' | 'answer' | 'message';
  /** The service of the request that it is or answers; its own service for a message that is neither. */
  readonly requestServiceId: number;
  readonly serviceId: number;
  readonly dataId: number;
  readonly status: number;
  /** The names of the three, as the log writes them. */
  readonly names: { readonly service: string; readonly data: string; readonly status: string };
  /** Its data; `***` for a seed or a key. */
  readonly data: unknown;
  /** How many bytes its payload has. */
  readonly byteLength: number;
  /** A copy of its bytes; null for a message of an authentication. */
  readonly payload: Uint8Array | null;
}

/** Something that was dropped. */
export interface ObservedDrop {
  readonly type: 'dropped';
  readonly reason: DropReason;
  readonly detail: string;
  /**
   * A copy of the frame that could not be read, or of the first 64 bytes outside of frames, with `*` for anything that looks
   * like a seed or a key; else null.
   */
  readonly payload: Uint8Array | null;
  /** How many bytes were dropped, where it is about bytes; else 0. */
  readonly byteLength: number;
}

/** A line about the session, as the log has it. */
export interface ObservedNote {
  readonly type: 'note';
  readonly code: NoteCode;
  /** Why it happened, where that is known. */
  readonly reason: Reason | null;
  readonly level: 'debug' | 'info' | 'warning' | 'error';
  readonly text: string;
}

/** A request of this side whose time was over before its answer came. */
export interface ObservedTimeout {
  readonly type: 'timed-out';
  readonly serviceId: number;
  readonly dataId: number;
  /** The names of the two, as the log writes them. */
  readonly names: { readonly service: string; readonly data: string };
  /** How long it waited, in milliseconds, and how long it was allowed to. */
  readonly waitedMs: number;
  readonly timeoutMs: number;
  /** Whether it was written: then the peer may have acted on it. */
  readonly isWritten: boolean;
  readonly reason: TimeoutReason;
  /** How many requests with the same ids were written before it and have no answer either. */
  readonly ahead: number;
}

/** A connection that is gone. The note that says so follows. */
export interface ObservedLoss {
  readonly type: 'link-lost';
  readonly reason: LinkReason;
  /** Whether this side's program ended it: it closed the session, or asked for a new connection. */
  readonly isOwnWish: boolean;
  /** Requests that were written and have no answer, and those that still waited to be written. */
  readonly requestsUnanswered: number;
  readonly requestsQueued: number;
}

/** Something that happened in a session. */
export type Observation = ObservedMessage | ObservedDrop | ObservedNote | ObservedTimeout | ObservedLoss;

/**
 * Called synchronously with everything that happens, so it must be quick. If it throws, it is not called again.
 *
 * @param observation what happened
 * @param session in which session, with its counters
 *
 * @example
 * ```ts
 * import { connect } from 'socket-protocol';
 *
 * await connect({
 *   port: 17017,
 *   observe: (observation, session) => {
 *     if (observation.type === 'dropped') console.warn(observation.reason, session.counters.dropped);
 *   },
 * });
 * ```
 */
export type Observe = (observation: Observation, session: ObservedSession) => void;

/** Whether a message means trouble. The answer to a wrong key does, although its status is okay. */
export function isTroubled(message: { serviceId: number; status: number; data: unknown }): boolean {
  return (
    message.status !== STATUS_OKAY || (message.serviceId === SID_AUTH_RESPONSE && message.data === false)
  );
}
