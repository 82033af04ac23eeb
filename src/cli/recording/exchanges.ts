/** The requests of a recording, each with its answer, for playing either side again. */

import { isDeepStrictEqual } from 'node:util';
import { STATUS_SERVICE_OR_DATA_UNKNOWN } from '../../protocol/ids.js';
import type { JsonValue, Message } from '../../protocol/message.js';
import { InputError } from '../errors.js';
import { isReserved } from '../requests.js';
import type { RecordedItem } from './traffic.js';

interface RecordedRequest {
  readonly request: Message;
  /** Milliseconds since the recording began. */
  readonly atMs: number;
}

/** A request of a recording, and what was answered. */
export interface Exchange extends RecordedRequest {
  readonly answer: Message;
}

/** What can be played again, and how many requests cannot because they have no answer. */
export interface Exchanges {
  readonly exchanges: readonly Exchange[];
  readonly unanswered: number;
}

/**
 * Pairs each request of the client with the next answer of the server to the same ids, on the same connection.
 *
 * @returns the exchanges in the order of their requests; what sessions do by themselves is left out
 * @throws InputError if nothing was answered
 */
export function exchangesOf(items: readonly RecordedItem[]): Exchanges {
  const open = new Map<string, RecordedRequest[]>();
  const answers = new Map<RecordedRequest, Message>();
  /** Requests and answers whose data was not kept as a whole. */
  const cut = new Set<Message>();
  const requests: RecordedRequest[] = [];
  for (const { atMs, from, connection, item } of items) {
    if (item.kind !== 'message' || isReserved(item.message.serviceId)) continue;
    const { message } = item;
    if (item.isCut === true) cut.add(message);
    if (from === 'client') {
      const request = { request: message, atMs };
      const key = `${connection} ${message.serviceId + 1} ${message.dataId}`;
      const queue = open.get(key);
      if (queue === undefined) open.set(key, [request]);
      else queue.push(request);
      requests.push(request);
    } else {
      const oldest = open.get(`${connection} ${message.serviceId} ${message.dataId}`)?.shift();
      if (oldest !== undefined) answers.set(oldest, message);
    }
  }
  const exchanges = requests.flatMap((request) => {
    const answer = answers.get(request);
    if (answer === undefined || cut.has(answer) || cut.has(request.request)) return [];
    return [{ ...request, answer }];
  });
  if (exchanges.length === 0) throw new InputError('The recording has no request that was answered');
  return { exchanges, unanswered: requests.length - exchanges.length };
}

/** The service ids of the requests, each once. */
export function servicesOf(exchanges: readonly Exchange[]): ReadonlySet<number> {
  return new Set(exchanges.map(({ request }) => request.serviceId));
}

/** Answers one client as the recording says: in its order, then with the last answer again and again. */
export class RecordedAnswers {
  readonly #exchanges: readonly Exchange[];
  readonly #given = new Set<Exchange>();

  constructor(exchanges: readonly Exchange[]) {
    this.#exchanges = exchanges;
  }

  /** The status and data for a request; an exchange with equal data is preferred to one with equal ids only. */
  to({ serviceId, dataId, data }: Message): [number, JsonValue] {
    const fitting = this.#exchanges.filter(
      ({ request }) => request.serviceId === serviceId && request.dataId === dataId,
    );
    const exact = fitting.filter(({ request }) => isDeepStrictEqual(request.data, data));
    const candidates = exact.length > 0 ? exact : fitting;
    const next = candidates.find((exchange) => !this.#given.has(exchange)) ?? candidates.at(-1);
    if (next === undefined) return [STATUS_SERVICE_OR_DATA_UNKNOWN, null];
    this.#given.add(next);
    return [next.answer.status, next.answer.data];
  }
}
