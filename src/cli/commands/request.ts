/** `read`, `write`, `execute` and `request`: ask once, or again and again. */

import { setTimeout as pause } from 'node:timers/promises';
import { ConnectionLostError, StatusError } from '../../protocol/errors.js';
import {
  SID_AUTH_REQUEST,
  SID_CHANNEL_NAME_REQUEST,
  SID_EXECUTE_REQUEST,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
  STATUS__NAMES,
  STATUS_OKAY,
} from '../../protocol/ids.js';
import type { JsonValue } from '../../protocol/message.js';
import { Vocabulary } from '../../protocol/vocabulary.js';
import type { RequestOptions } from '../../session/request-options.js';
import type { Session } from '../../session/session.js';
import { type Address, UsageError } from '../arguments.js';
import { type CommonOptions, withSession } from '../connecting.js';
import type { Io } from '../io.js';
import { ProgressMeter } from '../progress.js';
import { fieldsOf, jsonLine, jsonText } from '../recording/item-lines.js';

/** The highest data id that struct_json has room for. */
const MAX_STRUCT_DATA_ID = 0xffff_ffff;

/**
 * Connects, asks once, and prints the data of the answer.
 *
 * @param target whom, and about what
 * @param question asks
 * @throws (rejects) UsageError for a data id that the codec has no room for, and as `connectInTime` and `question` do
 */
export async function ask(
  { address, dataId }: { readonly address: Address; readonly dataId: number },
  options: CommonOptions,
  io: Io,
  question: (session: Session, how: RequestOptions) => Promise<JsonValue>,
): Promise<void> {
  assertFits(dataId, options);
  await withSession(address, options, io, async (session) => {
    const data = await question(session, { signal: io.interrupted });
    io.stdout(options.json === true ? jsonLine({ data }) : `${jsonText(data)}\n`);
  });
}

/**
 * Refuses a data id that the codec has no room for.
 *
 * @throws UsageError for one
 */
export function assertFits(dataId: number, { struct }: Pick<CommonOptions, 'struct'>): void {
  if (struct === true && dataId > MAX_STRUCT_DATA_ID)
    throw new UsageError(`expected a data id from 0 to ${MAX_STRUCT_DATA_ID} with --struct, got ${dataId}`);
}

/** What is asked, and how often. */
export interface Question {
  readonly serviceId: number;
  /** The service id of the answer; the one after the request's unless it is given. */
  readonly responseId: number | undefined;
  readonly dataId: number;
  readonly data: JsonValue;
  readonly repeat: number;
  readonly intervalMs: number;
  readonly isJson: boolean;
}

/** Requests that every session knows. */
const BUILT_IN = new Set([SID_READ_REQUEST, SID_WRITE_REQUEST, SID_EXECUTE_REQUEST]);
/** Requests that a session makes by itself, and whose answers are its own. */
const OWN = new Set([SID_AUTH_REQUEST, SID_CHANNEL_NAME_REQUEST]);

/**
 * Asks, and prints a line for each answer.
 *
 * @param session whom
 * @param question what, and how often; {@link assertService} has nothing against its service
 * @param io where the answers go
 * @throws (rejects) StatusError for an answer that is not okay, and as `request` of the session
 */
export async function askRepeatedly(session: Session, question: Question, io: Io): Promise<void> {
  const { serviceId, responseId, repeat, intervalMs } = question;
  if (!BUILT_IN.has(serviceId)) session.addService(serviceId, responseId ?? serviceId + 1);
  const progress = new ProgressMeter(io, repeat);
  try {
    for (let asked = 1; asked <= repeat; asked++) {
      await askOnce(session, question, io);
      progress.step();
      if (asked < repeat && intervalMs > 0) await pause(intervalMs, undefined, { signal: io.interrupted });
    }
  } finally {
    progress.end();
  }
}

async function askOnce(session: Session, question: Question, io: Io): Promise<void> {
  const { serviceId, dataId, data, isJson } = question;
  assertConnected(session);
  const answer = await session.request(serviceId, dataId, data, { signal: io.interrupted });
  if (isJson) io.stdout(jsonLine(fieldsOf(answer)));
  if (answer.status !== STATUS_OKAY) {
    const name = STATUS__NAMES[answer.status] ?? 'without a name';
    throw new StatusError(answer.status, `expected the status okay, got ${answer.status} (${name})`, answer);
  }
  if (!isJson) io.stdout(`${jsonText(answer.data)}\n`);
}

/**
 * Refuses to ask where nobody is: the command line does not connect again, and a request would wait for its time-out.
 *
 * @param session whom one would ask
 * @throws ConnectionLostError where there is no connection
 */
export function assertConnected(session: Session): void {
  if (!session.isConnected()) throw new ConnectionLostError('this request', false, 'link-closed');
}

/**
 * Refuses the services that a session asks by itself, and whose answers are its own.
 *
 * @param serviceId the service id of a request
 * @throws UsageError for one of them
 */
export function assertAskable(serviceId: number): void {
  if (OWN.has(serviceId))
    throw new UsageError(
      `expected a service that can be asked, got ${serviceId}, which the session itself asks`,
    );
}

/**
 * Refuses a service that cannot be asked, before anybody connects.
 *
 * @param serviceId the service id of the request
 * @param responseId that of the answer; undefined: the next one
 * @throws UsageError for one
 */
export function assertService(serviceId: number, responseId: number | undefined): void {
  assertAskable(serviceId);
  if (BUILT_IN.has(serviceId)) {
    if (responseId !== undefined && responseId !== serviceId + 1)
      throw new UsageError(
        `expected no --response for service ${serviceId}, which is built in, got ${responseId}`,
      );
    return;
  }
  try {
    new Vocabulary().addService(serviceId, responseId ?? serviceId + 1);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
