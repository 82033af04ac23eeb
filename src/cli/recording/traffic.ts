/**
 * Writes and reads recordings of what passed between two peers. Payloads are kept as hex; seeds and keys are masked
 * before they are written, because a short secret can be guessed from them.
 */

import * as v from 'valibot';
import { type JsonValue, Message } from '../../protocol/message.js';
import { FRAMING_DROPS } from '../../protocol/reasons.js';
import { maskedCopy } from '../../session/journal/hex-mask.js';
import { isConfidential } from '../../session/journal/message-log.js';
import type { Codec } from '../../wire/codec.js';
import { recordedCodec } from '../codecs.js';
import { InputError } from '../errors.js';
import { fieldsOf } from '../output.js';
import { readDebuggerRecording } from './debugger.js';
import { trafficOf } from './debugger-traffic.js';
import { codesOf, formatOf, type OnUnread, readLines } from './format.js';
import { noiseFields } from './item-text.js';
import { type Side, type StreamItem, StreamReader } from './stream-reader.js';

const FORMAT = 'socket-protocol';
const VERSION = 1;

/** Something that passed, and when, and where. */
export interface RecordedItem {
  /** Milliseconds since the recording began. */
  readonly atMs: number;
  readonly from: Side;
  /** The number of the connection, from 1. */
  readonly connection: number;
  readonly item: StreamItem;
}

/**
 * The first line of a file.
 *
 * @param codec the codec of the two peers
 */
export function trafficHeader(codec: Codec, startedAt: Date): string {
  const started = startedAt.toISOString();
  return `${JSON.stringify({ recording: FORMAT, version: VERSION, codec: codec.name, started })}\n`;
}

/** The line of an item, with masks over possible seeds and keys. */
export function trafficLine({ atMs, from, connection, item }: RecordedItem): string {
  const place = { ms: Math.round(atMs * 1_000) / 1_000, connection, from };
  return `${JSON.stringify({ ...place, ...contentOf(item) })}\n`;
}

function contentOf(item: StreamItem): object {
  switch (item.kind) {
    case 'message':
      return isConfidential(item.message)
        ? { masked: fieldsOf(item.message) }
        : { payload: item.payload.toString('hex') };
    case 'refused':
      return { payload: maskedCopy(item.payload).toString('hex') };
    case 'noise':
      return noiseFields(item);
  }
}

/** What a recording holds. */
export interface Traffic {
  /** The codec of the two peers. */
  readonly codec: Codec;
  readonly items: readonly RecordedItem[];
  /** What failed, where it is the recording of a failure. */
  readonly failure?: string | undefined;
}

const hexSchema = v.pipe(v.string(), v.regex(/^(?:[\da-f]{2})*$/));
/** A code; older recordings have the name of the other protocol after it. */
const noiseSchema = v.pipe(
  v.string(),
  v.transform((text) => text.split(':', 1)[0]),
  v.picklist(codesOf(FRAMING_DROPS)),
);
const lineSchema = v.intersect([
  v.object({
    ms: v.number(),
    from: v.picklist(['client', 'server']),
    /** The number of the connection; old recordings of a single connection have none. */
    connection: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
  }),
  v.union(
    [
      v.object({ payload: hexSchema }),
      v.object({
        masked: v.object({
          service_id: v.number(),
          data_id: v.number(),
          status: v.number(),
          data: v.custom<JsonValue>(() => true),
        }),
      }),
      v.object({
        noise: noiseSchema,
        protocol: v.optional(v.string()),
        bytes: v.number(),
        sample: v.optional(hexSchema, ''),
      }),
    ],
    'expected payload, masked or noise',
  ),
]);

type Line = v.InferOutput<typeof lineSchema>;

/**
 * Reads a recording, one of the debugger as well.
 *
 * @param text what {@link trafficHeader} and {@link trafficLine} wrote
 * @param onUnread gets the lines that could not be read
 * @throws InputError for a recording of another kind, version or codec, and where there are lines of which none can be read
 */
export function readTraffic(text: string, onUnread: OnUnread = () => {}): Traffic {
  const entries = readDebuggerRecording(text, onUnread);
  if (entries !== null) return trafficOf(entries);
  if (formatOf(text) !== FORMAT) throw new InputError('This is not a recording of socket-protocol');
  const { header, values } = readLines(text, VERSION, lineSchema, onUnread);
  const codec = recordedCodec(header['codec']);
  return { codec, items: values.flatMap((line) => itemsOf(line, codec)) };
}

function itemsOf(line: Line, codec: Codec): RecordedItem[] {
  const place = { atMs: line.ms, from: line.from, connection: line.connection };
  if ('masked' in line) {
    const { service_id: serviceId, data_id: dataId, status, data } = line.masked;
    const message = new Message({ serviceId, dataId, status, data });
    return [{ ...place, item: { kind: 'message', message, payload: Buffer.alloc(0) } }];
  }
  if ('noise' in line) {
    const { noise: reason, protocol, bytes: byteLength } = line;
    const sample = Buffer.from(line.sample, 'hex');
    return [{ ...place, item: { kind: 'noise', reason, protocol, byteLength, sample } }];
  }
  const items: RecordedItem[] = [];
  new StreamReader(codec, (item) => items.push({ ...place, item })).payload(Buffer.from(line.payload, 'hex'));
  return items;
}
