/**
 * Writes and reads recordings of what passed between two peers. Payloads are kept as hex; seeds and keys are masked
 * before they are written, because a short secret can be guessed from them.
 */

import * as v from 'valibot';
import { RECORDING_FORMAT, RECORDING_VERSION } from '../../inspector/recording-header.js';
import { type JsonValue, Message } from '../../protocol/message.js';
import { FRAMING_DROPS } from '../../protocol/reasons.js';
import { maskedCopy } from '../../session/journal/hex-mask.js';
import { isConfidential } from '../../session/journal/message-log.js';
import type { Codec } from '../../wire/codec.js';
import { recordedCodec } from '../codecs.js';
import { InputError } from '../errors.js';
import { inputChunks } from '../files.js';
import type { Io } from '../io.js';
import { fieldsOf } from '../output.js';
import { entrySchema } from './debugger.js';
import { DebuggerTraffic } from './debugger-traffic.js';
import { codesOf, type Header, headerIn, NO_RECORDING, type OnUnread, RecordingLines } from './format.js';
import { noiseFields } from './item-text.js';
import { type Side, type StreamItem, StreamReader } from './stream-reader.js';
import { TextLines, utf8Of } from './text-lines.js';

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
  /** When that began which was recorded, in milliseconds of the epoch; NaN where the recording does not say. */
  readonly startedAt: number;
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

/** Reads a recording line by line; one of the debugger as well. */
export class TrafficReader {
  readonly #onItem: (item: RecordedItem) => void;
  #lines: Pick<RecordingLines<v.GenericSchema>, 'line' | 'end'> | null = null;
  #codec: () => Codec = () => recordedCodec('pure_json');
  #failure: () => string | undefined = () => undefined;
  #isOver = false;
  #startedAt: () => number = () => Number.NaN;

  /** @param onItem gets each item as soon as its line has come */
  constructor(onItem: (item: RecordedItem) => void) {
    this.#onItem = onItem;
  }

  /** The codec of the two peers; of a recording of the debugger, as far as anything has passed. */
  get codec(): Codec {
    return this.#codec();
  }

  /**
   * When that began which was recorded, in milliseconds of the epoch; NaN where the recording does not say. That of a failure
   * says when it ended.
   */
  get startedAt(): number {
    return this.#startedAt();
  }

  /** What failed, where it is the recording of a failure. */
  get failure(): string | undefined {
    return this.#failure();
  }

  /**
   * Takes a line.
   *
   * @param isWhole whether it had an end
   * @throws InputError for what is no recording, and one of another version or codec
   */
  line(text: string, isWhole: boolean): void {
    if (this.#lines !== null) this.#lines.line(text, isWhole);
    else if (text.trim() !== '') this.#begin(headerIn(text));
  }

  /**
   * Ends the recording.
   *
   * @param onUnread gets the lines that could not be read
   * @throws InputError for an unknown codec, and where there are lines of which none can be read
   */
  end(onUnread: OnUnread): void {
    if (this.#lines === null) this.#begin(null);
    this.#lines?.end(onUnread);
    this.#isOver = true;
    // an unknown one is refused even where nothing has passed
    this.#codec();
  }

  #begin(header: Header | null): void {
    if (header?.recording === RECORDING_FORMAT) {
      const traffic = new DebuggerTraffic(this.#onItem);
      this.#codec = () => traffic.codec;
      this.#failure = () => traffic.failure;
      const isOfFailure = header['failure'] !== undefined;
      const time = epochOf(header['time']);
      this.#startedAt = () => (isOfFailure ? (this.#isOver ? time - traffic.lastMs : Number.NaN) : time);
      this.#lines = new RecordingLines(header, RECORDING_VERSION, entrySchema, (entry) =>
        traffic.take(entry),
      );
    } else if (header?.recording === FORMAT) {
      let codec: Codec | undefined;
      const started = epochOf(header['started']);
      this.#startedAt = () => started;
      this.#codec = () => (codec ??= recordedCodec(header['codec']));
      this.#lines = new RecordingLines(header, VERSION, lineSchema, (line) => {
        for (const item of itemsOf(line, this.codec)) this.#onItem(item);
      });
    } else throw new InputError(NO_RECORDING);
  }
}

function epochOf(time: unknown): number {
  return typeof time === 'string' ? Date.parse(time) : Number.NaN;
}

/**
 * Reads a recording as a whole, one of the debugger as well.
 *
 * @param text what {@link trafficHeader} and {@link trafficLine} wrote
 * @param onUnread gets the lines that could not be read
 * @throws InputError for a recording of another kind, version or codec, and where there are lines of which none can be read
 */
export function readTraffic(text: string, onUnread: OnUnread = () => {}): Traffic {
  const items: RecordedItem[] = [];
  const reader = new TrafficReader((item) => items.push(item));
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) reader.line(line, index < lines.length - 1);
  return ended(reader, items, onUnread);
}

/**
 * Reads a recording from a file or standard input, however long it is: only what is in it is kept.
 *
 * @param file a path, or `-` for standard input
 * @param onUnread gets the lines that could not be read
 * @throws (rejects) UsageError for a file that cannot be read, InputError as {@link readTraffic} and for an empty one
 */
export async function readTrafficFile(
  file: string,
  io: Pick<Io, 'stdin' | 'interrupted'>,
  onUnread: OnUnread = () => {},
): Promise<Traffic> {
  const items: RecordedItem[] = [];
  const reader = new TrafficReader((item) => items.push(item));
  const lines: TextLines = new TextLines((line, isWhole) =>
    reader.line(lines.isText ? line : utf8Of(line), isWhole),
  );
  let isEmpty = true;
  for await (const chunk of inputChunks(file, io)) {
    isEmpty &&= chunk.length === 0;
    lines.push(chunk);
  }
  if (isEmpty) throw new InputError(`The recording ${JSON.stringify(file)} is empty`);
  lines.end();
  return ended(reader, items, onUnread);
}

function ended(reader: TrafficReader, items: readonly RecordedItem[], onUnread: OnUnread): Traffic {
  reader.end(onUnread);
  const { codec, startedAt, failure } = reader;
  return { codec, startedAt, items, failure };
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
