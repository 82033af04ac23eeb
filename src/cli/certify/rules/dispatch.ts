/** Rules about names, statuses, answers and their order (protocol.md sections 3, 4 and 5). */

import {
  SID_CHANNEL_NAME_REQUEST,
  SID_EXECUTE_REQUEST,
  SID_EXECUTE_RESPONSE,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  SID_WRITE_REQUEST,
  SID_WRITE_RESPONSE,
  STATUS_OKAY,
} from '../../../protocol/ids.js';
import type { JsonValue } from '../../../protocol/message.js';
import { answers, isGone, type LinkRecord, messages, type Ping, pongs, since } from '../record.js';
import type { Need, Rule, Say, Step, Subject, Verdict } from '../rule.js';
import { UNLIKELY_DATA_ID, UNLIKELY_DATA_IDS, UNLIKELY_SERVICE_ID } from '../say.js';
import { differs, HOLDS, notJudged, observed } from '../verdicts.js';
import {
  access,
  CONNECT,
  channelName,
  connection,
  hear,
  hearPongs,
  judgePongs,
  missing,
  ping,
  read,
  send,
  statusText,
} from './parts.js';

/** What is asked for where it does not matter. */
const anyDataId = ({ dataId }: Subject): number => dataId ?? 0;

/** A rule that the name of a client is taken. */
function takesName(id: `name/${string}`, need: Need, transition: string): Rule {
  return {
    id,
    title: `answers null to a client that gives its name, ${need === 'named peer' ? 'where it has another' : 'where it has none'}`,
    section: 4,
    needs: ['channel', need],
    charts: [channelName(transition)],
    steps: (say) => [
      { do: 'connect', isSilent: true },
      send('name', say.request(SID_CHANNEL_NAME_REQUEST, 0, say.subject.channel)),
      hearPongs(say),
    ],
    judge: (record, subject) => {
      const events = since(record, 'name');
      const [pong] = pongs(events, subject.ping);
      if (pong === undefined) return differs(missing(events, subject));
      if (pong.status !== STATUS_OKAY) return differs(`answered with ${statusText(pong.status)}`);
      return pong.data === null ? HOLDS : differs('answered with data, expected null');
    },
  };
}

export const NAME_RULES: readonly Rule[] = [
  {
    id: 'name/answered',
    title: 'answers the request for its channel name with a name or null',
    section: 4,
    judgesWithout: 'answers',
    charts: [
      channelName('unlinked link.opened 1', 'awaitingName peer.nameRequested 0'),
      connection('disconnected link.opened 0', 'connected.shakingHands always 0'),
    ],
    steps: (say) => [{ do: 'connect', isSilent: true }, ...ping(say)],
    judge: (record, subject) => {
      const events = since(record, 'ping');
      const [pong] = pongs(events, subject.ping);
      if (pong === undefined) return differs(subject.silence ?? missing(events, subject));
      if (pong.status !== STATUS_OKAY) return differs(`answered with ${statusText(pong.status)}`);
      if (pong.data !== null && typeof pong.data !== 'string') return differs('answered with something else');
      return HOLDS;
    },
  },
  {
    id: 'name/again',
    title: 'answers it again, as a sign of life, and nothing changes',
    section: 4,
    charts: [channelName('exchanged peer.nameRequested 0')],
    steps: (say) => [
      CONNECT,
      send('first', say.ping),
      hearPongs(say),
      send('second', say.ping),
      hearPongs(say),
    ],
    judge: (record, subject) => {
      const verdict = judgePongs(record, 'first', 2, subject);
      const [first, second] = pongs(since(record, 'first'), subject.ping);
      return verdict.kind === 'holds' && first?.data !== second?.data
        ? differs('the second answer is another name')
        : verdict;
    },
  },
  takesName('name/taken', 'nameless peer', 'awaitingName peer.nameRequested 2'),
  takesName('name/another', 'named peer', 'awaitingName peer.nameRequested 1'),
];

export const STATUS_RULES: readonly Rule[] = [
  {
    id: 'status/unknown-data',
    title: 'does not answer "okay" to a READ of data that it cannot have',
    section: 5,
    needs: ['access'],
    steps: (say) => [
      ...access(say),
      ...UNLIKELY_DATA_IDS.flatMap((dataId) => read(say, `read ${dataId}`, dataId)),
    ],
    judge: (record, subject) => {
      for (const dataId of UNLIKELY_DATA_IDS) {
        const events = since(record, `read ${dataId}`);
        const [answer] = answers(events, SID_READ_RESPONSE, dataId);
        if (answer === undefined) return differs(`READ ${dataId}: ${missing(events, subject)}`);
        if (answer.status === STATUS_OKAY) return differs(`READ ${dataId} was answered with status 0 (okay)`);
      }
      return HOLDS;
    },
  },
];

