/** Looks at the peer before the rules do: whether it answers, whether it has a secret, what can be read. */

import type { Clock } from '../../base/clock.js';
import { AuthenticationError } from '../../protocol/errors.js';
import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  STATUS_AUTH_REQUIRED,
  STATUS_OKAY,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../../protocol/ids.js';
import { Message } from '../../protocol/message.js';
import type { Codec } from '../../wire/codec.js';
import { stringifyJson } from '../../wire/json.js';
import { encodeStp } from '../../wire/stp.js';
import { CannotTalk, Conversation, type ConversationSettings } from './conversation.js';
import {
  answers,
  isGone,
  type LinkRecord,
  messageEvents,
  messages,
  pongs,
  since,
  unreadIn,
} from './record.js';
import type { Step, Subject } from './rule.js';
import { UNLIKELY_DATA_ID } from './say.js';

/** What a person wants and allows. */
export interface Wishes {
  /** Data ids to READ: the first that is answered is used. */
  readonly dataIds: readonly number[];
  readonly write: Subject['write'];
  readonly execute: Subject['execute'];
  readonly allowsAttacks: boolean;
}

/** What is known about the peer. */
export interface Survey {
  readonly subject: Subject;
  /** How long the first answer took, in milliseconds; null: none came. */
  readonly answerMs: number | null;
}

/** So many READs without an answer say that there will be none. */
const MAX_SILENT = 2;

/**
 * Looks at the peer.
 *
 * @param others codecs to try where the peer does not answer in the one that it should speak
 * @throws (rejects) ConnectError where it cannot be reached, AuthenticationError where it does not take our secret
 */
export async function survey(
  settings: ConversationSettings,
  wishes: Wishes,
  others: readonly Codec[],
): Promise<Survey> {
  const { codec, clock, secret, channel, timeoutMs } = settings;
  await using talk = new Conversation(settings);
  const error = await talk.connectOnce();
  if (error !== null) throw error;
  await ask(talk, 'name', codec, SID_CHANNEL_NAME_REQUEST, 0);
  const [pong] = pongs(talk.record);
  const subject: Subject = {
    codec,
    silence: null,
    distrust: null,
    peerName: typeof pong?.data === 'string' ? pong.data : null,
    isGuarded: false,
    turnsAway: false,
    hasSecret: secret !== null,
    channel,
    dataId: null,
    readMs: 0,
    write: wishes.write,
    execute: wishes.execute,
    allowsAttacks: wishes.allowsAttacks,
    timeoutMs,
  };
  if (pong === undefined) {
    const record = [...talk.record];
    // a device may have room for one connection
    await talk.hangUp();
    return { answerMs: null, subject: { ...subject, silence: await silenceOf(record, settings, others) } };
  }
  // once more: the first answer has what is done only once in its time
  const askedMs = clock.now();
  await ask(talk, 'again', codec, SID_CHANNEL_NAME_REQUEST, 0);
  const answerMs = (messageEvents(since(talk.record, 'again'))[0]?.ms ?? askedMs) - askedMs;
  const turnsAway = await isTurnedAway(talk, codec);
  const isGuarded = await findsSecret(talk, codec, turnsAway);
  const distrust = secret === null ? null : await distrustOf(talk, isGuarded);
  const canRead = !isGuarded || (secret !== null && distrust === null);
  const dataId = canRead ? await readable(talk, codec, wishes.dataIds) : null;
  const readMs = dataId === null ? 0 : await timeOf(talk, codec, dataId, clock);
  return { answerMs, subject: { ...subject, isGuarded, turnsAway, distrust, dataId, readMs } };
}

function asking(label: string, codec: Codec, serviceId: number, dataId: number): readonly Step[] {
  const bytes = encodeStp(codec.encode(new Message({ serviceId, dataId })));
  return [
    { do: 'send', label, pieces: () => [bytes] },
    { do: 'hear', until: (record) => answers(record, serviceId + 1, dataId).length > 0 },
  ];
}

/** So often something is asked for whose answer could not be read: one in ten must not decide about all rules. */
const MAX_ATTEMPTS = 3;

async function ask(
  talk: Conversation,
  label: string,
  codec: Codec,
  serviceId: number,
  dataId: number,
): Promise<void> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    // one that hangs up after an answer is asked on a connection of its own
    if (isOver(talk.record)) await talk.connectOnce();
    await talk.perform(asking(label, codec, serviceId, dataId));
    const events = since(talk.record, label);
    if (answers(events, serviceId + 1, dataId).length > 0 || unreadIn(events) === '') return;
  }
}

/** Whether the last connection is gone. */
function isOver(record: LinkRecord): boolean {
  return isGone(record.slice(record.findLastIndex(({ kind }) => kind === 'opened') + 1));
}

