/** Judgements of rules on records that a test writes. */

import type { LinkRecord, RecordEvent } from '../../../src/cli/certify/record.js';
import type { Subject, TalkRule, Verdict } from '../../../src/cli/certify/rule.js';
import { RULES_FOR } from '../../../src/cli/certify/rules/index.js';
import { PING_OF_CLIENTS, PING_OF_SERVERS, sayTo, UNLIKELY_DATA_ID } from '../../../src/cli/certify/say.js';
import { codecOf } from '../../../src/cli/codecs.js';
import { Message, type MessageFields } from '../../../src/index.js';

export const SUBJECT: Subject = {
  role: 'server',
  ping: PING_OF_SERVERS,
  codec: codecOf({}),
  silence: null,
  distrust: null,
  peerName: null,
  isGuarded: true,
  turnsAway: true,
  hasSecret: true,
  channel: null,
  dataId: 7,
  readMs: 0,
  write: { dataId: 7, data: 1 },
  execute: { dataId: 1, data: undefined },
  allowsAttacks: true,
  timeoutMs: 1_000,
};

export const sent = (label: string): RecordEvent => ({ kind: 'sent', label });
export const got = (fields: MessageFields): RecordEvent => ({
  kind: 'message',
  message: new Message(fields),
  payload: Buffer.alloc(0),
  ms: 0,
});
export const pong = (fields: MessageFields = {}): RecordEvent => got({ serviceId: 9, dataId: 0, ...fields });
export const opened: RecordEvent = { kind: 'opened' };
export const gone: RecordEvent = { kind: 'gone', how: 'ended' };
export const refused = got({ serviceId: 11, dataId: UNLIKELY_DATA_ID, status: 3 });
export const verdict = (data: unknown, status = 0): RecordEvent =>
  got({ serviceId: 1, dataId: 1, status, data });
export const seed = (data: string): RecordEvent => got({ serviceId: 1, dataId: 0, data });

/** A client, as a run sees it. */
export const CLIENT: Subject = { ...SUBJECT, role: 'client', ping: PING_OF_CLIENTS };

export function judged(id: string, record: LinkRecord, subject: Subject = SUBJECT): Verdict {
  const rule = RULES_FOR[subject.role].find((each) => each.id === id) as TalkRule;
  return rule.judge([opened, ...record], subject, sayTo(subject, null));
}

export const holds = { kind: 'holds', text: '' };
export const differs = (text: string) => ({ kind: 'differs', text });
export const observed = (text: string) => ({ kind: 'observed', text });
export const notJudged = (text: string) => ({ kind: 'not judged', text });
