import { crc32 } from 'node:zlib';
import { type Codec, structJson } from '../../../src/wire/index.js';

/** What an onlooker sees of a payload. */
export interface Peeked {
  readonly serviceId: number;
  readonly dataId: number;
  readonly status: number;
  /** The number by which the world knows the request; null: it carries none. */
  readonly tag: number | null;
  /** Whether it is a message: the checksum fits. */
  readonly isGood: boolean;
}

const ENVELOPE = /^\{"data_id": (\d+), "service_id": (\d+), "status": (\d+), "data": (?:\{"t":(-?\d+))?/;
const STRUCT_DATA_AT = 12;
const CHECKSUM_LENGTH = 4;
const HEAD_LENGTH = 96;

/** Reads the ids of a payload without the code under test; null where there are none to be seen. */
export function peek(payload: Buffer, codec: Codec): Peeked | null {
  return codec === structJson ? peekStruct(payload) : peekPure(payload);
}

function peekPure(payload: Buffer): Peeked | null {
  const match = ENVELOPE.exec(payload.toString('latin1', 0, HEAD_LENGTH));
  if (match === null) return null;
  const textLength = payload.length - CHECKSUM_LENGTH;
  return {
    dataId: Number(match[1]),
    serviceId: Number(match[2]),
    status: Number(match[3]),
    tag: match[4] === undefined ? null : Number(match[4]),
    isGood: crc32(payload.subarray(0, textLength)) === payload.readUInt32BE(textLength),
  };
}

function peekStruct(payload: Buffer): Peeked | null {
  if (payload.length <= STRUCT_DATA_AT + 1) return null;
  const tag = /^\{"t":(-?\d+)/.exec(payload.toString('latin1', STRUCT_DATA_AT, STRUCT_DATA_AT + 20))?.[1];
  let sum = 0;
  for (const byte of payload) sum ^= byte;
  return {
    status: payload.readUInt32BE(0),
    serviceId: payload.readUInt32BE(4),
    dataId: payload.readUInt32BE(8),
    tag: tag === undefined ? null : Number(tag),
    isGood: sum === 0,
  };
}
