/** What passed between two peers, out of a recording of the debugger. */

import { type JsonValue, Message } from '../../protocol/message.js';
import {
  DECODING_DROPS,
  type DecodingDropReason,
  FRAMING_DROPS,
  type FramingDropReason,
} from '../../protocol/reasons.js';
import type { Codec } from '../../wire/codec.js';
import { codecNamed, recordedCodec } from '../codecs.js';
import type { RecordedEntry } from './debugger.js';
import { type StreamItem, StreamReader } from './stream-reader.js';
import type { RecordedItem } from './traffic.js';

type Recorded<Kind extends RecordedEntry['kind']> = Extract<RecordedEntry, { kind: Kind }>;

/** The traffic that a debugger has shown, or a flight recorder has kept. */
export class DebuggerTraffic {
  readonly #onItem: (item: RecordedItem) => void;
  readonly #groups: string[] = [];
  #codec: Codec | undefined;
  /** What failed, where it is the recording of a failure. */
  failure: string | undefined;
  /** When the last entry was made, in milliseconds since the recording began. */
  lastMs = 0;

  constructor(onItem: (item: RecordedItem) => void) {
    this.#onItem = onItem;
  }

  /** The codec of the first message or drop; other sessions of the recording may have another. */
  get codec(): Codec {
    return this.#codec ?? recordedCodec('pure_json');
  }

  /**
   * Takes the next entry.
   *
   * @throws InputError for an unknown codec
   */
  take(entry: RecordedEntry): void {
    this.lastMs = entry.ms;
    if (!this.#groups.includes(entry.group)) this.#groups.push(entry.group);
    if (entry.kind === 'note' && entry.code === 'failure') this.failure = entry.text;
    if (entry.kind !== 'message' && entry.kind !== 'drop') return;
    this.#codec ??= recordedCodec(entry.codec);
    if (entry.from === null) return;
    const place = { atMs: entry.ms, from: entry.from, connection: this.#groups.indexOf(entry.group) + 1 };
    const codec = codecNamed(entry.codec) ?? this.#codec;
    const found = entry.kind === 'message' ? messageIn(entry, codec) : dropIn(entry);
    for (const item of found) this.#onItem({ ...place, item });
  }
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
function dropIn({ reason, detail, hex, hiddenBytes, codec, readableAs }: Recorded<'drop'>): StreamItem[] {
  const payload = bytesIn(hex ?? '');
  const byteLength = payload.length + hiddenBytes;
  if (Object.hasOwn(DECODING_DROPS, reason)) {
    // one that the session's limits have refused is a message of its own codec
    const otherCodec = readableAs === codec ? null : readableAs;
    const why = { reason: reason as DecodingDropReason, detail };
    return [{ kind: 'refused', ...why, payload, byteLength, otherCodec }];
  }
  if (!Object.hasOwn(FRAMING_DROPS, reason)) return [];
  return [{ kind: 'noise', reason: reason as FramingDropReason, byteLength, sample: payload }];
}

function bytesIn(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}
