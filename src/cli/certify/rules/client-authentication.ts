/** Rules about the authentication of a peer that connects (protocol.md section 4); for most it has to connect again. */

import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_READ_RESPONSE,
  STATUS_AUTH_REQUIRED,
  STATUS_OKAY,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../../../protocol/ids.js';
import { answers, isGone, type LinkRecord, messages, pongs, since, wasSent } from '../record.js';
import type { Rule, Say, Step, Subject, Verdict } from '../rule.js';
import { UNLIKELY_DATA_ID } from '../say.js';
import { differs, HOLDS, notJudged, observed } from '../verdicts.js';
import {
  answerKey,
  answerSeed,
  askKey,
  HEAR_KEY,
  HEAR_SEED_REQUEST,
  keyAfter,
  keysAfter,
  NO_KEY,
  NO_SEED_REQUEST,
  seedRequests,
} from './client-parts.js';
import {
  authentication,
  CONNECT,
  connection,
  judgePongs,
  judgeUntrusted,
  missing,
  ping,
  read,
  readUnlikely,
  STRANGER,
  send,
  statusText,
  WRONG_KEY,
} from './parts.js';

const KEY_FORM = /^[\da-f]{128}$/;
/** Our clients take no seed of fewer than 16 characters. */
const SHORT_SEED = '01234567';

