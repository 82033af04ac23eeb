/**
 * Messages as bytes on a bus: the text of pure_json (protocol.md section 2) without its checksum, which any program that knows
 * JSON can write.
 */

import { bufferOf } from '../../base/bytes.js';
import { BusError } from '../../protocol/errors.js';
import { Message } from '../../protocol/message.js';
import { type CodecSettings, DEFAULT_MAX_DEPTH, DecodeError } from '../../wire/codec.js';
import { type KnownIds, messageOfText, textOfMessage } from '../../wire/pure-json.js';

const STRICT: CodecSettings = { allowNan: false, maxDepth: DEFAULT_MAX_DEPTH };
const LENIENT: CodecSettings = { allowNan: true, maxDepth: DEFAULT_MAX_DEPTH };

/** Settings of {@link encodePayload}. */
export interface EncodePayloadOptions {
  /** Write `NaN` and the infinities as Python's tokens, for what a device has sent so; else they are refused. */
  readonly allowNan?: boolean;
}

/**
 * Writes a message.
 *
 * @throws TypeError for data that JSON cannot carry, RangeError for an id or status out of range
 */
export function encodePayload(
  message: Message<unknown>,
  { allowNan = false }: EncodePayloadOptions = {},
): Uint8Array {
  return Buffer.from(textOfMessage(message, allowNan ? LENIENT : STRICT));
}

/**
 * Reads a message.
 *
 * @param data its bytes; none stand for a message without data and with the status okay
 * @param ids those that it must have where it has any: of the subject, or of the answer to it
 * @throws BusError, with `bus-bad-message`, for anything else
 */
export function decodePayload(data: Uint8Array, ids: KnownIds): Message {
  const { serviceId, dataId } = ids;
  if (data.length === 0) return new Message({ serviceId, dataId, status: 0 });
  const message = readText(data, ids);
  if (message.serviceId !== serviceId || message.dataId !== dataId) {
    const got = `${message.serviceId} and ${message.dataId}`;
    throw badMessage(`expected service_id ${serviceId} and data_id ${dataId}, or neither, got ${got}`);
  }
  return message;
}

function readText(data: Uint8Array, ids: KnownIds): Message {
  try {
    return messageOfText(bufferOf(data), DEFAULT_MAX_DEPTH, ids);
  } catch (error) {
    // it never shows what it read
    if (error instanceof DecodeError) throw badMessage(`not a message: ${error.message}`);
    throw error;
  }
}

function badMessage(detail: string): BusError {
  return new BusError('bus-bad-message', { detail });
}
