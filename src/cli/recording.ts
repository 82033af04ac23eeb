/**
 * Recordings of what passed between two peers: lines of JSON, the first of which says what it is. Frames are kept as hex;
 * seeds and keys are masked before they are written, for whoever has them can guess a short secret at home.
 */

import { type JsonValue, Message } from '../protocol/message.js';
import { isConfidential } from '../session/message-log.js';
import { maskedCopy } from '../session/observation.js';
import type { Codec } from '../wire/codec.js';
import { fieldsOf } from './item-lines.js';
import { type Side, type StreamItem, StreamReader } from './stream-reader.js';

const FORMAT = 'socket-protocol';
const VERSION = 1;

/** Something that passed. */
export interface RecordedItem {
  readonly atMs: number;
  readonly from: Side;
  readonly item: StreamItem;
}

/** The first line. */
export function recordingHeader(codec: Codec, startedAt: Date): string {
  return `${JSON.stringify({ recording: FORMAT, version: VERSION, codec: codec.name, started: startedAt.toISOString() })}\n`;
}

/** A line for something that passed. */
export function recordingLine({ atMs, from, item }: RecordedItem): string {
  const at = { ms: Math.round(atMs * 1_000) / 1_000, from };
  switch (item.kind) {
    case 'message':
      return isConfidential(item.message)
        ? `${JSON.stringify({ ...at, masked: fieldsOf(item.message) })}\n`
        : `${JSON.stringify({ ...at, payload: item.payload.toString('hex') })}\n`;
    case 'refused':
      return `${JSON.stringify({ ...at, payload: maskedCopy(item.payload).toString('hex') })}\n`;
    case 'noise':
      return `${JSON.stringify({ ...at, noise: item.reason, bytes: item.byteLength })}\n`;
  }
}

/** Whether a text begins as a recording does. */
export function isRecording(text: string): boolean {
  try {
    return (JSON.parse(text.slice(0, text.indexOf('\n'))) as { recording?: unknown }).recording === FORMAT;
  } catch {
    return false;
  }
}

/** What a recording holds. */
export interface Recording {
  readonly codecName: string;
  readonly items: readonly RecordedItem[];
}

interface Line {
  readonly ms?: unknown;
  readonly from?: unknown;
  readonly payload?: unknown;
  readonly masked?: unknown;
  readonly noise?: unknown;
  readonly bytes?: unknown;
}

/**
 * Reads a recording.
 *
 * @throws Error that names the line which is none, or that the recording is cut off
 */
export function readRecording(text: string, codec: Codec): Recording {
  if (!isRecording(text)) throw new Error('expected a recording of socket-protocol, got something else');
  if (!text.endsWith('\n'))
    throw new Error('expected a line break at the end of the recording: it is cut off');
  const [first = '', ...lines] = text.slice(0, -1).split('\n');
  const header = JSON.parse(first) as { version?: unknown; codec?: unknown };
  if (header.version !== VERSION)
    throw new Error(`expected a recording of version ${VERSION}, got ${String(header.version)}`);
  const items = lines.flatMap((line, index) => itemsOf(line, index + 2, codec));
  return { codecName: String(header.codec), items };
}

function itemsOf(text: string, lineNumber: number, codec: Codec): RecordedItem[] {
  const wrong = (got: string): Error =>
    new Error(
      `line ${lineNumber} of the recording: expected ms, from and payload, masked or noise, got ${got}`,
    );
  let line: Line;
  try {
    line = JSON.parse(text) as Line;
  } catch {
    throw wrong('no JSON');
  }
  const { ms: atMs, from, payload, noise, bytes } = line;
  if (typeof atMs !== 'number' || (from !== 'client' && from !== 'server')) throw wrong('something else');
  if (line.masked !== undefined) {
    const message = maskedMessage(line.masked);
    if (message === null) throw wrong('something else');
    return [{ atMs, from, item: { kind: 'message', message, payload: Buffer.alloc(0) } }];
  }
  if (typeof noise === 'string' && typeof bytes === 'number')
    return [{ atMs, from, item: { kind: 'noise', reason: noise, byteLength: bytes } }];
  if (typeof payload !== 'string' || !/^(?:[\da-f]{2})*$/.test(payload)) throw wrong('something else');
  const items: RecordedItem[] = [];
  new StreamReader(codec, (item) => items.push({ atMs, from, item })).payload(Buffer.from(payload, 'hex'));
  return items;
}

/** A message of an authentication, as far as it was written. */
function maskedMessage(fields: unknown): Message | null {
  const { service_id, data_id, status, data } = (fields ?? {}) as Record<string, JsonValue | undefined>;
  if (typeof service_id !== 'number' || typeof data_id !== 'number' || typeof status !== 'number')
    return null;
  return new Message({ serviceId: service_id, dataId: data_id, status, data: data ?? null });
}