/** A rule that an allowed request is answered. */
function answersTo(kind: 'write' | 'execute', [requestSid, responseSid]: readonly [number, number]): Rule {
  const targetOf = (subject: Subject): { dataId: number; data: JsonValue } => ({
    dataId: subject[kind]?.dataId ?? 0,
    data: subject[kind]?.data ?? null,
  });
  return {
    id: `dispatch/${kind}`,
    title: `answers ${kind.toUpperCase()} with the response service and the same data id`,
    section: 5,
    needs: ['access', kind],
    steps: (say) => {
      const { dataId, data } = targetOf(say.subject);
      return [...access(say), send(kind, say.request(requestSid, dataId, data)), hear(responseSid, dataId)];
    },
    judge: (record, subject) => {
      const { dataId } = targetOf(subject);
      const events = since(record, kind);
      const [answer] = answers(events, responseSid, dataId);
      if (answer === undefined) return differs(missing(events, subject));
      return answer.status === STATUS_OKAY ? HOLDS : observed(`answers with ${statusText(answer.status)}`);
    },
  };
}

/** Something that is not to be answered, and then the request for the channel name, which is. */
function silentAbout(label: string, bytes: (say: Say) => Uint8Array): (say: Say) => readonly Step[] {
  return (say) => [CONNECT, send(label, bytes(say)), ...ping(say)];
}

export const DISPATCH_RULES: readonly Rule[] = [
  {
    id: 'dispatch/ids',
    title: 'answers READ with service 11 and the same data id',
    section: 5,
    needs: ['access'],
    steps: (say) => [...access(say), ...read(say, 'read', anyDataId(say.subject))],
    judge: (record, subject) => {
      const events = since(record, 'read');
      const dataId = anyDataId(subject);
      if (answers(events, SID_READ_RESPONSE, dataId).length > 0) return HOLDS;
      const [other] = messages(events);
      if (other === undefined) return differs(missing(events, subject));
      return differs(`answered with (${other.serviceId}, ${other.dataId}), expected (11, ${dataId})`);
    },
  },
  {
    id: 'dispatch/other-ids',
    title: 'answers requests for different data that come at once, each with its own ids',
    section: 5,
    needs: ['access'],
    steps: (say) => {
      const ids = [anyDataId(say.subject), ...UNLIKELY_DATA_IDS];
      // messages of its own may come in between
      const heard = (record: LinkRecord): number =>
        ids.filter((id) => answers(record, SID_READ_RESPONSE, id).length > 0).length +
        (pongs(record, say.subject.ping).length > 0 ? 1 : 0);
      return [
        ...access(say),
        send('reads', Buffer.concat([...ids.map((id) => say.request(SID_READ_REQUEST, id)), say.ping])),
        { do: 'hear', until: (record) => heard(record) > ids.length, count: heard },
      ];
    },
    judge: (record, subject) => {
      const events = since(record, 'reads');
      const ids = [anyDataId(subject), ...UNLIKELY_DATA_IDS];
      const silent = ids.filter((id) => answers(events, SID_READ_RESPONSE, id).length !== 1);
      const { ping } = subject;
      if (silent.length === 0 && pongs(events, ping).length === 1) return HOLDS;
      const last = subject.role === 'server' ? 'the channel name' : `READ ${ping.dataId}`;
      const what = silent.length === 0 ? last : `READ ${silent.join(', ')}`;
      return differs(`not answered once each: ${what}`);
    },
  },
  {
    id: 'dispatch/response',
    title: 'answers no response',
    section: 5,
    steps: silentAbout('response', (say) => say.request(SID_READ_RESPONSE, UNLIKELY_DATA_ID)),
    judge: (record, subject) => {
      const verdict = judgePongs(record, 'response', 1, subject);
      const others = messages(since(record, 'response'));
      return verdict.kind === 'holds' && others.some(({ dataId }) => dataId === UNLIKELY_DATA_ID)
        ? differs('answered it')
        : verdict;
    },
  },
  {
    id: 'dispatch/unknown-service',
    title: 'keeps quiet about a service that it does not have',
    section: 5,
    isOpen: true,
    steps: silentAbout('unknown', (say) => say.request(UNLIKELY_SERVICE_ID, UNLIKELY_DATA_ID)),
    judge: (record, subject) => {
      const events = since(record, 'unknown');
      if (pongs(events, subject.ping).length === 0)
        return observed(`after it, the next request: ${missing(events, subject)}`);
      if (isGone(events)) return observed('hangs up');
      const answer = messages(events).find(({ dataId }) => dataId === UNLIKELY_DATA_ID);
      return answer === undefined ? HOLDS : observed(`answers with ${statusText(answer.status)}`);
    },
  },
  answersTo('write', [SID_WRITE_REQUEST, SID_WRITE_RESPONSE]),
  answersTo('execute', [SID_EXECUTE_REQUEST, SID_EXECUTE_RESPONSE]),
];

