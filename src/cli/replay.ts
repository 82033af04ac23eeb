/** `replay`: plays one side of a recording, in place of a device that is not on the desk. */

import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { StatusError } from '../errors.js';
import { listen } from '../listen.js';
import { STATUS_SERVICE_OR_DATA_UNKNOWN } from '../protocol/ids.js';
import type { JsonValue, Message } from '../protocol/message.js';
import type { Session } from '../session/session.js';
import type { SessionOptions } from '../session/session-options.js';
import { addressOf } from '../transport/address.js';
import type { Codec } from '../wire/codec.js';
import { readInput } from './files.js';
import type { Io } from './io.js';
import { fieldsOf, jsonLine } from './item-lines.js';
import { type RecordedItem, type Recording, readRecording } from './recording.js';

/** Service ids that the session itself answers: authentication and channel names. */
const OWN_SERVICES = new Set([0, 1, 8, 9]);
/** Services that every session knows; their answers have the next id. */
const BUILT_IN = new Set([10, 20, 30]);

/**
 * Loads a recording.
 *
 * @throws UsageError for a file that cannot be read, Error for what is no recording or is cut off
 */
export function loadRecording(file: string, codec: Codec): Recording {
  return readRecording(textOfRecording(file), codec);
}

/**
 * The text of a recording.
 *
 * @throws UsageError for a file that cannot be read
 */
export function textOfRecording(file: string): string {
  return readInput(file, 'a readable recording').toString('utf8');
}

/** A request of a recording, and what was answered. */
interface Exchange {
  readonly request: Message;
  readonly answer: Message;
  readonly atMs: number;
}

/** Pairs each request of the client with the answer of the server: the next of the response's ids. */
function exchangesOf({ items }: Recording): Exchange[] {
  const answers = new Map<RecordedItem, boolean>();
  return items.flatMap((item, index) => {
    if (item.from !== 'client' || item.item.kind !== 'message') return [];
    const request = item.item.message;
    if (OWN_SERVICES.has(request.serviceId)) return [];
    const answer = items.find(
      (later, place) =>
        place > index &&
        later.from === 'server' &&
        !answers.has(later) &&
        later.item.kind === 'message' &&
        later.item.message.serviceId === request.serviceId + 1 &&
        later.item.message.dataId === request.dataId,
    );
    if (answer?.item.kind !== 'message') return [];
    answers.set(answer, true);
    return [{ request, answer: answer.item.message, atMs: item.atMs }];
  });
}

function learnServices(session: Session, exchanges: readonly Exchange[]): void {
  for (const serviceId of new Set(exchanges.map(({ request }) => request.serviceId))) {
    if (!BUILT_IN.has(serviceId)) session.addService(serviceId, serviceId + 1);
  }
}

/** Where the server of a recording listens. */
export interface ReplayServerOptions {
  readonly host: string;
  readonly port: number;
  readonly isJson: boolean;
}

/** Answers as the server of the recording did, until the person wants to stop. */
export async function replayAsServer(
  recording: Recording,
  options: ReplayServerOptions,
  sessionOptions: SessionOptions,
  io: Io,
): Promise<void> {
  const exchanges = exchangesOf(recording);
  if (exchanges.length === 0)
    throw new Error('expected a recording with requests and answers, got none in it');
  const server = await listen({ host: options.host, port: options.port, ...sessionOptions }, (session) => {
    learnServices(session, exchanges);
    const answers = new Answers(exchanges);
    session.registerCallback(null, null, (message) => answers.to(message));
  });
  const listening = addressOf(server.host, server.port);
  io.stdout(options.isJson ? jsonLine({ listening }) : `listening on ${listening}\n`);
  await new Promise<void>((resolve) => {
    if (io.interrupted.aborted) resolve();
    io.interrupted.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.close();
}

/** What is answered to one client: in the order of the recording, the last again and again. */
class Answers {
  readonly #exchanges: readonly Exchange[];
  readonly #given = new Set<Exchange>();

  constructor(exchanges: readonly Exchange[]) {
    this.#exchanges = exchanges;
  }

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

/**
 * Asks what the client of the recording asked, and compares the answers.
 *
 * @param speed how many times faster than recorded; 0: without pauses
 * @throws (rejects) StatusError where an answer differs
 */
export async function replayAsClient(
  session: Session,
  recording: Recording,
  { speed, isJson }: { readonly speed: number; readonly isJson: boolean },
  io: Io,
): Promise<void> {
  const exchanges = exchangesOf(recording);
  if (exchanges.length === 0)
    throw new Error('expected a recording with requests and answers, got none in it');
  learnServices(session, exchanges);
  let beforeMs = exchanges[0]?.atMs ?? 0;
  let differing = 0;
  for (const [index, { request, answer, atMs }] of exchanges.entries()) {
    if (speed > 0) await pause((atMs - beforeMs) / speed, undefined, { signal: io.interrupted });
    beforeMs = atMs;
    const { serviceId, dataId, data } = request;
    const got = await session.request(serviceId, dataId, data, { signal: io.interrupted });
    const isSame = got.status === answer.status && isDeepStrictEqual(got.data, answer.data);
    if (!isSame) differing++;
    io.stdout(
      isJson
        ? jsonLine({ ...fieldsOf(got), same: isSame })
        : `${isSame ? 'same   ' : 'differs'} ${JSON.stringify(fieldsOf(request))} -> ${jsonLine(fieldsOf(got))}`,
    );
    io.progress?.(`${index + 1} of ${exchanges.length}`);
  }
  io.progress?.(null);
  if (differing > 0) {
    throw new StatusError(1, `expected the answers of the recording, got ${differing} others`);
  }
}