/** Why the peer does not answer, as far as that can be found out. */
async function silenceOf(
  record: LinkRecord,
  settings: ConversationSettings,
  others: readonly Codec[],
): Promise<string> {
  const { codec, timeoutMs } = settings;
  for (const other of others) {
    await using talk = new Conversation({ ...settings, codec: other });
    if ((await talk.connectOnce()) !== null) continue;
    await talk.perform(asking('name', other, SID_CHANNEL_NAME_REQUEST, 0));
    if (pongs(talk.record).length === 0) continue;
    const how = other.name === 'struct_json' ? 'with --struct' : 'without --struct';
    return `the peer does not answer in ${codec.name}, and it does in ${other.name}: run this ${how}`;
  }
  if (record.some(({ kind }) => kind === 'flooded')) return 'the peer sends more than can be read';
  for (const event of record)
    if (event.kind === 'bad frame' && event.protocol !== null) return `the peer speaks ${event.protocol}`;
  const noise = record.some(({ kind }) => kind === 'bad frame' || kind === 'undecodable');
  const unread = noise ? '; what it sends cannot be read' : '';
  if (isGone(record)) return `the peer hung up without an answer${unread}`;
  return `the peer does not answer within ${timeoutMs} ms${unread}`;
}

/** Whether READ gets nothing from the peer but status 3, as we are. */
async function isTurnedAway(talk: Conversation, codec: Codec): Promise<boolean> {
  await ask(talk, 'stranger', codec, SID_READ_REQUEST, UNLIKELY_DATA_ID);
  return messages(since(talk.record, 'stranger')).some(({ status }) => status === STATUS_AUTH_REQUIRED);
}

/** Whether the peer has a secret: by its answer to the request for a seed, else by what it says to strangers. */
async function findsSecret(talk: Conversation, codec: Codec, turnsAway: boolean): Promise<boolean> {
  await ask(talk, 'seed', codec, SID_AUTH_REQUEST, DID_AUTH_SEED);
  const [answer] = answers(since(talk.record, 'seed'), SID_AUTH_RESPONSE, DID_AUTH_SEED);
  if (answer?.status === STATUS_OKAY) return true;
  return answer?.status === STATUS_SERVICE_OR_DATA_UNKNOWN ? false : turnsAway;
}

/**
 * Proves that we hold the secret.
 *
 * @returns why the peer does not trust us, where a rule is about that; null if it does
 * @throws (rejects) AuthenticationError where it does not take our secret
 */
async function distrustOf(talk: Conversation, isGuarded: boolean): Promise<string | null> {
  if (!isGuarded) {
    const events = since(talk.record, 'seed');
    if (answers(events, SID_AUTH_RESPONSE, DID_AUTH_SEED).length > 0)
      throw new AuthenticationError('peer-has-no-secret');
    throw new AuthenticationError(isGone(events) ? 'connection-lost' : 'no-answer');
  }
  for (let attempt = 1; ; attempt++) {
    try {
      await talk.perform([{ do: 'connect' }, { do: 'authenticate' }]);
      return null;
    } catch (error) {
      if (!(error instanceof CannotTalk)) throw error;
      if (unreadIn(talk.record) !== '' && attempt < MAX_ATTEMPTS) continue;
      if (error.reason === null) throw error;
      const verdict = answers(talk.record, SID_AUTH_RESPONSE, DID_AUTH_KEY).at(-1);
      // anything but false is no word about the secret
      if (verdict?.status === STATUS_OKAY && verdict.data !== false && verdict.data !== true)
        return 'the peer answers a key with something other than true or false (authentication/right-key)';
      throw new AuthenticationError(error.reason);
    }
  }
}

/** How long the answer to a READ takes, in milliseconds. */
async function timeOf(talk: Conversation, codec: Codec, dataId: number, clock: Clock): Promise<number> {
  const askedMs = clock.now();
  await ask(talk, 'time', codec, SID_READ_REQUEST, dataId);
  return (messageEvents(since(talk.record, 'time'))[0]?.ms ?? askedMs) - askedMs;
}

/** A data id that can be read, of several one whose data has a colon; null: none. */
async function readable(
  talk: Conversation,
  codec: Codec,
  candidates: readonly number[],
): Promise<number | null> {
  let first: number | null = null;
  let silent = 0;
  for (const dataId of candidates) {
    const label = `read ${dataId}`;
    await ask(talk, label, codec, SID_READ_REQUEST, dataId);
    const events = since(talk.record, label);
    const [answer] = answers(events, SID_READ_RESPONSE, dataId);
    // it is there, and cannot be read: a rule says why
    if (answer === undefined && events.some(({ kind }) => kind === 'bad frame' || kind === 'undecodable'))
      return dataId;
    if (answer === undefined && ++silent >= MAX_SILENT) break;
    if (answer?.status !== STATUS_OKAY) continue;
    first ??= dataId;
    if (stringifyJson(answer.data, { allowNan: true }).includes(':')) return dataId;
  }
  return first;
}
