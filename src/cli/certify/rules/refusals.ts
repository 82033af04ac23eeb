/**
 * Rules about keys that are refused (protocol.md section 4): servers count them, and may keep whoever sent them waiting. So there are
 * as few as tell anything, and a right key follows.
 */

import {
  DID_AUTH_KEY,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_READ_RESPONSE,
  STATUS_AUTH_REQUIRED,
} from '../../../protocol/ids.js';
import type { Message } from '../../../protocol/message.js';
import { answers, isGone, type LinkRecord, since, wasSent } from '../record.js';
import type { Rule, Say, Subject, Verdict } from '../rule.js';
import { UNLIKELY_DATA_ID } from '../say.js';
import { differs, HOLDS, notJudged, observed } from '../verdicts.js';
import {
  askSeed,
  authentication,
  CONNECT,
  isVerdict,
  judgeUntrusted,
  KEY_ACCEPTED,
  KEY_REJECTED,
  KEY_WITHOUT_SEED,
  missing,
  readUnlikely,
  SEED_AGAIN,
  SEED_REQUESTED,
  seedAfter,
  sendKey,
  statusText,
  WRONG_KEY,
} from './parts.js';

const wrongKey = (say: Say): Buffer => say.request(SID_AUTH_REQUEST, DID_AUTH_KEY, WRONG_KEY);

/** The answers to keys since something was sent. */
const verdicts = (record: LinkRecord, label: string): readonly Message[] =>
  answers(since(record, label), SID_AUTH_RESPONSE, DID_AUTH_KEY);

/** Rules for which a key is refused: as few as tell anything. */
export const REFUSAL_RULES: readonly Rule[] = [
  {
    id: 'authentication/old-seed',
    title: 'refuses the key for a seed that a newer one has replaced',
    section: 4,
    needs: ['guarded peer', 'secret'],
    charts: [authentication(SEED_AGAIN, KEY_REJECTED)],
    steps: (say) => [
      CONNECT,
      ...askSeed(say, 'old'),
      ...askSeed(say, 'new'),
      ...sendKey('key', (record) => say.key(seedAfter(record, 'old'))),
      ...readUnlikely(say),
    ],
    judge: (record, subject) =>
      seedAfter(record, 'old') === seedAfter(record, 'new')
        ? notJudged('both seeds are the same')
        : judgeRefused(record, 'key', subject),
  },
  {
    id: 'authentication/spent-seed',
    title: 'takes one key for a seed, once',
    section: 4,
    needs: ['guarded peer', 'secret'],
    charts: [authentication(KEY_ACCEPTED, KEY_WITHOUT_SEED)],
    steps: (say) => [
      CONNECT,
      ...askSeed(say),
      ...sendKey('key', (record) => say.key(seedAfter(record, 'seed'))),
      ...sendKey('again', (record) => say.key(seedAfter(record, 'seed'))),
    ],
    judge: (record, subject) => {
      if (!wasSent(record, 'again')) return notJudged('no seed came');
      const events = since(record, 'again');
      const [first] = verdicts(record, 'key');
      if (first === undefined || !isVerdict(first, true)) return notJudged('the first key was not accepted');
      const [second] = verdicts(record, 'again');
      return second !== undefined && isVerdict(second, true)
        ? differs('the key was accepted twice')
        : judgeForm(second, events, subject);
    },
  },
  {
    id: 'authentication/seed-of-another-connection',
    title: 'refuses the key for a seed of another connection',
    section: 4,
    needs: ['guarded peer', 'secret'],
    charts: [authentication('server link.closed 0', KEY_WITHOUT_SEED)],
    steps: (say) => [
      CONNECT,
      ...askSeed(say),
      CONNECT,
      ...sendKey('key', (record) => say.key(seedAfter(record, 'seed'))),
      ...readUnlikely(say),
    ],
    judge: (record, subject) => judgeRefused(record, 'key', subject),
  },
  {
    id: 'authentication/key-without-seed',
    title: 'refuses a key without a seed',
    section: 4,
    needs: ['guarded peer'],
    charts: [authentication(KEY_WITHOUT_SEED)],
    steps: (say) => [CONNECT, ...sendKey('key', () => wrongKey(say)), ...readUnlikely(say)],
    judge: (record, subject) => judgeRefused(record, 'key', subject),
  },
  {
    id: 'authentication/wrong-key',
    title: 'refuses a wrong key',
    section: 4,
    needs: ['guarded peer'],
    charts: [authentication(SEED_REQUESTED, KEY_REJECTED)],
    steps: (say) => [CONNECT, ...askSeed(say), ...sendKey('key', () => wrongKey(say)), ...readUnlikely(say)],
    judge: (record, subject) => judgeRefused(record, 'key', subject),
  },
  {
    id: 'authentication/right-key',
    title: 'trusts whoever sends the right key, after others were refused',
    section: 4,
    needs: ['guarded peer', 'secret'],
    judgesWithout: 'trust',
    charts: [authentication(SEED_REQUESTED, KEY_ACCEPTED)],
    steps: (say) => [
      CONNECT,
      ...askSeed(say),
      ...sendKey('key', (record) => say.key(seedAfter(record, 'seed'))),
      ...readUnlikely(say),
    ],
    judge: (record, subject) => {
      if (!wasSent(record, 'key')) return notJudged('no seed came');
      const [verdict] = verdicts(record, 'key');
      if (verdict === undefined) return differs(missing(since(record, 'key'), subject));
      if (!isVerdict(verdict, true))
        return differs(
          verdict.data === false
            ? 'refused the right key'
            : `answered with ${statusText(verdict.status)} and ${verdict.data === true ? 'true' : 'neither true nor false'}, expected status 0 and true`,
        );
      const events = since(record, 'read');
      const [answer] = answers(events, SID_READ_RESPONSE, UNLIKELY_DATA_ID);
      if (answer === undefined) return differs(missing(events, subject));
      return answer.status === STATUS_AUTH_REQUIRED
        ? differs('accepted the key, and turned away the READ after it')
        : HOLDS;
    },
  },
];

