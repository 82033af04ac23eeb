/** Steps and judgements that rules for peers that connect have in common. */

import { DID_AUTH_KEY, DID_AUTH_SEED, SID_AUTH_REQUEST, SID_AUTH_RESPONSE } from '../../../protocol/ids.js';
import type { Message } from '../../../protocol/message.js';
import { answers, type LinkRecord, onLastLink, since, wasSent } from '../record.js';
import type { Say, Step, Subject, Verdict } from '../rule.js';
import { differs, notJudged } from '../verdicts.js';
import { hear, missing, STRANGER } from './parts.js';

/** A connection on which nothing is said but what steps say. */
export const SILENT: Step = { do: 'connect', isSilent: true };
export const HEAR_SEED_REQUEST = hear(SID_AUTH_REQUEST, DID_AUTH_SEED);
export const HEAR_KEY = hear(SID_AUTH_REQUEST, DID_AUTH_KEY);

/** What the peer has asked for on its last connection. */
export const seedRequests = (record: LinkRecord): readonly Message[] =>
  answers(onLastLink(record), SID_AUTH_REQUEST, DID_AUTH_SEED);

/** Sends an answer to the request for a seed; nothing where there was none. */
export function answerSeed(label: string, answer: Buffer): Step {
  return { do: 'send', label, pieces: (record) => (seedRequests(record).length === 0 ? null : [answer]) };
}

/** Lets the peer connect and ask for a seed, sends one, and waits for the key. */
export function askKey(say: Say, label = 'seed', name = label): readonly Step[] {
  const seed = say.answer(SID_AUTH_RESPONSE, DID_AUTH_SEED, say.seed(name));
  return [STRANGER, HEAR_SEED_REQUEST, answerSeed(label, seed), HEAR_KEY];
}

/** Sends a verdict on the key; nothing where none has come. */
export function answerKey(say: Say, data: boolean | number): Step {
  const answer = say.answer(SID_AUTH_RESPONSE, DID_AUTH_KEY, data);
  const pieces = (record: LinkRecord): readonly Buffer[] | null =>
    keysAfter(record, 'seed').length === 0 ? null : [answer];
  return { do: 'send', label: 'verdict', pieces };
}

/** The keys that came after something was sent. */
export const keysAfter = (record: LinkRecord, label: string): readonly Message[] =>
  answers(since(record, label), SID_AUTH_REQUEST, DID_AUTH_KEY);

export const NO_SEED_REQUEST = 'the peer did not ask for a seed on this connection';
export const NO_KEY = 'the peer sent no key';

/** The key after a seed, or why there is none. */
export function keyAfter(record: LinkRecord, label: string, subject: Subject): Message | Verdict {
  if (!wasSent(record, label)) return notJudged(NO_SEED_REQUEST);
  return keysAfter(record, label)[0] ?? differs(missing(since(record, label), subject, 'key'));
}
