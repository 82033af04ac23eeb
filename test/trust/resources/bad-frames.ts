/** Frames that are no messages, of each kind that a decoder tells apart, and noise between them. */

import { SID_READ_REQUEST } from '../../../src/index.js';
import { encodeStp } from '../../../src/wire/index.js';
import { payloadOf, sealed } from '../../support/bytes.js';
import type { Random } from '../random.js';
import { ANSWERED } from './server-questions.js';

type Maker = (random: Random) => Buffer;

const request = payloadOf(SID_READ_REQUEST, ANSWERED);

function corrupted(random: Random): Buffer {
  const bytes = Buffer.from(request);
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return encodeStp(bytes);
}

/** None is longer than what a stranger may send: that alone would end the connection. */
const MAKERS: readonly Maker[] = [
  corrupted,
  (random) => encodeStp(random.bytes(random.below(4))),
  (random) => encodeStp(random.bytes(random.between(5, 600))),
  () => sealed('{"data_id": 0, "service_id": 10, "status": '),
  () => sealed('[1, 2, 3]'),
  () => sealed('{"data_id": true, "service_id": "10", "status": -1, "data": null}'),
  (random) =>
    sealed(
      `{"data_id": 0, "service_id": 10, "status": 0, "data": ${'['.repeat(random.between(9, 900))}${']'.repeat(9)}}`,
    ),
  () => sealed(`{"data_id": 0, "service_id": 10, "status": 0, "data": ${'9'.repeat(4_000)}.`),
  () => Buffer.from(':<a frame that another one cuts off:<and one that breaks:!'),
  (random) => random.bytes(random.below(60)),
];

/** So many bytes of nonsense. */
export function badFrames(random: Random, byteLength: number): Buffer {
  const frames: Buffer[] = [];
  for (let length = 0; length < byteLength; ) {
    const frame = random.of(MAKERS)(random);
    frames.push(frame);
    length += frame.length;
  }
  return Buffer.concat(frames);
}
