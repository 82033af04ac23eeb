/** `replay`: plays one side of a recording, in place of a device that is not on the desk. */

import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { StatusError } from '../../protocol/errors.js';
import { STATUS_SERVICE_OR_DATA_UNKNOWN } from '../../protocol/ids.js';
import type { JsonValue, Message } from '../../protocol/message.js';
import { listen } from '../../server/listen.js';
import type { SessionOptions } from '../../session/options.js';
import type { Session } from '../../session/session.js';
import { addressOf } from '../../transport/address.js';
import { textOfRecording } from '../files.js';
import { type Io, untilInterrupted } from '../io.js';
import { paint } from '../paint.js';
import { ProgressMeter } from '../progress.js';
import { fieldsOf, jsonLine, jsonText } from '../recording/item-lines.js';
import { type Recording, readRecording } from '../recording/recording.js';
import { assertConnected } from './request.js';

/** Service ids that the session itself answers: authentication and channel names. */
const OWN_SERVICES = new Set([0, 1, 8, 9]);
/** Services that every session knows; their answers have the next id. */
const BUILT_IN = new Set([10, 20, 30]);

/**
 * Loads a recording.
 *
 * @throws UsageError for a file that cannot be read, Error for what is no recording or is cut off
 */
export function loadRecording(file: string): Recording {
  return readRecording(textOfRecording(file));
}

/** A request of a recording, and what was answered. */
interface Exchange {
  readonly request: Message;
  readonly answer: Message;
  readonly atMs: number;
}

/**
 * Pairs each request of the client with the answer of the server: the next of the response's ids on its connection.
 *
 * @param io where it is said how many requests have no answer, and so cannot be played
 * @returns them in the order of the requests
 * @throws Error where there is none
 */
function exchangesOf({ items }: Recording, io: Io): Exchange[] {
  const waiting = new Map<string, Omit<Exchange, 'answer'>[]>();
  const answers = new Map<Message, Message>();
  const asked: Omit<Exchange, 'answer'>[] = [];
  for (const { atMs, from, connection, item } of items) {
    if (item.kind !== 'message' || OWN_SERVICES.has(item.message.serviceId)) continue;
    const { message } = item;
    if (from === 'client') {
      const question = { request: message, atMs };
      const key = `${connection} ${message.serviceId + 1} ${message.dataId}`;
      const line = waiting.get(key);
      if (line === undefined) waiting.set(key, [question]);
      else line.push(question);
      asked.push(question);
    } else {
      const first = waiting.get(`${connection} ${message.serviceId} ${message.dataId}`)?.shift();
      if (first !== undefined) answers.set(first.request, message);
    }
  }
  const exchanges = asked.flatMap((question) => {
    const answer = answers.get(question.request);
    return answer === undefined ? [] : [{ ...question, answer }];
  });
  if (exchanges.length === 0)
    throw new Error('expected a recording with requests and answers, got none in it');
  const leftOut = asked.length - exchanges.length;
  if (leftOut > 0)
    io.stderr(`socket-protocol: left out, for the recording has no answer to them: ${leftOut} requests\n`);
  return exchanges;
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

/**
 * Answers as the server of the recording did, until the person wants to stop.
 *
 * @throws (rejects) Error for a recording without requests, and as `listen` does
 */
export async function replayAsServer(
  recording: Recording,
  { host, port, isJson }: ReplayServerOptions,
  sessionOptions: SessionOptions,
  io: Io,
): Promise<void> {
  const exchanges = exchangesOf(recording, io);
  const progress = new ProgressMeter(io, null);
  await using server = await listen({ host, port, ...sessionOptions }, (session) => {
    learnServices(session, exchanges);
    const answers = new Answers(exchanges);
    session.registerCallback(null, null, (message) => {
      progress.step();
      return answers.to(message);
    });
  });
  const listening = addressOf(server.host, server.port);
  io.stdout(isJson ? jsonLine({ listening }) : `listening on ${listening}\n`);
  await untilInterrupted(io);
  progress.end();
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
 * @throws (rejects) Error for a recording without requests, StatusError where an answer differs
 */
export async function replayAsClient(
  session: Session,
  recording: Recording,
  { speed, isJson }: { readonly speed: number; readonly isJson: boolean },
  io: Io,
): Promise<void> {
  const exchanges = exchangesOf(recording, io);
  learnServices(session, exchanges);
  const progress = new ProgressMeter(io, exchanges.length);
  let beforeMs = exchanges[0]?.atMs ?? 0;
  let differing = 0;
  try {
    for (const exchange of exchanges) {
      if (speed > 0) await pause((exchange.atMs - beforeMs) / speed, undefined, { signal: io.interrupted });
      beforeMs = exchange.atMs;
      if (!(await isAnsweredAlike(session, exchange, isJson, io))) differing++;
      progress.step();
    }
  } finally {
    progress.end();
  }
  if (differing > 0) {
    throw new StatusError(1, `expected the answers of the recording, got ${differing} others`);
  }
}

/** Asks once, and prints whether the answer is that of the recording. */
async function isAnsweredAlike(
  session: Session,
  { request, answer }: Exchange,
  isJson: boolean,
  io: Io,
): Promise<boolean> {
  const { serviceId, dataId, data } = request;
  assertConnected(session);
  const got = await session.request(serviceId, dataId, data, { signal: io.interrupted });
  const isSame = got.status === answer.status && isDeepStrictEqual(got.data, answer.data);
  if (isJson) {
    io.stdout(jsonLine({ ...fieldsOf(got), same: isSame }));
    return isSame;
  }
  const verdict = isSame ? paint(io, 'event', 'same   ') : paint(io, 'trouble', 'differs');
  const asked = paint(io, 'sent', jsonLine(fieldsOf(request)).trimEnd());
  const answered = paint(io, 'received', jsonText(fieldsOf(got)));
  io.stdout(`${verdict} ${asked} -> ${answered}\n`);
  return isSame;
}
