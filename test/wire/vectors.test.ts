import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Message } from '../../src/index.js';
import { createPureJson, createStructJson, encodeStp, pureJson, structJson } from '../../src/wire/index.js';
import { decodeAll } from '../support/stp.js';

const vectors = (name: string) =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8'));

interface CapturedFrame {
  message: { data_id: number; service_id: number; status: number; data: unknown };
  payload_hex: string;
  stp_hex: string;
}

describe('frames captured from the original', () => {
  const { frames } = vectors('seed-log.json') as { frames: CapturedFrame[] };

  test.each(frames)('are encoded and decoded to the byte: $message', ({ message, payload_hex, stp_hex }) => {
    const { data_id: dataId, service_id: serviceId, status, data } = message;
    const ours = new Message({ dataId, serviceId, status, data });

    expect(pureJson.encode(ours).toString('hex')).toBe(payload_hex);
    expect(encodeStp(pureJson.encode(ours)).toString('hex')).toBe(stp_hex);
    expect(pureJson.decode(Buffer.from(payload_hex, 'hex'))).toEqual(ours);
    expect(decodeAll(Buffer.from(stp_hex, 'hex')).frames.map((frame) => frame.toString('hex'))).toEqual([
      payload_hex,
    ]);
  });
});

interface PythonCase {
  data_json: string;
  pure_json_payload_hex: string;
  struct_json_payload_hex: string;
}

/** What Python's text means here: the tokens that `JSON.parse` would refuse or round, written out. */
const EXACT: Readonly<Record<string, unknown>> = {
  '9007199254740993': 9007199254740993n,
  '1700000000123456789': 1700000000123456789n,
  '-9223372036854775808': -9223372036854775808n,
  '{"v": NaN}': { v: Number.NaN },
  '{"v": Infinity}': { v: Number.POSITIVE_INFINITY },
  '{"v": -Infinity}': { v: Number.NEGATIVE_INFINITY },
};

describe('payloads written by Python', () => {
  const { cases } = vectors('python-json.json') as { cases: PythonCase[] };

  test.each(cases)('arrive without loss, in both codecs: $data_json', (vector) => {
    const expected = vector.data_json in EXACT ? EXACT[vector.data_json] : JSON.parse(vector.data_json);
    const codecs = [
      [createPureJson({ allowNan: true }), vector.pure_json_payload_hex],
      [createStructJson({ allowNan: true }), vector.struct_json_payload_hex],
    ] as const;
    for (const [codec, hex] of codecs) {
      const message = codec.decode(Buffer.from(hex, 'hex'));
      expect(message).toEqual(new Message({ serviceId: 20, dataId: 5, status: 0, data: expected }));
      expect(codec.decode(codec.encode(message))).toEqual(message);
    }
  });

  test('are written to the same bytes where Python puts no space and escapes nothing', () => {
    for (const { data_json, pure_json_payload_hex, struct_json_payload_hex } of cases) {
      if (!/^(null|true|-?\d+|"")$/.test(data_json)) continue;
      const message = pureJson.decode(Buffer.from(pure_json_payload_hex, 'hex'));
      expect(pureJson.encode(message).toString('hex')).toBe(pure_json_payload_hex);
      expect(structJson.encode(message).toString('hex')).toBe(struct_json_payload_hex);
    }
  });
});
