/** Makes what is sent: right by our own encoders, or wrong in one way. */

import {
  DID_AUTH_KEY,
  DID_CHANNEL_NAME,
  SID_AUTH_REQUEST,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  STATUS_OKAY,
} from '../../protocol/ids.js';
import { type JsonValue, Message } from '../../protocol/message.js';
import { Authenticator, deriveKey } from '../../session/handshake/authenticator.js';
import { CRC32_LENGTH, crc32, xorOf } from '../../wire/checksum.js';
import { stringifyJson } from '../../wire/json.js';
import { encodeStp } from '../../wire/stp.js';
import type { Ping } from './record.js';
import type { Say, Subject } from './rule.js';

/** Data ids that nobody is likely to have. */
export const UNLIKELY_DATA_IDS = [0x7a69_0001, 0x7a69_0102, 0xfffe_fffd] as const;
export const [UNLIKELY_DATA_ID] = UNLIKELY_DATA_IDS;
/** A service that nobody is likely to have. */
export const UNLIKELY_SERVICE_ID = 0x7a69_0010;

/** What every server answers: the request for its channel name, without one. */
export const PING_OF_SERVERS: Ping = {
  request: SID_CHANNEL_NAME_REQUEST,
  response: SID_CHANNEL_NAME_RESPONSE,
  dataId: DID_CHANNEL_NAME,
};
/** What every client answers: READ, with a status if with nothing else. No rule asks for this data id otherwise. */
export const PING_OF_CLIENTS: Ping = {
  request: SID_READ_REQUEST,
  response: SID_READ_RESPONSE,
  dataId: 0x7a69_0203,
};

/**
 * What rules say to a peer.
 *
 * @param secret the shared secret; null: none
 */
export function sayTo(subject: Subject, secret: Buffer | null): Say {
  const { codec, ping } = subject;
  const seeds = new Map<string, string>();
  const payload = (serviceId: number, dataId: number, data: JsonValue = null): Buffer =>
    codec.encode(new Message({ serviceId, dataId, data }));
  const request = (serviceId: number, dataId: number, data?: JsonValue): Buffer =>
    encodeStp(payload(serviceId, dataId, data));
  return {
    subject,
    payload,
    request,
    answer: (serviceId, dataId, data, status = STATUS_OKAY) =>
      encodeStp(codec.encode(new Message({ serviceId, dataId, data, status }))),
    ping: request(ping.request, ping.dataId),
    payloadOf: (serviceId, dataId, dataText) =>
      codec.name === 'struct_json'
        ? structPayload(payload(serviceId, dataId), dataText)
        : textPayload(`{"data_id": ${dataId}, "service_id": ${serviceId}, "status": 0, "data": ${dataText}}`),
    textPayload,
    key: (seed) =>
      seed === null || secret === null
        ? null
        : request(SID_AUTH_REQUEST, DID_AUTH_KEY, deriveKey(seed, secret)),
    keyFor: (seed) => (secret === null ? null : deriveKey(seed, secret)),
    seed: (name) => {
      const seed = seeds.get(name) ?? freshSeed();
      seeds.set(name, seed);
      return seed;
    },
  };
}

/** A seed as our servers make it. */
export function freshSeed(): string {
  return new Authenticator({ secret: NO_SECRET }).makeSeed();
}

const NO_SECRET = Buffer.alloc(0);

function textPayload(text: string): Buffer {
  const bytes = Buffer.from(text);
  const sum = Buffer.alloc(CRC32_LENGTH);
  sum.writeUInt32BE(crc32(bytes));
  return Buffer.concat([bytes, sum]);
}

/** The text of null, and the checksum after it. */
const NULL_LENGTH = stringifyJson(null).length + 1;

function structPayload(ofNull: Buffer, dataText: string): Buffer {
  const body = Buffer.concat([ofNull.subarray(0, -NULL_LENGTH), Buffer.from(dataText)]);
  return Buffer.concat([body, Buffer.from([xorOf(body)])]);
}

/** A payload with one bit flipped, at an index from its end. */
export function damaged(payload: Uint8Array, fromEnd: number): Buffer {
  const copy = Buffer.from(payload);
  const at = copy.length - fromEnd;
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}
