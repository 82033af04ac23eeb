/** What both surveys ask a peer, and how: an answer that cannot be read must not decide about all rules. */

import type { Clock } from '../../base/clock.js';
import { SID_READ_REQUEST, SID_READ_RESPONSE, STATUS_OKAY } from '../../protocol/ids.js';
import { Message } from '../../protocol/message.js';
import type { Codec } from '../../wire/codec.js';
import { stringifyJson } from '../../wire/json.js';
import { encodeStp } from '../../wire/stp.js';
import { Conversation, type ConversationSettings } from './conversation.js';
import { answers, isGone, type LinkRecord, messageEvents, onLastLink, since, unreadIn } from './record.js';
import type { Step } from './rule.js';

/** So many READs without an answer say that there will be none. */
const MAX_SILENT = 2;
/** So often something is asked for whose answer could not be read: one in ten must not decide about all rules. */
export const MAX_ATTEMPTS = 3;

/** Asks, and waits for the answer. */
export function asking(label: string, codec: Codec, serviceId: number, dataId: number): readonly Step[] {
  const bytes = encodeStp(codec.encode(new Message({ serviceId, dataId })));
  return [
    { do: 'send', label, pieces: () => [bytes] },
    { do: 'hear', until: (record) => answers(record, serviceId + 1, dataId).length > 0 },
  ];
}

/** The same, once more where the answer could not be read. */
export async function ask(
  talk: Conversation,
  label: string,
  codec: Codec,
  serviceId: number,
  dataId: number,
): Promise<void> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    // one that hangs up after an answer is asked on a connection of its own
    if (isGone(onLastLink(talk.record))) await talk.connectOnce();
    await talk.perform(asking(label, codec, serviceId, dataId));
    const events = since(talk.record, label);
    if (answers(events, serviceId + 1, dataId).length > 0 || unreadIn(events) === '') return;
  }
}

/**
 * Why nothing of the peer can be read, as far as that can be found out.
 *
 * @param record of what it has sent
 * @param speaks whether it does so in another codec, on a connection of its own
 */
export async function silenceOf(
  record: LinkRecord,
  settings: ConversationSettings,
  others: readonly Codec[],
  speaks: (talk: Conversation, codec: Codec) => Promise<boolean>,
): Promise<string> {
  const { codec, timeoutMs, end } = settings;
  const verb = end.waitMs === null ? 'answer' : 'speak';
  for (const other of others) {
    await using talk = new Conversation({ ...settings, codec: other });
    if ((await talk.connectOnce()) !== null) continue;
    if (!(await speaks(talk, other))) continue;
    const how = other.name === 'struct_json' ? 'with --struct' : 'without --struct';
    return `the peer does not ${verb} in ${codec.name}, and it does in ${other.name}: run this ${how}`;
  }
  if (record.some(({ kind }) => kind === 'flooded')) return 'the peer sends more than can be read';
  for (const event of record)
    if (event.kind === 'bad frame' && event.protocol !== null) return `the peer speaks ${event.protocol}`;
  const noise = record.some(({ kind }) => kind === 'bad frame' || kind === 'undecodable');
  const unread = noise ? '; what it sends cannot be read' : '';
  const what = end.waitMs === null ? 'an answer' : 'a word';
  if (isGone(record)) return `the peer hung up without ${what}${unread}`;
  return `the peer does not ${verb} within ${timeoutMs} ms${unread}`;
}

/** How long the answer to a READ takes, in milliseconds. */
export async function timeOf(
  talk: Conversation,
  codec: Codec,
  dataId: number,
  clock: Clock,
): Promise<number> {
  const askedMs = clock.now();
  await ask(talk, 'time', codec, SID_READ_REQUEST, dataId);
  return (messageEvents(since(talk.record, 'time'))[0]?.ms ?? askedMs) - askedMs;
}

/** A data id that can be read, of several one whose data has a colon; null: none. */
export async function readable(
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
