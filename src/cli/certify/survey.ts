/** Looks at a peer that listens before the rules do: whether it answers, whether it has a secret, what can be read. */

import { AuthenticationError } from '../../protocol/errors.js';
import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_READ_REQUEST,
  STATUS_AUTH_REQUIRED,
  STATUS_OKAY,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../../protocol/ids.js';
import type { Codec } from '../../wire/codec.js';
import { ask, asking, MAX_ATTEMPTS, readable, silenceOf, timeOf } from './ask.js';
import { CannotTalk, Conversation, type ConversationSettings } from './conversation.js';
import { answers, isGone, messageEvents, messages, pongs, since, unreadIn } from './record.js';
import type { Subject } from './rule.js';
import { PING_OF_SERVERS, UNLIKELY_DATA_ID } from './say.js';

/** What a person wants and allows. */
export interface Wishes {
  /** The name to give to the peer, which may keep it; null: none. */
  readonly channel: string | null;
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
  const { codec, clock, secret, timeoutMs } = settings;
  await using talk = new Conversation(settings);
  const error = await talk.connectOnce();
  if (error !== null) throw error;
  await ask(talk, 'name', codec, SID_CHANNEL_NAME_REQUEST, 0);
  const [pong] = pongs(talk.record, PING_OF_SERVERS);
  const subject: Subject = {
    ...wishes,
    role: 'server',
    ping: PING_OF_SERVERS,
    codec,
    silence: null,
    distrust: null,
    peerName: typeof pong?.data === 'string' ? pong.data : null,
    isGuarded: false,
    turnsAway: false,
    hasSecret: secret !== null,
    dataId: null,
    readMs: 0,
    timeoutMs,
  };
  if (pong === undefined) {
    const record = [...talk.record];
    // a device may have room for one connection
    await talk.hangUp();
    const silence = await silenceOf(record, settings, others, answersToName);
    return { answerMs: null, subject: { ...subject, silence } };
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

/** Whether the peer answers in a codec. */
async function answersToName(talk: Conversation, codec: Codec): Promise<boolean> {
  await talk.perform(asking('name', codec, SID_CHANNEL_NAME_REQUEST, 0));
  return pongs(talk.record, PING_OF_SERVERS).length > 0;
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