/** So many requests at once. */
const AT_ONCE = 20;
/** So often: more than a counter of a hundred, and fewer than a server takes from a stranger. */
const MAX_ROUNDS = 6;
const ROUNDS_OF_A_STRANGER = 3;
/** A slow peer is asked less often, so that this takes no minutes. */
const ROUNDS_MS = 20_000;

function rounds({ dataId, readMs }: Subject): number {
  if (dataId === null) return ROUNDS_OF_A_STRANGER;
  return Math.max(1, Math.min(MAX_ROUNDS, Math.floor(ROUNDS_MS / (AT_ONCE * Math.max(1, readMs)))));
}

/** What is asked again and again: READ of data that there is, else a ping. */
function manyOf({ dataId, ping }: Subject): Ping {
  return dataId === null ? ping : { request: SID_READ_REQUEST, response: SID_READ_RESPONSE, dataId };
}

/** Data that tells requests of equal ids apart. */
const NUMBERED = [1, 2, 3, 4, 5, 6, 7, 8];

export const ORDER_RULES: readonly Rule[] = [
  {
    id: 'order/every-answer',
    title: 'answers every one of many requests, once',
    section: 5,
    steps: (say) => {
      const { request, response, dataId } = manyOf(say.subject);
      const batch = Buffer.concat(new Array<Buffer>(AT_ONCE).fill(say.request(request, dataId)));
      const batches = Array.from({ length: rounds(say.subject) }, (_, index) => [
        send(`batch ${index}`, batch),
        hear(response, dataId, AT_ONCE),
      ]);
      return [...(say.subject.dataId === null ? [CONNECT] : access(say)), ...batches.flat()];
    },
    judge: (record, subject) => {
      const { response, dataId } = manyOf(subject);
      const events = since(record, 'batch 0');
      const expected = AT_ONCE * rounds(subject);
      const heard = answers(events, response, dataId).length;
      if (heard === expected) return HOLDS;
      return differs(`${heard} answers to ${expected} requests${isGone(events) ? ', and hung up' : ''}`);
    },
  },
  {
    id: 'order/equal-ids',
    title: 'answers requests of equal ids in the order in which they came',
    section: 5,
    needs: ['access', 'execute'],
    steps: (say) => {
      const dataId = say.subject.execute?.dataId ?? 0;
      const all = NUMBERED.map((data) =>
        say.request(SID_EXECUTE_REQUEST, dataId, say.subject.execute?.data ?? data),
      );
      return [
        ...access(say),
        send('all', Buffer.concat(all)),
        hear(SID_EXECUTE_RESPONSE, dataId, all.length),
      ];
    },
    judge: judgeOrder,
  },
  {
    id: 'order/half-closed',
    title: 'answers what it was asked before the other side ended its stream, and hangs up',
    section: 5,
    isOpen: true,
    steps: (say) => [
      CONNECT,
      send('request', say.ping),
      { do: 'end' },
      {
        do: 'hear',
        until: (record) => pongs(record, say.subject.ping).length > 0 && isGone(record),
      },
    ],
    judge: (record, subject) => {
      const events = since(record, 'request');
      if (pongs(events, subject.ping).length === 0) return observed(missing(events, subject));
      return isGone(events)
        ? HOLDS
        : observed(`answers, and does not hang up within ${subject.timeoutMs} ms`);
    },
  },
];

function judgeOrder(record: LinkRecord, subject: Subject): Verdict {
  const events = since(record, 'all');
  const data = answers(events, SID_EXECUTE_RESPONSE, subject.execute?.dataId ?? 0).map(
    (answer) => answer.data,
  );
  if (data.length < NUMBERED.length)
    return differs(`${data.length} of ${NUMBERED.length} were answered: ${missing(events, subject)}`);
  const isEcho = NUMBERED.every((number) => data.includes(number));
  if (!isEcho)
    return notJudged(
      'the answers do not tell the requests apart; --allow-execute ID of something that echoes would',
    );
  const isInOrder = NUMBERED.every((number, index) => data[index] === number);
  return isInOrder ? HOLDS : differs(`answered in the order ${data.join(', ')}`);
}
