/** Looks at a peer that connects before the rules do: whether it says and answers anything, whether it asks for a seed. */

import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  DID_CHANNEL_NAME,
  SID_AUTH_REQUEST,
  SID_CHANNEL_NAME_REQUEST,
  STATUS_AUTH_REQUIRED,
} from '../../protocol/ids.js';
import type { Codec } from '../../wire/codec.js';
import { ask, readable, silenceOf, timeOf } from './ask.js';
import type { Conversation, ConversationSettings } from './conversation.js';
import { answers, type LinkRecord, messageEvents, messages, pongs, since } from './record.js';
import type { Step, Subject } from './rule.js';
import { PING_OF_CLIENTS } from './say.js';
import type { Survey, Wishes } from './survey.js';

/** Whoever has a secret has sent a key by then; no word says that there is none. */
const HEAR_KEY: Step = {
  do: 'hear',
  until: (came) => answers(came, SID_AUTH_REQUEST, DID_AUTH_KEY).length > 0,
};

/**
 * Waits for the peer, and looks at it.
 *
 * @param talk goes on with the connection afterwards
 * @param others codecs to try where nothing that the peer says is a message in the one that it should speak
 * @throws (rejects) ConnectError where it does not come
 */
export async function surveyClient(
  talk: Conversation,
  settings: ConversationSettings,
  wishes: Wishes,
  others: readonly Codec[],
): Promise<Survey> {
  const { codec, clock, secret, timeoutMs } = settings;
  const error = await talk.connectOnce();
  if (error !== null) throw error;
  await talk.perform([HEAR_KEY]);
  const came: LinkRecord = [...talk.record];
  const [request] = answers(came, SID_CHANNEL_NAME_REQUEST, DID_CHANNEL_NAME);
  const isGuarded = answers(came, SID_AUTH_REQUEST, DID_AUTH_SEED).length > 0;
  const subject: Subject = {
    ...wishes,
    role: 'client',
    ping: PING_OF_CLIENTS,
    codec,
    silence: null,
    distrust: null,
    peerName: typeof request?.data === 'string' ? request.data : null,
    isGuarded,
    turnsAway: isGuarded,
    hasSecret: secret !== null,
    dataId: null,
    readMs: 0,
    timeoutMs,
  };
  if (messages(came).length === 0) {
    await talk.hangUp();
    const silence = await silenceOf(came, settings, others, speaks);
    return { answerMs: null, subject: { ...subject, silence } };
  }
  const askedMs = clock.now();
  await ask(talk, 'ping', codec, PING_OF_CLIENTS.request, PING_OF_CLIENTS.dataId);
  const events = since(talk.record, 'ping');
  const [pong] = pongs(events, PING_OF_CLIENTS);
  if (pong === undefined) {
    const silence = `the peer does not answer READ within ${timeoutMs} ms`;
    return { answerMs: null, subject: { ...subject, silence } };
  }
  const answerMs = (messageEvents(events)[0]?.ms ?? askedMs) - askedMs;
  if (pong.status === STATUS_AUTH_REQUIRED) {
    const distrust =
      'the peer turns READ away, though its key was answered with true (authentication/trusted)';
    return { answerMs, subject: { ...subject, distrust } };
  }
  const dataId = await readable(talk, codec, wishes.dataIds);
  const readMs = dataId === null ? 0 : await timeOf(talk, codec, dataId, clock);
  return { answerMs, subject: { ...subject, dataId, readMs } };
}

/** Whether the peer says something in a codec. */
async function speaks(talk: Conversation): Promise<boolean> {
  await talk.perform([{ do: 'hear', until: (came) => messages(came).length > 0 }]);
  return messages(talk.record).length > 0;
}
