import { bufferOf } from '../base/bytes.js';
import { Message } from '../protocol/message.js';
import { xorOf } from './checksum.js';
import { type Codec, type CodecOptions, checkCodecOptions, DecodeError } from './codec.js';
import { assertId, MAX_ID_32, textOf } from './envelope.js';
import { parseJson, stringifyJson } from './json.js';

// The payload, field by field; every other number of this file is a sum of these.
const ID_LENGTH = 4;
const STATUS_AT = 0;
const SERVICE_ID_AT = STATUS_AT + ID_LENGTH;
const DATA_ID_AT = SERVICE_ID_AT + ID_LENGTH;
const DATA_AT = DATA_ID_AT + ID_LENGTH;
const XOR_LENGTH = 1;

/**
 * Makes a struct_json codec, for old peers: three unsigned 32-bit big-endian integers, then `data` as JSON, then the
 * XOR of all that (protocol.md section 2; reconstructed, see section 6).
 *
 * @param options `allowNan` and `maxDepth`
 * @throws OptionError for a wrong option, such as a `maxDepth` that is no integer from 1 to 1,000
 *
 * @example
 * ```ts
 * import { Message } from 'socket-protocol';
 * import { createStructJson } from 'socket-protocol/wire';
 *
 * const codec = createStructJson();
 * console.log(codec.encode(new Message({ serviceId: 20, dataId: 5 })).toString('hex')); // 0000…056e756c6c0a
 * ```
 */
export function createStructJson(options: CodecOptions = {}): Codec {
  const settings = checkCodecOptions(options, 'createStructJson({ allowNan: true })');
  const { maxDepth } = settings;

  return {
    name: 'struct_json',
    encode: (message) => {
      assertId(message.dataId, 'dataId', MAX_ID_32);
      assertId(message.serviceId, 'serviceId', MAX_ID_32);
      assertId(message.status, 'status', MAX_ID_32);
      const text = stringifyJson(message.data, settings);
      const textLength = Buffer.byteLength(text);
      const payload = Buffer.allocUnsafe(DATA_AT + textLength + XOR_LENGTH);
      payload.writeUInt32BE(message.status, STATUS_AT);
      payload.writeUInt32BE(message.serviceId, SERVICE_ID_AT);
      payload.writeUInt32BE(message.dataId, DATA_ID_AT);
      payload.write(text, DATA_AT, textLength, 'utf8');
      payload[DATA_AT + textLength] = xorOf(payload.subarray(0, DATA_AT + textLength));
      return payload;
    },
    decode: (bytes, lowerMaxDepth = maxDepth) => {
      const payload = bufferOf(bytes);
      const end = endOfData(payload);
      const sum = xorOf(payload.subarray(0, end));
      const expected = payload[end] as number;
      if (sum !== expected)
        throw new DecodeError('checksum', `expected the XOR ${sum} for the bytes, got ${expected}`);
      return messageOf(payload, end, Math.min(maxDepth, lowerMaxDepth));
    },
    decodeUnverified: (bytes) => {
      const payload = bufferOf(bytes);
      return messageOf(payload, endOfData(payload), maxDepth);
    },
  };
}

/** struct_json with the default settings. */
export const structJson: Codec = createStructJson();

function endOfData(payload: Buffer): number {
  if (payload.length <= DATA_AT + XOR_LENGTH) {
    const least = DATA_AT + XOR_LENGTH + 1;
    throw new DecodeError('short', `expected at least ${least} bytes, got ${payload.length}`);
  }
  return payload.length - XOR_LENGTH;
}

function messageOf(payload: Buffer, end: number, maxDepth: number): Message {
  return new Message({
    status: payload.readUInt32BE(STATUS_AT),
    serviceId: payload.readUInt32BE(SERVICE_ID_AT),
    dataId: payload.readUInt32BE(DATA_ID_AT),
    data: parseJson(textOf(payload.subarray(DATA_AT, end)), maxDepth),
  });
}
