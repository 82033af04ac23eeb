/**
 * Recordings of what passed between two peers: lines of JSON, the first of which says what it is. Frames are kept as hex;
 * seeds and keys are masked before they are written, for whoever has them can guess a short secret at home.
 */

import * as v from 'valibot';
import { type JsonValue, Message } from '../../protocol/message.js';
import { FRAMING_DROPS, type FramingDropReason } from '../../protocol/reasons.js';
import { maskedCopy } from '../../session/journal/hex-mask.js';
import { isConfidential } from '../../session/journal/message-log.js';
import type { Codec } from '../../wire/codec.js';
import { codecOf } from '../connecting.js';
import { isDebuggerRecording } from './debugger-recording.js';
import { fieldsOf } from './item-lines.js';
import { codesOf, describeIssue, formatOf, partsOf } from './recording-format.js';
import { type Side, type StreamItem, StreamReader } from './stream-reader.js';

const FORMAT = 'socket-protocol';
const VERSION = 1;

/** Something that passed. */
export interface RecordedItem {
  readonly atMs: number;
  readonly from: Side;
  /** Which connection of the proxy, from 1. */
  readonly connection: number;
  readonly item: StreamItem;
}

/** The first line. */
export function recordingHeader(codec: Codec, startedAt: Date): string {
  return `${JSON.stringify({ recording: FORMAT, version: VERSION, codec: codec.name, started: startedAt.toISOString() })}\n`;
}

/** A line for something that passed. */
export function recordingLine({ atMs, from, connection, item }: RecordedItem): string {
  const at = { ms: Math.round(atMs * 1_000) / 1_000, connection, from };
  switch (item.kind) {
    case 'message':
      return isConfidential(item.message)
        ? `${JSON.stringify({ ...at, masked: fieldsOf(item.message) })}\n`
        : `${JSON.stringify({ ...at, payload: item.payload.toString('hex') })}\n`;
    case 'refused':
      return `${JSON.stringify({ ...at, payload: maskedCopy(item.payload).toString('hex') })}\n`;
    case 'noise':
      return `${JSON.stringify({ ...at, noise: item.reason, protocol: item.protocol, bytes: item.byteLength, sample: item.sample.toString('hex') })}\n`;
  }
}

/** Whether a text begins as a recording does. */
export function isRecording(text: string): boolean {
  return formatOf(text) === FORMAT;
}

/** What a recording holds. */
export interface Recording {
  /** The codec that was spoken. */
  readonly codec: Codec;
  readonly items: readonly RecordedItem[];
}

const hexSchema = v.pipe(v.string(), v.regex(/^(?:[\da-f]{2})*$/));
/** A code; older recordings have the name of the other protocol behind it. */
const noiseSchema = v.pipe(
  v.string(),
  v.transform((text) => text.split(':', 1)[0]),
  v.picklist(codesOf(FRAMING_DROPS)),
);
const lineSchema = v.intersect([
  v.object({
    ms: v.number(),
    from: v.picklist(['client', 'server']),
    /** Which connection of the proxy; recordings of one connection leave it out. */
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

/**
 * Reads a recording.
 *
 * @throws Error that names the line which is none and what is wrong with it, or that the recording is cut off
 */
export function readRecording(text: string): Recording {
  if (isDebuggerRecording(text))
    throw new Error('expected a recording of proxy, got one of the debugger: inspect --replay shows it');
  if (!isRecording(text)) throw new Error('expected a recording of socket-protocol, got something else');
  const { header, lines } = partsOf(text, VERSION);
  const codec = codecNamed(header['codec']);
  return { codec, items: lines.flatMap((line, index) => itemsOf(line, index + 2, codec)) };
}

function codecNamed(name: unknown): Codec {
  const codec = [codecOf({}), codecOf({ struct: true })].find((each) => each.name === name);
  if (codec === undefined)
    throw new Error(`expected a recording in pure_json or struct_json, got one in ${String(name)}`);
  return codec;
}

function itemsOf(text: string, lineNumber: number, codec: Codec): RecordedItem[] {
  const wrong = (what: string): Error => new Error(`line ${lineNumber} of the recording: ${what}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong('expected ms, from and payload, masked or noise, got no JSON');
  }
  const result = v.safeParse(lineSchema, value);
  if (!result.success) throw wrong(describeIssue(result.issues[0]));
  const line = result.output;
  const place = { atMs: line.ms, from: line.from, connection: line.connection };
  if ('masked' in line) {
    const { service_id: serviceId, data_id: dataId, status, data } = line.masked;
    const message = new Message({ serviceId, dataId, status, data });
    return [{ ...place, item: { kind: 'message', message, payload: Buffer.alloc(0) } }];
  }
  if ('noise' in line) return [{ ...place, item: noiseOf(line) }];
  const items: RecordedItem[] = [];
  new StreamReader(codec, (item) => items.push({ ...place, item })).payload(Buffer.from(line.payload, 'hex'));
  return items;
}

function noiseOf(line: {
  noise: FramingDropReason;
  protocol?: string | undefined;
  bytes: number;
  sample: string;
}): StreamItem {
  const { noise: reason, protocol, bytes: byteLength } = line;
  return { kind: 'noise', reason, protocol, byteLength, sample: Buffer.from(line.sample, 'hex') };
}
