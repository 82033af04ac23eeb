/** What came of a conversation: a list of facts in the order in which they happened, and what judges look for in it. */

import type { Message } from '../../protocol/message.js';
import type { DecodingDropReason, FramingDropReason } from '../../protocol/reasons.js';
import type { OtherProtocol } from '../../wire/stp.js';

/** Something that happened. */
export type RecordEvent =
  | { readonly kind: 'opened' }
  /** We sent what a step calls so. */
  | { readonly kind: 'sent'; readonly label: string }
  /** We ended our stream. */
  | { readonly kind: 'we ended' }
  | { readonly kind: 'message'; readonly message: Message; readonly payload: Buffer; readonly ms: number }
  /** A whole frame whose payload is no message. */
  | { readonly kind: 'undecodable'; readonly reason: DecodingDropReason }
  /** Bytes that are no frame. */
  | {
      readonly kind: 'bad frame';
      readonly reason: FramingDropReason;
      readonly byteLength: number;
      readonly sample: Buffer;
      /** For `wrong-protocol`: which. */
      readonly protocol: OtherProtocol | null;
    }
  /** The peer ended its stream, or the connection is gone. */
  | { readonly kind: 'gone'; readonly how: 'ended' | 'reset' }
  /** Nobody could be reached, or nobody greeted. */
  | { readonly kind: 'unreachable'; readonly why: string }
  /** More came than a rule can be about. */
  | { readonly kind: 'flooded' };

/** Facts in the order in which they happened. */
export type LinkRecord = readonly RecordEvent[];

type MessageEvent = Extract<RecordEvent, { kind: 'message' }>;

/** What happened on the same connection after something was sent; nothing if it was not sent. */
export function since(record: LinkRecord, label: string): LinkRecord {
  const sent = record.findLastIndex((event) => event.kind === 'sent' && event.label === label);
  if (sent === -1) return [];
  const rest = record.slice(sent + 1);
  const next = rest.findIndex(({ kind }) => kind === 'opened');
  return next === -1 ? rest : rest.slice(0, next);
}

/** What came between two things that were sent. */
export function between(record: LinkRecord, first: string, second: string): LinkRecord {
  const events = since(record, first);
  const end = events.findIndex((event) => event.kind === 'sent' && event.label === second);
  return end === -1 ? events : events.slice(0, end);
}

/** Whether something was sent at all. */
export function wasSent(record: LinkRecord, label: string): boolean {
  return record.some((event) => event.kind === 'sent' && event.label === label);
}

/** The messages of a record, with their payloads and times. */
export function messageEvents(record: LinkRecord): readonly MessageEvent[] {
  return record.filter((event): event is MessageEvent => event.kind === 'message');
}

/** The messages of a record. */
export function messages(record: LinkRecord): readonly Message[] {
  return messageEvents(record).map(({ message }) => message);
}

/** The messages with these ids: answers, or requests of the peer. */
export function answers(record: LinkRecord, serviceId: number, dataId: number): readonly Message[] {
  return messages(record).filter((message) => message.serviceId === serviceId && message.dataId === dataId);
}

/** A request that a peer always answers, and that changes nothing; its answer has the same data id. */
export interface Ping {
  readonly request: number;
  readonly response: number;
  readonly dataId: number;
}

/** The answers to pings. */
export function pongs(record: LinkRecord, { response, dataId }: Ping): readonly Message[] {
  return answers(record, response, dataId);
}

/** What happened on the last connection. */
export function onLastLink(record: LinkRecord): LinkRecord {
  return record.slice(lastLinkOf(record));
}

/** Where the last connection begins. */
export function lastLinkOf(record: LinkRecord): number {
  return record.findLastIndex(({ kind }) => kind === 'opened') + 1;
}

/** Whether the peer hung up. */
export function isGone(record: LinkRecord): boolean {
  return record.some(({ kind }) => kind === 'gone');
}

/** Bytes that cannot have been an answer. */
const NO_ANSWERS: ReadonlySet<string> = new Set(['noise', 'wrong-protocol']);

/**
 * Why frames could not be read that came after a request, where the record has one: an answer may have been among them.
 *
 * @param speaksFirst whether the peer says something before it is asked, so that every frame counts
 * @returns the reasons; empty where every frame could be read
 */
export function unreadIn(record: LinkRecord, speaksFirst = false): string {
  const isTalk = !speaksFirst && record.some(({ kind }) => kind === 'sent');
  let hasAsked = false;
  const unread = record.filter((event) => {
    if (event.kind === 'opened') hasAsked = false;
    if (event.kind === 'sent') hasAsked = true;
    return (hasAsked || !isTalk) && (event.kind !== 'bad frame' || !NO_ANSWERS.has(event.reason));
  });
  return faultsIn(unread);
}

/** Frames that cannot be read, and bytes that are no frame, after each other in words; empty where there are none. */
export function faultsIn(record: LinkRecord): string {
  const faults = record.flatMap((event) =>
    event.kind === 'undecodable' || event.kind === 'bad frame' ? [event.reason] : [],
  );
  return [...new Set(faults)].join(', ');
}
