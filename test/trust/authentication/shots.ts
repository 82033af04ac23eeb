/** What an attacker sends: messages of every kind, right and wrong, its own and others'. */

import { createHash } from 'node:crypto';
import { deriveKey, Message } from '../../../src/index.js';
import { encodeStp, pureJson } from '../../../src/wire/index.js';
import type { Random } from '../random.js';
import type { Knowledge } from './knowledge.js';

/** One thing that is put on the stream. */
export interface Shot {
  readonly bytes: Buffer;
  /** What a receiver must read in it; null: nothing. */
  readonly message: Message<unknown> | null;
}

/** The kinds of shots; a sequence uses some of them, some more often than others. */
export const SHOT_KINDS = [
  'seed request',
  'key',
  'seed response',
  'key response',
  'reflection',
  'replay',
  'name',
  'request',
  'response',
  'spoiled',
  'torn',
  'endless',
] as const;
export type ShotKind = (typeof SHOT_KINDS)[number];

const MAX_READ_DEPTH = 8;
const HUGE_KEY_LENGTH = 600_000;
const HUGE = shotOf(new Message({ serviceId: 0, dataId: 1, data: 'a'.repeat(HUGE_KEY_LENGTH) }));
const TOO_DEEP = 40;
const HEX_KEY_BYTES = 64;

/** Makes shots from chance and from what was heard. */
export class Shooter {
  readonly #random: Random;
  readonly #knowledge: Knowledge;

  constructor(random: Random, knowledge: Knowledge) {
    this.#random = random;
    this.#knowledge = knowledge;
  }

  shot(kind: ShotKind): Shot {
    const random = this.#random;
    switch (kind) {
      case 'seed request':
        return shotOf(message(0, 0, random.chance(0.9) ? null : this.#text()));
      case 'key':
        return shotOf(message(0, 1, this.#key()));
      case 'seed response':
        return shotOf(message(1, 0, this.#seed(), random.chance(0.9) ? 0 : random.below(7)));
      case 'key response':
        return shotOf(message(1, 1, this.#verdict(), random.chance(0.9) ? 0 : random.below(7)));
      case 'reflection':
        return shotOf(this.#reflection());
      case 'replay':
        return shotOf(this.#heard());
      case 'name':
        return shotOf(message(random.of([8, 9]), 0, random.of([null, 'mallory', '', 7])));
      case 'request':
        return shotOf(message(random.of([10, 20, 30, 50, 0, 2]), random.between(2, 9), this.#text()));
      case 'response':
        return shotOf(message(random.of([11, 21, 31, 51, 1]), random.between(2, 9), 1, random.of([0, 3, 4])));
      case 'spoiled':
        return { bytes: this.#spoiled(), message: null };
      case 'torn': {
        const { bytes } = shotOf(this.#heard());
        return { bytes: bytes.subarray(0, random.below(bytes.length - 1)), message: null };
      }
      case 'endless':
        return { bytes: HUGE.bytes, message: null };
    }
  }

  #key(): unknown {
    const random = this.#random;
    const { keys, seeds } = this.#knowledge;
    const key = this.#knowledge.one(random, keys, 'f'.repeat(2 * HEX_KEY_BYTES));
    const seed = this.#knowledge.one(random, seeds, '');
    switch (random.below(20)) {
      case 0:
        return key.toUpperCase();
      case 1:
        return key.slice(0, random.below(key.length));
      case 2:
        return `${key}${random.of(['0', ' ', '\0', key])}`;
      case 3:
        return random.of([' ', '\0', '\ufeff', '٠'.repeat(128)]) + key;
      case 4:
        return random.bytes(HEX_KEY_BYTES).toString('hex');
      case 5:
        return deriveKey(seed, Buffer.from(random.of(['', 'secret', 'null', seed])));
      case 6:
        return createHash('sha512')
          .update(seed)
          .digest(random.of(['hex', 'base64'] as const));
      case 7:
        return random.of([seed, seed + seed]);
      case 8:
        return random.of<unknown>([[key], [[key]], { key }, { length: 128 }, { toString: key }]);
      case 9:
        return random.of<unknown>([null, true, false, 0, -1, 1e300, '', [], {}]);
      case 10:
        return nested(TOO_DEEP);
      case 11:
        return random.of(['é'.repeat(128), '\ud800'.repeat(128), 'a'.repeat(3_000), '０'.repeat(128)]);
      default:
        return key;
    }
  }

  #seed(): unknown {
    const random = this.#random;
    if (random.chance(0.5)) return this.#knowledge.one(random, this.#knowledge.seeds, '0'.repeat(64));
    const fresh = random.bytes(32).toString('hex');
    return random.of<unknown>([
      fresh,
      fresh,
      fresh,
      fresh.slice(0, 16),
      fresh.slice(0, 15),
      '',
      fresh.repeat(16),
      `${fresh.repeat(16)}0`,
      'a constant seed of an attacker',
      null,
      7,
      [fresh],
      { seed: fresh },
      nested(TOO_DEEP),
    ]);
  }

  #verdict(): unknown {
    return this.#random.chance(0.6) ? true : this.#random.of<unknown>([false, null, 1, 'true', [true], {}]);
  }

  #text(): unknown {
    return this.#random.of<unknown>([null, 'text', 1, true, [1, 2], { a: 1 }]);
  }

  #heard(): Message<unknown> {
    return this.#knowledge.one(this.#random, this.#knowledge.messages, message(0, 0));
  }

  /** What was heard, sent back: as it was, or as if it were the other half of its service, or the other data. */
  #reflection(): Message<unknown> {
    const { serviceId, dataId, status, data } = this.#heard();
    const other = serviceId % 2 === 0 ? serviceId + 1 : serviceId - 1;
    const isAuthentication = serviceId < 2 && dataId < 2;
    return message(
      this.#random.chance(0.6) ? other : serviceId,
      isAuthentication && this.#random.chance(0.2) ? 1 - dataId : dataId,
      data,
      status,
    );
  }

  /** A message one bit of which is not what it was: its checksum says so. */
  #spoiled(): Buffer {
    const payload = pureJson.encode(this.#heard());
    const at = this.#random.below(payload.length);
    payload[at] = (payload[at] ?? 0) ^ (1 << this.#random.below(8));
    return encodeStp(payload);
  }
}

/** A message as it goes over the wire. */
export function shotOf(sent: Message<unknown>): Shot {
  return { bytes: encodeStp(pureJson.encode(sent)), message: isDeep(sent.data) ? null : sent };
}

/** Deeper than a victim reads before it trusts; all that is deep here is an array in an array. */
function isDeep(data: unknown): boolean {
  let inner = data;
  for (let depth = 0; depth < MAX_READ_DEPTH; depth++) {
    if (!Array.isArray(inner)) return false;
    inner = inner[0];
  }
  return true;
}

function message(serviceId: number, dataId: number, data: unknown = null, status = 0): Message<unknown> {
  return new Message({ serviceId, dataId, data, status });
}

function nested(depth: number): unknown {
  let data: unknown = null;
  for (let i = 0; i < depth; i++) data = [data];
  return data;
}