/** Rules after which the peer comes back as it does after any connection. */
export const CLIENT_AUTHENTICATION_RULES: readonly Rule[] = [
  {
    id: 'authentication/key-form',
    title: 'sends 128 lower-case hex digits for a seed, and others for another seed',
    section: 4,
    needs: ['guarded peer'],
    judgesWithout: 'answers',
    charts: [authentication('client.proving.seedRequested peer.seedReceived 0')],
    steps: (say) => [...askKey(say, 'first'), ...askKey(say, 'second')],
    judge: (record, subject) => {
      const keys = ['first', 'second'].map((label) => keyAfter(record, label, subject));
      for (const key of keys) {
        if ('kind' in key) return key;
        const { data, status } = key;
        if (status !== STATUS_OKAY) return differs(`sent it with ${statusText(status)}`);
        if (typeof data !== 'string') return differs('the key is no text');
        if (KEY_FORM.test(data)) continue;
        return differs(
          KEY_FORM.test(data.toLowerCase())
            ? 'the key is in upper case'
            : `the key is another text, of ${data.length} characters`,
        );
      }
      const [first, second] = keys.map((key) => ('kind' in key ? null : key.data));
      return first === second ? differs('sent the same key for two seeds') : HOLDS;
    },
  },
  {
    id: 'authentication/key',
    title: 'makes the key as SHA-512 of the seed and the secret',
    section: 4,
    needs: ['guarded peer', 'secret'],
    judgesWithout: 'answers',
    steps: (say) => askKey(say),
    judge: (record, subject, say) => {
      const key = keyAfter(record, 'seed', subject);
      if ('kind' in key) return key;
      if (key.data === say.keyFor(say.seed('seed'))) return HOLDS;
      // the form is the business of another rule
      if (typeof key.data === 'string' && key.data.toLowerCase() === say.keyFor(say.seed('seed')))
        return HOLDS;
      return differs('the key is another: the secret is not ours, or it makes keys in another way');
    },
  },
  {
    id: 'authentication/before-verdict',
    title: 'answers READ with status 3 while it waits for the verdict on its key',
    section: 4,
    needs: ['guarded peer'],
    steps: (say) => [...askKey(say), ...readUnlikely(say)],
    judge: (record, subject) => {
      if (keysAfter(record, 'seed').length === 0) return notJudged(NO_KEY);
      const fault = judgeUntrusted(record, 'read', UNLIKELY_DATA_ID, subject);
      return fault === null ? HOLDS : differs(`READ got ${fault}`);
    },
  },
  {
    id: 'authentication/trusted',
    title: 'answers READ with another status once its key was accepted',
    section: 4,
    needs: ['guarded peer'],
    judgesWithout: 'trust',
    charts: [authentication('client.proving.keySent peer.trustGranted 0')],
    steps: (say) => [...askKey(say), answerKey(say, true), ...readUnlikely(say)],
    judge: (record, subject) => {
      if (!wasSent(record, 'verdict')) return notJudged(NO_KEY);
      return judgeTrusted(record, subject, 'turned READ away');
    },
  },
  {
    id: 'authentication/verdict-unasked',
    title: 'is not moved by a verdict before it sent a key',
    section: 4,
    needs: ['guarded peer'],
    charts: [authentication(' peer.* 0')],
    steps: (say) => [
      STRANGER,
      HEAR_SEED_REQUEST,
      ...readAsStranger(say),
      send('verdict', say.answer(SID_AUTH_RESPONSE, DID_AUTH_KEY, true)),
      ...readUnlikely(say),
    ],
    judge: (record, subject) =>
      judgeUntrusted(record, 'stranger', UNLIKELY_DATA_ID, subject) === null
        ? judgeStranger(record, subject)
        : notJudged('the peer answers strangers as well (authentication/before-trust)'),
  },
  {
    id: 'authentication/seed-unasked',
    title: 'sends no key for a seed that it did not ask for',
    section: 4,
    charts: [authentication(' peer.* 0')],
    steps: (say) => [
      CONNECT,
      send('seed', say.answer(SID_AUTH_RESPONSE, DID_AUTH_SEED, say.seed('seed'))),
      ...ping(say),
    ],
    judge: (record, subject) =>
      keysAfter(record, 'seed').length > 0 ? differs('sent one') : judgePongs(record, 'seed', 1, subject),
  },
  {
    id: 'authentication/second-seed',
    title: 'sends one key, whatever seeds follow the first',
    section: 4,
    needs: ['guarded peer'],
    charts: [authentication(' peer.* 0')],
    steps: (say) => [
      ...askKey(say),
      answerSeed('again', say.answer(SID_AUTH_RESPONSE, DID_AUTH_SEED, say.seed('again'))),
      ...ping(say),
    ],
    judge: (record, subject) => {
      const key = keyAfter(record, 'seed', subject);
      if ('kind' in key) return notJudged(NO_KEY);
      return keysAfter(record, 'again').length > 0
        ? differs('sent another key for a seed that it did not ask for')
        : judgePongs(record, 'again', 1, subject);
    },
  },
  {
    id: 'authentication/requests',
    title: 'answers no request for a seed, and no key',
    section: 4,
    charts: [authentication(' peer.* 0')],
    steps: (say) => [
      CONNECT,
      send(
        'requests',
        say.request(SID_AUTH_REQUEST, DID_AUTH_SEED),
        say.request(SID_AUTH_REQUEST, DID_AUTH_KEY, WRONG_KEY),
      ),
      ...ping(say),
    ],
    judge: (record, subject) => {
      const events = since(record, 'requests');
      const answer = messages(events).find(({ serviceId }) => serviceId === SID_AUTH_RESPONSE);
      if (answer !== undefined) return differs(`answered with ${statusText(answer.status)}`);
      const isDistrusting =
        subject.isGuarded &&
        subject.distrust === null &&
        pongs(events, subject.ping).some(({ status }) => status === STATUS_AUTH_REQUIRED);
      return isDistrusting
        ? differs('after it READ was turned away')
        : judgePongs(record, 'requests', 1, subject);
    },
  },
  {
    id: 'authentication/second-verdict',
    title: 'is not moved by another verdict once its key was accepted',
    section: 4,
    needs: ['guarded peer', 'access'],
    charts: [authentication(' peer.* 0')],
    steps: (say) => [
      CONNECT,
      send('verdict', say.answer(SID_AUTH_RESPONSE, DID_AUTH_KEY, false)),
      ...readUnlikely(say),
    ],
    judge: (record, subject) => judgeTrusted(record, subject, 'after it READ was turned away'),
  },
  {
    id: 'authentication/disconnect',
    title: 'forgets with the connection that it was trusted, and asks for another seed',
    section: 4,
    needs: ['guarded peer', 'access'],
    charts: [authentication('client link.closed 0'), connection('connected link.closed 0')],
    steps: (say) => [CONNECT, STRANGER, HEAR_SEED_REQUEST, ...readUnlikely(say)],
    judge: (record, subject) => {
      // READ is the last thing that was sent, and the request may have come before it
      if (seedRequests(record).length === 0) return differs('asked for no seed on the next connection');
      const fault = judgeUntrusted(record, 'read', UNLIKELY_DATA_ID, subject);
      return fault === null ? HOLDS : differs(`on the next connection READ got ${fault}`);
    },
  },
  {
    id: 'authentication/repeated-seed',
    title: 'sends no key for a seed that it has answered before',
    section: 4,
    needs: ['guarded peer'],
    isOpen: true,
    steps: (say) => [...askKey(say, 'first', 'seed'), ...askKey(say, 'again', 'seed')],
    judge: (record) => {
      if (!wasSent(record, 'again') || keysAfter(record, 'first').length === 0) return notJudged(NO_KEY);
      return keysAfter(record, 'again').length === 0 ? HOLDS : observed('sends the same key again');
    },
  },
  {
    id: 'authentication/short-seed',
    title: `sends no key for a seed of ${SHORT_SEED.length} characters`,
    section: 4,
    needs: ['guarded peer'],
    isOpen: true,
    charts: [authentication('client.proving.seedRequested peer.seedDenied 0')],
    steps: (say) => [
      STRANGER,
      HEAR_SEED_REQUEST,
      answerSeed('seed', say.answer(SID_AUTH_RESPONSE, DID_AUTH_SEED, SHORT_SEED)),
      HEAR_KEY,
    ],
    judge: (record) => {
      if (!wasSent(record, 'seed')) return notJudged(NO_SEED_REQUEST);
      return keysAfter(record, 'seed').length === 0 ? HOLDS : observed('sends one');
    },
  },
];

