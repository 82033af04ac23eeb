/** Frames and messages in plain code, which shares nothing with the library. */

import { crc32 } from 'node:zlib';

export interface Fields {
  readonly status: number;
  readonly service_id: number;
  readonly data_id: number;
  readonly data: unknown;
}

/** Finds frames in a stream of bytes. */
export class FrameReader {
  /** Null: outside of a frame. */
  #collected: number[] | null = null;
  #afterColon = false;

  get isInFrame(): boolean {
    return this.#collected !== null;
  }

  /** The payload that a byte completes. */
  take(byte: number): Buffer | null {
    const isAfterColon = this.#afterColon;
    this.#afterColon = false;
    if (!isAfterColon && byte === 0x3a) {
      this.#afterColon = true;
    } else if (!isAfterColon) {
      this.#collected?.push(byte);
    } else if (byte === 0x3c) {
      this.#collected = [];
    } else if (this.#collected !== null && byte === 0x3d) {
      this.#collected.push(0x3a);
    } else {
      const collected = this.#collected;
      this.#collected = null;
      if (byte === 0x3e && collected !== null) return Buffer.from(collected);
      this.#afterColon = byte === 0x3a;
    }
    return null;
  }
}

/** Whether the checksum of a payload is right. */
export function isSound(payload: Buffer): boolean {
  return payload.length > 4 && crc32(textOf(payload)) === payload.readUInt32BE(payload.length - 4);
}

/** The JSON of a payload. */
export function textOf(payload: Buffer): Buffer {
  return payload.subarray(0, -4);
}

/** NaN and the infinities as JSON has them. */
export function withoutNan(json: string): string {
  return json.replace(/-?\b(?:NaN|Infinity)\b/g, 'null');
}

/** @throws where a text is no message */
export function fieldsIn(json: string): Fields {
  const { status = 0, service_id, data_id, data = null } = JSON.parse(json) as Partial<Fields>;
  const isId = (id: unknown): id is number => Number.isInteger(id) && (id as number) >= 0;
  if (!isId(service_id) || !isId(data_id) || !isId(status)) throw new Error('no message');
  return { status, service_id, data_id, data };
}

/** A message as a payload. */
export function payloadOf({ data_id, service_id, status, data }: Fields): Buffer {
  const text = Buffer.from(
    `{"data_id": ${data_id}, "service_id": ${service_id}, "status": ${status}, "data": ${JSON.stringify(data)}}`,
  );
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(text));
  return Buffer.concat([text, sum]);
}

/** A payload whose checksum is wrong. */
export function damaged(payload: Buffer): Buffer {
  const copy = Buffer.from(payload);
  copy.writeUInt8(copy.readUInt8(copy.length - 4) ^ 1, copy.length - 4);
  return copy;
}

export function framed(payload: Buffer): Buffer {
  return Buffer.from(`:<${payload.toString('latin1').replaceAll(':', ':=')}:>`, 'latin1');
}

/** A frame in which the colons of times are not escaped. */
export function withPlainTimes(frame: Buffer): Buffer {
  return Buffer.from(frame.toString('latin1').replace(/(\d\d):=(\d\d)/g, '$1:$2'), 'latin1');
}
