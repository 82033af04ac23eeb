/** Rules about the authentication (protocol.md section 4) for which no key is refused. */

import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_EXECUTE_REQUEST,
  SID_EXECUTE_RESPONSE,
  SID_READ_RESPONSE,
  SID_WRITE_REQUEST,
  SID_WRITE_RESPONSE,
  STATUS_OKAY,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../../../protocol/ids.js';
import type {} from '../../../protocol/message.js';
import { answers, type LinkRecord, since } from '../record.js';
import type { Rule, Subject } from '../rule.js';
import { UNLIKELY_DATA_ID } from '../say.js';
import { differs, HOLDS, observed } from '../verdicts.js';
import {
  AUTHENTICATE,
  askSeed,
  authentication,
  CONNECT,
  connection,
  hear,
  judgeTurnedAway,
  judgeUntrusted,
  missing,
  read,
  readUnlikely,
  SEED_AGAIN,
  SEED_REQUESTED,
  STRANGER,
  seedAfter,
  send,
  statusText,
  WRONG_KEY,
} from './parts.js';

/** A server without a secret says so. */
function saysSo(what: 'seed' | 'key', dataId: number): Rule {
  return {
    id: `authentication/no-secret-${what}`,
    title: `has no secret, and answers ${what === 'seed' ? 'the request for a seed' : 'a key'} with status 4`,
    section: 4,
    needs: ['unguarded peer'],
    steps: (say) => [
      CONNECT,
      send(what, say.request(SID_AUTH_REQUEST, dataId, what === 'seed' ? null : WRONG_KEY)),
      hear(SID_AUTH_RESPONSE, dataId),
    ],
    judge: (record, subject) => {
      const events = since(record, what);
      const [answer] = answers(events, SID_AUTH_RESPONSE, dataId);
      if (answer === undefined) return differs(missing(events, subject));
      if (answer.status !== STATUS_SERVICE_OR_DATA_UNKNOWN)
        return differs(`answered with ${statusText(answer.status)}`);
      return answer.data === null ? HOLDS : differs('answered with data, expected null');
    },
  };
}

/** What changes something is not done before trust. */
function turnsAway(kind: 'write' | 'execute', [request, response]: readonly [number, number]): Rule {
  return {
    id: `authentication/${kind}-before-trust`,
    title: `answers ${kind.toUpperCase()} before trust with status 3, without data`,
    section: 4,
    needs: ['guarded peer', kind],
    steps: (say) => {
      const { dataId = 0, data = null } = say.subject[kind] ?? {};
      return [STRANGER, send(kind, say.request(request, dataId, data)), hear(response, dataId)];
    },
    judge: (record, subject) => {
      const events = since(record, kind);
      const [answer] = answers(events, response, subject[kind]?.dataId ?? 0);
      const fault = judgeTurnedAway(answer, events, subject);
      return fault === null ? HOLDS : differs(fault);
    },
  };
}

function judgeRead(record: LinkRecord, label: string, dataId: number, subject: Subject): string | null {
  const events = since(record, label);
  return judgeTurnedAway(answers(events, SID_READ_RESPONSE, dataId)[0], events, subject);
}

const SEED_FORM = /^[\da-f]{64}$/;
/** What our clients take. */
const MIN_SEED_LENGTH = 16;
const MAX_SEED_LENGTH = 1024;

/** Rules that any peer can keep. */
export const BEFORE_TRUST_RULES: readonly Rule[] = [
  {
    id: 'authentication/before-trust',
    title: 'answers READ before trust with status 3, without data',
    section: 4,
    needs: ['guarded peer'],
    steps: (say) => [STRANGER, ...read(say, 'known', say.subject.dataId ?? 0), ...readUnlikely(say)],
    judge: (record, subject) => {
      const unlikely = judgeRead(record, 'read', UNLIKELY_DATA_ID, subject);
      if (unlikely !== null) return differs(unlikely);
      const known = judgeRead(record, 'known', subject.dataId ?? 0, subject);
      return known === null
        ? HOLDS
        : observed(`READ ${subject.dataId ?? 0} must be on its whitelist: ${known}`);
    },
  },
  turnsAway('write', [SID_WRITE_REQUEST, SID_WRITE_RESPONSE]),
  turnsAway('execute', [SID_EXECUTE_REQUEST, SID_EXECUTE_RESPONSE]),
];

