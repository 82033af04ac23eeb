/** Frames that no honest peer would send at that moment, put into a stream between two others. */

import { Message } from '../../../src/index.js';
import { type Codec, encodeStp } from '../../../src/wire/index.js';
import type { Random } from '../random.js';
import { WHITELISTED } from './side.js';

const FRAME_OF_A_STRANGER_BYTES = 4 * 1024;

/** What somebody on the way has seen and can send again. */
export interface Overheard {
  readonly keys: readonly Buffer[];
  readonly seeds: readonly Buffer[];
}

/** Kinds of frames, by name. */
export type Forgery = (codec: Codec, random: Random, overheard: Overheard, tag: number) => Buffer;

const text = (length: number, random: Random): string => random.bytes(length).toString('hex');
const message = (codec: Codec, serviceId: number, dataId: number, data: unknown, status = 0): Buffer =>
  encodeStp(codec.encode(new Message({ serviceId, dataId, data, status })));

/** Every kind of input of the authentication table, and more. */
export const FORGERIES: readonly Forgery[] = [
  (codec) => message(codec, 0, 0, null),
  (codec, random) => message(codec, 0, 1, text(64, random)),
  (codec, random, { keys }) => (keys.length > 0 ? random.of(keys) : message(codec, 0, 1, 'short')),
  (codec, random, { keys }) => (keys.length > 0 ? random.of(keys) : message(codec, 0, 1, [1])),
  (codec, random) => message(codec, 1, 0, text(random.of([4, 32, 600]), random)),
  (codec, random, { seeds }) => (seeds.length > 0 ? random.of(seeds) : message(codec, 1, 0, null)),
  (codec) => message(codec, 1, 1, true),
  (codec) => message(codec, 1, 1, false),
  (codec, random) =>
    message(codec, random.of([8, 9]), 0, random.of([null, 'evil\nname\u001b[31m', 'x'.repeat(300)])),
  (codec, _random, _overheard, tag) => message(codec, WHITELISTED.serviceId, WHITELISTED.dataId, { t: tag }),
  (codec, random, _overheard, tag) =>
    message(codec, random.of([10, 20, 30, 100]), random.below(3), { t: tag }),
  (codec) => message(codec, 10, 5, deep(20)),
  (codec, random) => message(codec, random.of([11, 21, 31]), 900 + random.below(3), null, random.of([0, 3])),
  (codec) => {
    const bad = Buffer.from(message(codec, 10, 0, null));
    const at = bad.length - 4;
    bad[at] = (bad[at] as number) ^ 1; // stays what framing made it: only the checksum differs
    return bad;
  },
  (_codec, random) => encodeStp(random.bytes(random.between(0, 40))),
  (_codec, random) => random.bytes(random.between(1, 60)),
  (codec) => message(codec, 10, 0, 'x'.repeat(FRAME_OF_A_STRANGER_BYTES + 500)),
];

function deep(levels: number): unknown {
  let value: unknown = null;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}
