/** What passed between two peers, out of a recording of the debugger. */

import type { NumberedEntry } from '../../inspector/index.js';
import { type JsonValue, Message } from '../../protocol/message.js';
import {
  DECODING_DROPS,
  type DecodingDropReason,
  FRAMING_DROPS,
  type FramingDropReason,
} from '../../protocol/reasons.js';
import type { Codec } from '../../wire/codec.js';
import { recordedCodec } from '../codecs.js';
import { type StreamItem, StreamReader } from './stream-reader.js';
import type { RecordedItem, Traffic } from './traffic.js';

type Recorded<Kind extends NumberedEntry['kind']> = Extract<NumberedEntry, { kind: Kind }>;

/**
 * The traffic that a debugger has shown, or a flight recorder has kept.
 *
 * @throws InputError for an unknown codec
 */
export function trafficOf(entries: readonly NumberedEntry[]): Traffic {
  const named = entries.find((entry) => 'codec' in entry);
  const codec = recordedCodec(named === undefined ? 'pure_json' : named.codec);
  const groups = [...new Set(entries.map(({ group }) => group))];
  const items: RecordedItem[] = [];
  for (const entry of entries) {
    if ((entry.kind !== 'message' && entry.kind !== 'drop') || entry.from === null) continue;
    const place = { atMs: entry.ms, from: entry.from, connection: groups.indexOf(entry.group) + 1 };
    const found = entry.kind === 'message' ? messageIn(entry, codec) : dropIn(entry);
    items.push(...found.map((item) => ({ ...place, item })));
  }
  const failures = entries.filter((entry) => entry.kind === 'note' && entry.code === 'failure');
  return { codec, items, failure: (failures.at(-1) as Recorded<'note'> | undefined)?.text };
}

function messageIn(entry: Recorded<'message'>, codec: Codec): StreamItem[] {
  const { serviceId, dataId, status, data, hex, hiddenBytes } = entry;
  if (hex !== null && hiddenBytes === 0) {
    const items: StreamItem[] = [];
    new StreamReader(codec, (item) => items.push(item)).payload(bytesIn(hex));
    return items;
  }
  const message = new Message({ serviceId, dataId, status, data: data as JsonValue });
  return [{ kind: 'message', message, payload: Buffer.alloc(0), isCut: hiddenBytes > 0 }];
}

/** What became of a message that could be read is told by the messages. */
function dropIn({ reason, detail, hex, hiddenBytes }: Recorded<'drop'>): StreamItem[] {
  const payload = bytesIn(hex ?? '');
  const byteLength = payload.length + hiddenBytes;
  if (Object.hasOwn(DECODING_DROPS, reason))
    return [{ kind: 'refused', reason: reason as DecodingDropReason, detail, payload, byteLength }];
  if (!Object.hasOwn(FRAMING_DROPS, reason)) return [];
  return [{ kind: 'noise', reason: reason as FramingDropReason, byteLength, sample: payload }];
}

function bytesIn(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}
