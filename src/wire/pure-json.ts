import { type JsonValue, Message } from '../protocol/message.js';
import { CRC32_LENGTH, crc32 } from './checksum.js';
import { type Codec, type CodecOptions, DEFAULT_MAX_DEPTH, DecodeError } from './codec.js';
import { assertId, describe, isId, MAX_ID, textOf } from './envelope.js';
import { parseJson, stringifyJson } from './json.js';

/** The object around `data` is one level of nesting. */
const ENVELOPE_DEPTH = 1;

/**
 * Makes a pure_json codec: JSON text, then its CRC-32 big-endian (protocol.md section 2).
 *
 * @param options `allowNan` and `maxDepth`
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
  const maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH;
  const stringifyOptions = { allowNan: options.allowNan ?? false, maxDepth };

  return {
    name: 'pure_json',
    encode: (message) => {
      assertId(message.dataId, 'dataId', MAX_ID);
      assertId(message.serviceId, 'serviceId', MAX_ID);
      assertId(message.status, 'status', MAX_ID);
      const data = stringifyJson(message.data, stringifyOptions);
      return sealed(
        `{"data_id": ${message.dataId}, "service_id": ${message.serviceId}, "status": ${message.status}, "data": ${data}}`,
      );
    },
    decode: (payload, lowerMaxDepth = maxDepth) => {
      const textLength = lengthOfText(payload);
      const sum = crc32(payload.subarray(0, textLength));
      const expected = payload.readUInt32BE(textLength);
      if (sum !== expected) {
        throw new DecodeError(
          'checksum',
          `expected the CRC-32 ${hex(sum)} for the text, got ${hex(expected)}`,
        );
      }
      return messageOf(payload.subarray(0, textLength), Math.min(maxDepth, lowerMaxDepth));
    },
    decodeUnverified: (payload) => messageOf(payload.subarray(0, lengthOfText(payload)), maxDepth),
  };
}

/** pure_json with the default settings. */
export const pureJson: Codec = createPureJson();

function sealed(text: string): Buffer {
  const textLength = Buffer.byteLength(text);
  const payload = Buffer.allocUnsafe(textLength + CRC32_LENGTH);
  payload.write(text, 0, textLength, 'utf8');
  payload.writeUInt32BE(crc32(payload.subarray(0, textLength)), textLength);
  return payload;
}

function lengthOfText(payload: Buffer): number {
  if (payload.length <= CRC32_LENGTH) {
    throw new DecodeError(
      'short',
      `expected a text and ${CRC32_LENGTH} bytes of checksum, got ${payload.length} bytes`,
    );
  }
  return payload.length - CRC32_LENGTH;
}

function messageOf(bytes: Buffer, maxDepth: number): Message {
  const parsed = parseJson(textOf(bytes), maxDepth + ENVELOPE_DEPTH);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new DecodeError(
      'shape',
      `expected an object with data_id, service_id, status and data, got ${describe(parsed)}`,
    );
  }
  const {
    data_id: dataId,
    service_id: serviceId,
    status,
    data,
  } = parsed as Partial<Record<string, JsonValue>>;
  if (!isId(dataId)) throw wrongField('data_id', dataId);
  if (!isId(serviceId)) throw wrongField('service_id', serviceId);
  if (!isId(status)) throw wrongField('status', status);
  if (data === undefined) throw new DecodeError('shape', 'expected a field data, got none');
  return new Message({ status, serviceId, dataId, data });
}

function wrongField(field: string, value: unknown): DecodeError {
  const got = value === undefined ? 'none' : describe(value);
  return new DecodeError('shape', `expected ${field} to be an integer from 0 to ${MAX_ID}, got ${got}`);
}

function hex(sum: number): string {
  return sum.toString(16).padStart(8, '0');
}