/** Rules for a peer that listens, which cost nothing. */
export const NO_SECRET_RULES: readonly Rule[] = [saysSo('seed', DID_AUTH_SEED), saysSo('key', DID_AUTH_KEY)];

/** Rules for a peer that listens, which cost nothing. */
export const AUTHENTICATION_RULES: readonly Rule[] = [
  {
    id: 'authentication/seed',
    title: 'answers the request for a seed with 64 lower-case hex digits',
    section: 4,
    needs: ['guarded peer'],
    charts: [authentication(SEED_REQUESTED)],
    steps: (say) => [CONNECT, ...askSeed(say)],
    judge: (record, subject) => {
      const events = since(record, 'seed');
      const [answer] = answers(events, SID_AUTH_RESPONSE, DID_AUTH_SEED);
      if (answer === undefined) return differs(missing(events, subject));
      const { status, data } = answer;
      if (status !== STATUS_OKAY) return differs(`answered with ${statusText(status)}`);
      if (typeof data !== 'string') return differs('the seed is no text');
      if (data.length < MIN_SEED_LENGTH || data.length > MAX_SEED_LENGTH)
        return differs(`the seed has ${data.length} characters`);
      return SEED_FORM.test(data)
        ? HOLDS
        : observed(`the seed is another text, of ${data.length} characters`);
    },
  },
  {
    id: 'authentication/fresh-seeds',
    title: 'sends no seed twice',
    section: 4,
    needs: ['guarded peer'],
    charts: [authentication(SEED_REQUESTED, SEED_AGAIN)],
    steps: (say) => [
      CONNECT,
      ...askSeed(say, 'first'),
      ...askSeed(say, 'second'),
      CONNECT,
      ...askSeed(say, 'third'),
    ],
    judge: (record, subject) => {
      const labels = ['first', 'second', 'third'];
      const seeds = labels.map((label) => seedAfter(record, label));
      const silent = labels.find((_, index) => seeds[index] === null);
      if (silent !== undefined)
        return differs(`the ${silent} seed: ${missing(since(record, silent), subject)}`);
      return new Set(seeds).size === seeds.length ? HOLDS : differs('two of three seeds were the same');
    },
  },
  {
    id: 'authentication/verdict-from-client',
    title: 'is not moved by an answer to a key',
    section: 4,
    needs: ['guarded peer', 'turns strangers away'],
    charts: [authentication(' peer.* 0')],
    steps: (say) => [
      CONNECT,
      send('verdict', say.request(SID_AUTH_RESPONSE, DID_AUTH_KEY, true)),
      ...readUnlikely(say),
    ],
    judge: (record, subject) => {
      const fault = judgeUntrusted(record, 'read', UNLIKELY_DATA_ID, subject);
      return fault === null ? HOLDS : differs(`after it READ got ${fault}`);
    },
  },
  {
    id: 'authentication/disconnect',
    title: 'forgets with the connection whom it trusts',
    section: 4,
    needs: ['guarded peer', 'turns strangers away', 'secret'],
    charts: [authentication('server link.closed 0'), connection('connected link.closed 2')],
    steps: (say) => [CONNECT, AUTHENTICATE, CONNECT, ...readUnlikely(say)],
    judge: (record, subject) => {
      const fault = judgeUntrusted(record, 'read', UNLIKELY_DATA_ID, subject);
      return fault === null ? HOLDS : differs(`on the next connection READ got ${fault}`);
    },
  },
  {
    id: 'authentication/seed-after-trust',
    title: 'does not trust any more whoever asks for another seed',
    section: 4,
    needs: ['guarded peer', 'turns strangers away', 'secret'],
    isOpen: true,
    charts: [authentication('server.trusted peer.seedRequested 0')],
    steps: (say) => [CONNECT, AUTHENTICATE, ...askSeed(say), ...readUnlikely(say)],
    judge: (record, subject) => {
      const fault = judgeUntrusted(record, 'read', UNLIKELY_DATA_ID, subject);
      return fault === null ? HOLDS : observed(`after it READ got ${fault}`);
    },
  },
];
