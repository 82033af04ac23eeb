import { bufferOf } from '../base/bytes.js';
import { type JsonValue, Message } from '../protocol/message.js';
import { CRC32_LENGTH, crc32 } from './checksum.js';
import {
  type Codec,
  type CodecOptions,
  type CodecSettings,
  checkCodecOptions,
  DecodeError,
  withLazyEncoder,
} from './codec.js';
import { describe, isId, MAX_ID, textOf } from './envelope.js';
import { Beginning, headFor, sealed } from './envelope-text.js';
import { parseDoubtfulJson, parseIfPlainJson, parseJson, stringifyJson } from './json.js';
import { readShort, shortJson, shortText } from './short-messages.js';

/** The object around `data` is one level of nesting. */
const ENVELOPE_DEPTH = 1;

/**
 * Makes a pure_json codec: JSON text, then its CRC-32 big-endian (protocol.md section 2).
 *
 * @param options `allowNan` and `maxDepth`
 * @throws OptionError for a wrong option, such as a `maxDepth` that is no integer from 1 to 1,000
 *
 * @example
 * ```ts
 * import { Message } from 'socket-protocol';
 * import { createPureJson } from 'socket-protocol/wire';
 *
 * const codec = createPureJson({ allowNan: true });
 * const payload = codec.encode(new Message({ serviceId: 20, dataId: 5, data: Number.NaN }));
 * console.log(codec.decode(payload).data); // NaN
 * ```
 */
export function createPureJson(options: CodecOptions = {}): Codec {
  const settings = checkCodecOptions(options, 'createPureJson({ allowNan: true })');
  const { maxDepth } = settings;

  const codec: Codec = {
    name: 'pure_json',
    encode: (message) => {
      const head = headFor(message.dataId, message.serviceId, message.status);
      return sealed(head, `${stringifyJson(message.data, settings)}}`);
    },
    decode: (bytes, lowerMaxDepth = maxDepth) => {
      const payload = bufferOf(bytes);
      const depth = Math.min(maxDepth, lowerMaxDepth);
      return readShort(payload, depth) ?? readAny(payload, depth);
    },
    decodeUnverified: (bytes) => {
      const payload = bufferOf(bytes);
      return messageOfText(payload.subarray(0, lengthOfText(payload)), maxDepth);
    },
  };
  return withLazyEncoder(codec, ({ dataId, serviceId, status, data }) => {
    const head = headFor(dataId, serviceId, status);
    const short = typeof data === 'string' ? shortText(head, data) : null;
    if (short !== null) return short;
    const text = stringifyJson(data, settings);
    return shortJson(head, text) ?? sealed(head, `${text}}`);
  });
}

/**
 * Writes the text of a message: its payload without the checksum.
 *
 * @throws as `encode` of the codec
 */
export function textOfMessage(message: Message<unknown>, settings: CodecSettings): string {
  const head = headFor(message.dataId, message.serviceId, message.status);
  return `${head.text}${stringifyJson(message.data, settings)}}`;
}

/** pure_json with the default settings. */
export const pureJson: Codec = createPureJson();

function lengthOfText(payload: Buffer): number {
  if (payload.length <= CRC32_LENGTH) {
    throw new DecodeError(
      'short',
      `expected a text and ${CRC32_LENGTH} bytes of checksum, got ${payload.length} bytes`,
    );
  }
  return payload.length - CRC32_LENGTH;
}

/** Reads any payload, or finds out what is wrong with it. */
function readAny(payload: Buffer, maxDepth: number): Message {
  const text = payload.subarray(0, lengthOfText(payload));
  const sum = crc32(text);
  const expected = payload.readUInt32BE(text.length);
  if (sum === expected) return messageOfText(text, maxDepth);
  throw new DecodeError('checksum', `expected the CRC-32 ${hex(sum)} for the text, got ${hex(expected)}`);
}

const beginning = new Beginning();

/** Ids of a message, where its text may leave them out. */
export interface KnownIds {
  readonly serviceId: number;
  readonly dataId: number;
}

/**
 * Reads the text of a message, which is a payload without its checksum.
 *
 * @param bytes the text, not empty
 * @param maxDepth how deep its data may be nested
 * @param known what ids the text may leave out are; without it, none
 * @throws DecodeError for anything that is not a message
 */
export function messageOfText(bytes: Buffer, maxDepth: number, known: KnownIds | null = null): Message {
  const text = textOf(bytes);
  const head = beginning.read(bytes, bytes.length);
  if (head !== null) {
    const { dataId, serviceId, status } = head;
    const data = parseIfPlainJson(text.slice(head.text.length, -1), maxDepth);
    if (data !== undefined) return new Message({ status, serviceId, dataId, data });
    // another field may follow the data, or they are Python's; most likely they are broken
    return messageOfObject(parseDoubtfulJson(text, maxDepth + ENVELOPE_DEPTH), known);
  }
  return messageOfObject(parseJson(text, maxDepth + ENVELOPE_DEPTH), known);
}

function messageOfObject(parsed: JsonValue, known: KnownIds | null): Message {
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new DecodeError('shape', `expected an object with data_id and service_id, got ${describe(parsed)}`);
  }
  const {
    data_id: dataId = known?.dataId,
    service_id: serviceId = known?.serviceId,
    status,
    data,
  } = parsed as Partial<Record<string, JsonValue>>;
  if (!isId(dataId)) throw wrongField('data_id', dataId);
  if (!isId(serviceId)) throw wrongField('service_id', serviceId);
  // without a status it is okay, and without data there is none; what cannot be dispatched is refused
  if (status !== undefined && !isId(status)) throw wrongField('status', status);
  return new Message({ status, serviceId, dataId, data });
}

function wrongField(field: string, value: unknown): DecodeError {
  const got = value === undefined ? 'none' : describe(value);
  return new DecodeError('shape', `expected ${field} to be an integer from 0 to ${MAX_ID}, got ${got}`);
}

function hex(sum: number): string {
  return sum.toString(16).padStart(8, '0');
}
