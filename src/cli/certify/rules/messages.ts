/** Rules about payloads (protocol.md sections 2, 3 and 5). */

import {
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  STATUS__NAMES,
  STATUS_CHECKSUM_ERROR,
} from '../../../protocol/ids.js';
import { encodeStp } from '../../../wire/stp.js';
import { answers, isGone, messageEvents, messages, type Ping, pongs, since } from '../record.js';
import type { Rule, Say } from '../rule.js';
import { damaged } from '../say.js';
import { differs, HOLDS, notJudged, observed } from '../verdicts.js';
import { access, CONNECT, hear, hearPongs, judgePongs, missing, ping, pingOf, send } from './parts.js';

/** A rule that texts are read as pings. */
function readsText(
  id: `message/${string}`,
  title: string,
  ...texts: readonly ((ping: Ping) => string)[]
): Rule {
  return {
    id,
    title,
    section: 2,
    needs: ['pure_json'],
    steps: (say) => [
      CONNECT,
      send('request', ...texts.map((text) => encodeStp(say.textPayload(text(say.subject.ping))))),
      hearPongs(say, texts.length),
    ],
    judge: (record, subject) => judgePongs(record, 'request', texts.length, subject),
  };
}

/** Payloads with a right checksum that are no messages: fewer than a server takes from a stranger. */
function nonsense(say: Say): readonly Buffer[] {
  const { codec, ping } = say.subject;
  if (codec.name === 'struct_json') return [Buffer.from([0]), pingOf(say, '{no json'), pingOf(say, '')];
  return [
    'hello',
    `[${ping.request}, ${ping.dataId}]`,
    `{"service_id": ${ping.request}, "status": 0, "data": null}`,
    `{"data_id": ${ping.dataId}, "service_id": -${ping.request}, "status": 0, "data": null}`,
    `{"data_id": ${ping.dataId}, "service_id": ${ping.request}.5, "status": 0, "data": null}`,
  ].map((text) => say.textPayload(text));
}

/** As the original writes it. */
const ORIGINAL_ENVELOPE = /^\{"data_id": \d+, "service_id": \d+, "status": \d+, "data": /;

export const MESSAGE_RULES: readonly Rule[] = [
  readsText(
    'message/spacing',
    'reads JSON with any spacing',
    ({ request, dataId }) => `{"data_id":${dataId},"service_id":${request},"status":0,"data":null}`,
    ({ request, dataId }) =>
      ` {\n\t"data_id" : ${dataId} , "service_id" : ${request} , "status" : 0 , "data" : null\r\n} `,
  ),
  readsText(
    'message/key-order',
    'reads the fields of a message in any order',
    ({ request, dataId }) => `{"status": 0, "data": null, "service_id": ${request}, "data_id": ${dataId}}`,
  ),
  readsText(
    'message/defaults',
    'takes a request without status and data for one with status 0 and data null',
    ({ request, dataId }) => `{"data_id": ${dataId}, "service_id": ${request}}`,
  ),
  {
    id: 'message/checksum',
    title: 'does not believe a request whose checksum is wrong',
    section: 5,
    steps: (say) => {
      const { codec, ping: asked } = say.subject;
      const payload = say.payload(asked.request, asked.dataId);
      const wrong = codec.name === 'struct_json' ? [1] : [1, 4];
      return [CONNECT, send('damaged', ...wrong.map((at) => encodeStp(damaged(payload, at)))), ...ping(say)];
    },
    judge: (record, subject) => {
      const events = since(record, 'damaged');
      const heard = pongs(events, subject.ping);
      const okay = heard.filter(({ status }) => status !== STATUS_CHECKSUM_ERROR).length;
      if (okay > 1) return differs('answered a request whose checksum is wrong');
      if (okay === 0) return differs(`after it, the next request: ${missing(events, subject)}`);
      if (isGone(events)) return differs('hung up after it');
      return heard.length > 1
        ? observed('answers it with status 5 (checksum error), as an option of this library does')
        : HOLDS;
    },
  },
  {
    id: 'message/nonsense',
    title: 'drops what has a right checksum and is no message',
    section: 5,
    steps: (say) => [CONNECT, send('nonsense', ...nonsense(say).map(encodeStp)), ...ping(say)],
    judge: (record, subject) => {
      const verdict = judgePongs(record, 'nonsense', 1, subject);
      const others = messages(since(record, 'nonsense')).length - 1;
      return verdict.kind === 'holds' && others > 0 ? observed(`sends ${others} messages for it`) : verdict;
    },
  },
  {
    id: 'message/python-json',
    title: 'reads JSON as Python writes it: NaN, long integers, escapes, lone surrogates',
    section: 2,
    needs: ['access', 'data'],
    steps: (say) => {
      const dataId = say.subject.dataId ?? 0;
      const text = String.raw`[NaN, -Infinity, 12345678901234567890, "\ud83d\ude00 \u00e4 \ud800"]`;
      return [
        ...access(say),
        send('read', encodeStp(say.payloadOf(SID_READ_REQUEST, dataId, text))),
        hear(SID_READ_RESPONSE, dataId),
      ];
    },
    judge: (record, subject) => {
      const events = since(record, 'read');
      const [answer] = answers(events, SID_READ_RESPONSE, subject.dataId ?? 0);
      return answer === undefined ? differs(missing(events, subject)) : HOLDS;
    },
  },
  {
    id: 'message/envelope',
    title: 'writes the fields in the order and with the spaces of the original',
    section: 2,
    needs: ['pure_json'],
    isOpen: true,
    steps: (say) => [CONNECT, ...ping(say)],
    judge: (record, subject) => {
      const events = since(record, 'ping');
      const [pong] = messageEvents(events);
      if (pong === undefined) return notJudged(missing(events, subject));
      if (ORIGINAL_ENVELOPE.test(pong.payload.toString('latin1'))) return HOLDS;
      return observed('writes them in another way, which every receiver has to take');
    },
  },
  {
    id: 'message/sent',
    title: 'sends messages with a right checksum, and nothing that is none',
    section: 2,
    judgeTotals: ({ faults, messages }) => {
      const wrong = ['checksum', 'short', 'encoding', 'json', 'number', 'depth', 'shape'].flatMap((reason) =>
        faults[reason] === undefined ? [] : [`${faults[reason]} × ${reason}`],
      );
      if (wrong.length > 0) return differs(`sent frames that cannot be read: ${wrong.join(', ')}`);
      return messages > 0 ? HOLDS : notJudged('no message came');
    },
  },
  {
    id: 'status/known',
    title: 'answers with the statuses of the protocol',
    section: 3,
    isOpen: true,
    judgeTotals: ({ statuses, messages }) => {
      if (messages === 0) return notJudged('no message came');
      if (Object.keys(statuses).length === 0) return notJudged('no answer came');
      const own = Object.keys(statuses).filter((status) => STATUS__NAMES[Number(status)] === undefined);
      return own.length === 0 ? HOLDS : observed(`has statuses of its own: ${own.join(', ')}`);
    },
  },
];