/** No text is a key. */
const NO_KEYS = [null, true] as const;
/** A server of ours hangs up at the third. */
const GUESSES = ['first', 'second', 'third'] as const;
/** A server of ours sends ten. */
const SEEDS = 11;

/** Rules that a server may answer by locking us out. */
export const ATTACK_RULES: readonly Rule[] = [
  {
    id: 'authentication/key-that-is-no-text',
    title: 'refuses keys that are no text',
    section: 4,
    needs: ['guarded peer', 'attacks'],
    charts: [authentication(KEY_REJECTED)],
    steps: (say) => [
      CONNECT,
      ...NO_KEYS.flatMap((data) => [
        ...askSeed(say),
        ...sendKey(`key ${data}`, () => say.request(SID_AUTH_REQUEST, DID_AUTH_KEY, data)),
      ]),
      ...readUnlikely(say),
    ],
    judge: (record, subject) => {
      const [first, second] = NO_KEYS.map((data) => judgeRefused(record, `key ${data}`, subject));
      return first?.kind === 'holds' ? (second ?? first) : (first ?? HOLDS);
    },
  },
  {
    id: 'authentication/third-wrong-key',
    title: 'hangs up at the third wrong key of a connection',
    section: 4,
    needs: ['guarded peer', 'attacks'],
    isOpen: true,
    charts: [authentication('server.seedSent peer.keyRejected 1')],
    steps: (say) => [
      CONNECT,
      ...GUESSES.flatMap((label) => [...askSeed(say), ...sendKey(label, () => wrongKey(say))]),
    ],
    judge: (record) => {
      const accepted = GUESSES.some((label) =>
        verdicts(record, label).some((verdict) => isVerdict(verdict, true)),
      );
      if (accepted) return differs('accepted a wrong key');
      if (!isGone(record)) return observed('lets a client guess on');
      const before = record.slice(
        0,
        record.findIndex(({ kind }) => kind === 'gone'),
      );
      const count = GUESSES.filter((label) => wasSent(before, label)).length;
      return count === GUESSES.length ? HOLDS : observed(`hangs up at wrong key ${count}`);
    },
  },
  {
    id: 'authentication/many-seeds',
    title: 'hangs up at the eleventh request for a seed without a right key',
    section: 4,
    needs: ['guarded peer', 'attacks'],
    isOpen: true,
    charts: [authentication('server peer.seedRequested 0')],
    steps: (say) => [
      CONNECT,
      ...Array.from({ length: SEEDS }, (_, index) => askSeed(say, `seed ${index}`)).flat(),
    ],
    judge: (record) => {
      const last = Array.from({ length: SEEDS }, (_, index) => seedAfter(record, `seed ${index}`));
      const count = last.filter((seed) => seed !== null).length;
      if (!isGone(record)) return observed(`sends ${count} seeds, and does not hang up`);
      return count === SEEDS - 1 ? HOLDS : observed(`hangs up after ${count} seeds`);
    },
  },
];

/** A key is refused, and the peer does not trust us. */
function judgeRefused(record: LinkRecord, label: string, subject: Subject): Verdict {
  if (!wasSent(record, label)) return notJudged('no seed came');
  const events = since(record, label);
  const [verdict] = verdicts(record, label);
  if (verdict !== undefined && isVerdict(verdict, true)) return differs('the key was accepted');
  // nothing can be seen of a peer that answers strangers as well
  const fault = subject.turnsAway ? judgeUntrusted(record, 'read', UNLIKELY_DATA_ID, subject) : null;
  if (isGone(since(record, 'read')) || fault === null) return judgeForm(verdict, events, subject);
  return differs(`after it READ got ${fault}`);
}

function judgeForm(verdict: Message | undefined, events: LinkRecord, subject: Subject): Verdict {
  if (verdict === undefined) return observed(missing(events, subject));
  return isVerdict(verdict, false)
    ? HOLDS
    : observed(`answered with ${statusText(verdict.status)}, expected status 0 and false`);
}
