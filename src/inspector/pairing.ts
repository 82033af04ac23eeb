/** Finds the request that each answer belongs to, by what passes alone: first in, first out, as the protocol has it. */

import {
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
  SID_EXECUTE_REQUEST,
  SID_EXECUTE_RESPONSE,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  SID_WRITE_REQUEST,
  SID_WRITE_RESPONSE,
} from '../protocol/ids.js';
import type { Role } from '../protocol/role.js';
import type { IncomingEntry, InspectorEntry, MessageEntry, MessageRole } from './entries.js';

/** What decides about a message. */
export interface Paired {
  readonly from: Role;
  readonly serviceId: number;
  readonly dataId: number;
}

/** What is known about a service: whether it asks or answers, and the service id of the requests. */
export interface KnownService {
  readonly role: MessageRole;
  readonly requestServiceId: number;
}

/** What a message turned out to be. */
export interface Place {
  readonly role: MessageRole;
  readonly exchange: number | null;
}

const ANSWER_OF: ReadonlyMap<number, number> = new Map([
  [SID_AUTH_REQUEST, SID_AUTH_RESPONSE],
  [SID_CHANNEL_NAME_REQUEST, SID_CHANNEL_NAME_RESPONSE],
  [SID_READ_REQUEST, SID_READ_RESPONSE],
  [SID_WRITE_REQUEST, SID_WRITE_RESPONSE],
  [SID_EXECUTE_REQUEST, SID_EXECUTE_RESPONSE],
]);
const REQUEST_OF: ReadonlyMap<number, number> = new Map(
  [...ANSWER_OF].map(([asks, answers]) => [answers, asks]),
);

/** More requests than this without an answer are not remembered: the peer of a recording may never answer. */
const MAX_OPEN = 10_000;

/** The exchanges of one session or connection. */
export class Pairing {
  /** The numbers of unanswered requests, oldest first, by who asked and for what. */
  readonly #lines = new Map<string, number[]>();
  /** Unanswered requests that another debugger has numbered. */
  readonly #followed = new Set<number>();
  #open = 0;
  #last = 0;

  /** How many requests have no answer so far. */
  get open(): number {
    return this.#open + this.#followed.size;
  }

  /**
   * Numbers a message.
   *
   * @param known what the session knows about its service; without it, a message of the service id after that of an open request
   *   is the answer, and a message that answers nothing is a request
   */
  place(message: Paired, known?: KnownService): Place {
    const { role, requestServiceId } = known ?? this.#guess(message);
    if (role === 'message') return { role, exchange: null };
    if (role === 'request') return { role, exchange: this.#opened(message, requestServiceId) };
    return { role, exchange: this.#answered(message, requestServiceId) };
  }

  /** Takes note of a message that has its number from another debugger. */
  follow({ role, exchange }: Place): void {
    if (exchange === null) return;
    if (role !== 'request') this.#followed.delete(exchange);
    else if (this.#followed.size < MAX_OPEN) this.#followed.add(exchange);
  }

  /** The link has ended: what is unanswered stays so. */
  linkEnded(): void {
    this.#lines.clear();
    this.#followed.clear();
    this.#open = 0;
  }

  #guess(message: Paired): KnownService {
    const { serviceId } = message;
    if (ANSWER_OF.has(serviceId)) return { role: 'request', requestServiceId: serviceId };
    const known = REQUEST_OF.get(serviceId);
    if (known !== undefined) return { role: 'answer', requestServiceId: known };
    const answers = this.#lines.has(lineOf(peerOf(message.from), serviceId - 1, message.dataId));
    return answers
      ? { role: 'answer', requestServiceId: serviceId - 1 }
      : { role: 'request', requestServiceId: serviceId };
  }

  #opened({ from, dataId }: Paired, requestServiceId: number): number {
    const number = ++this.#last;
    if (this.#open >= MAX_OPEN) this.linkEnded();
    this.#open++;
    const key = lineOf(from, requestServiceId, dataId);
    const line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, [number]);
    else line.push(number);
    return number;
  }

  #answered({ from, dataId }: Paired, requestServiceId: number): number | null {
    const key = lineOf(peerOf(from), requestServiceId, dataId);
    const line = this.#lines.get(key);
    const number = line?.shift();
    if (line === undefined || number === undefined) return null;
    if (line.length === 0) this.#lines.delete(key);
    this.#open--;
    return number;
  }
}

function peerOf(side: Role): Role {
  return side === 'client' ? 'server' : 'client';
}

function lineOf(asker: Role, requestServiceId: number, dataId: number): string {
  return `${asker} ${requestServiceId} ${dataId}`;
}

/**
 * An entry with everything that it must have. A copy: whoever added it may change what it has.
 *
 * @param entry as it came in
 * @param pairing the exchanges of its group
 * @param known what a session knows about the service of a message
 */
export function completed(
  entry: IncomingEntry,
  pairing: Pairing,
  known?: KnownService,
): InspectorEntry & { number: number; ms: number } {
  if (entry.kind === 'note') linkEndsWith(entry, pairing);
  if (entry.kind !== 'message') return { ...entry, number: 0, ms: 0 };
  const { role, exchange, size = sizeOf(entry) } = entry;
  if (role === undefined || exchange === undefined)
    return messageAt(entry, size, pairing.place(entry, known));
  pairing.follow({ role, exchange });
  return messageAt(entry, size, { role, exchange });
}

/** Field by field, in one order: a spread takes ten times as long, and there are thousands of messages a second. */
function messageAt(
  entry: Extract<IncomingEntry, { kind: 'message' }>,
  size: number | null,
  { role, exchange }: Place,
): MessageEntry & { number: number; ms: number } {
  return {
    number: 0,
    ms: 0,
    kind: 'message',
    group: entry.group,
    from: entry.from,
    role,
    exchange,
    serviceId: entry.serviceId,
    dataId: entry.dataId,
    status: entry.status,
    names: entry.names,
    data: entry.data,
    codec: entry.codec,
    size,
    hex: entry.hex,
    hiddenBytes: entry.hiddenBytes,
    isTrouble: entry.isTrouble,
  };
}

/** After some notes, nothing that is unanswered will be answered. */
export function linkEndsWith({ code }: { readonly code: string }, pairing: Pairing): void {
  if (ENDS_OF_LINKS.has(code)) pairing.linkEnded();
}

const ENDS_OF_LINKS: ReadonlySet<string> = new Set(['disconnected', 'hung-up', 'connection-failed']);

function sizeOf({
  hex,
  hiddenBytes,
}: {
  readonly hex: string | null;
  readonly hiddenBytes: number;
}): number | null {
  if (hex === null) return hiddenBytes > 0 ? hiddenBytes : null;
  return Math.ceil(hex.length / 3) + hiddenBytes;
}