/** Rules after which the peer may stay away for a while: what it was told is that nobody trusts it. */
export const UNTRUSTED_RULES: readonly Rule[] = [
  {
    id: 'authentication/no-seed',
    title: 'stays untrusted by a server that has no secret',
    section: 4,
    needs: ['guarded peer', 'attacks'],
    charts: [authentication('client.proving.seedRequested peer.seedDenied 0')],
    steps: (say) => [
      STRANGER,
      HEAR_SEED_REQUEST,
      answerSeed(
        'denied',
        say.answer(SID_AUTH_RESPONSE, DID_AUTH_SEED, null, STATUS_SERVICE_OR_DATA_UNKNOWN),
      ),
      ...readUnlikely(say),
    ],
    judge: (record, subject) => staysUntrusted(record, 'denied', subject),
  },
  {
    id: 'authentication/odd-verdict',
    title: 'takes nothing but true for trust',
    section: 4,
    needs: ['guarded peer', 'attacks'],
    charts: [authentication('client.proving.keySent peer.trustDenied 0')],
    steps: (say) => [...askKey(say), answerKey(say, 1), ...readUnlikely(say)],
    judge: (record, subject) => staysUntrusted(record, 'verdict', subject),
  },
];

/** Comes last of all, and so costs no wait. */
export const REFUSED_RULES: readonly Rule[] = [
  {
    id: 'authentication/refused',
    title: 'stays untrusted where its key is refused',
    section: 4,
    needs: ['guarded peer'],
    charts: [authentication('client.proving.keySent peer.trustDenied 0')],
    steps: (say) => [...askKey(say), answerKey(say, false), ...readUnlikely(say)],
    judge: (record, subject) => staysUntrusted(record, 'verdict', subject),
  },
];

/** READ of what nobody has, before something else is sent. */
const readAsStranger = (say: Say): readonly Step[] => read(say, 'stranger', UNLIKELY_DATA_ID);

/** The answer to READ after something that makes nobody trusted. */
function judgeStranger(record: LinkRecord, subject: Subject): Verdict {
  if (isGone(since(record, 'read'))) return HOLDS;
  const fault = judgeUntrusted(record, 'read', UNLIKELY_DATA_ID, subject);
  return fault === null ? HOLDS : differs(`after it READ got ${fault}`);
}

/** A verdict, or a denial, that trusts nobody: the peer may hang up and stay away for a while. */
function staysUntrusted(record: LinkRecord, label: string, subject: Subject): Verdict {
  if (!wasSent(record, label)) return notJudged(label === 'verdict' ? NO_KEY : NO_SEED_REQUEST);
  if (label !== 'verdict' && keysAfter(record, label).length > 0)
    return differs('sent a key, though it got no seed');
  if (isGone(since(record, label))) return HOLDS;
  return judgeStranger(record, subject);
}

/** Whether READ is not turned away. */
function judgeTrusted(record: LinkRecord, subject: Subject, otherwise: string): Verdict {
  const events = since(record, 'read');
  const [answer] = answers(events, SID_READ_RESPONSE, UNLIKELY_DATA_ID);
  if (answer === undefined) return differs(missing(events, subject));
  return answer.status === STATUS_AUTH_REQUIRED ? differs(otherwise) : HOLDS;
}
