/** Bytes of another realm, and those that are no `Buffer`: a transport or a codec of a user's may bring them. */

import vm from 'node:vm';
import { describe, expect, test } from 'vitest';
import { Message } from '../../src/index.js';
import { crc32, encodeStp, pureJson, StpDecoder, structJson, xorOf } from '../../src/wire/index.js';

const FOREIGN: readonly (readonly [what: string, copy: (bytes: Uint8Array) => Buffer])[] = [
  ['a Uint8Array', (bytes) => Uint8Array.from(bytes) as Buffer],
  [
    'a Uint8Array of another realm',
    (bytes) => vm.runInNewContext('Uint8Array.from(numbers)', { numbers: [...bytes] }) as Buffer,
  ],
  ['a part of a Uint8Array', (bytes) => Uint8Array.from([0, 0, ...bytes, 0]).subarray(2, -1) as Buffer],
];

describe.each(FOREIGN)('FC-22: %s', (_, copy) => {
  test.each([pureJson, structJson])('is decoded by $name', (codec) => {
    const message = new Message<unknown>({ serviceId: 20, dataId: 7, data: { text: 'ä:€' } });
    const payload = copy(codec.encode(message));
    expect(codec.decode(payload)).toEqual(message);
    expect(codec.decodeUnverified?.(payload)).toEqual(message);
  });

  test('is framed, found in a stream and summed as a Buffer is', () => {
    const bytes = Buffer.from('a:b');
    expect(encodeStp(copy(bytes)).toString()).toBe(':<a:=b:>');
    expect([crc32(copy(bytes)), xorOf(copy(bytes))]).toEqual([crc32(bytes), xorOf(bytes)]);
    const frames: string[] = [];
    const decoder = new StpDecoder({ frame: (payload) => frames.push(payload.toString()) });
    const stream = copy(Buffer.from(':<a:=b:>:<whole:>'));
    for (const chunk of [stream.subarray(0, 3), stream.subarray(3)]) decoder.push(chunk);
    expect(frames).toEqual(['a:b', 'whole']);
  });
});
