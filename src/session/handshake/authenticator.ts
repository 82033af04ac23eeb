/**
 * The arithmetic of the authentication (protocol.md section 4). The secret and the seeds live here and nowhere
 * else: machines, logs and errors see only results.
 */

import { wrongResult } from '../../base/returned.js';

const SEED_BYTES = 32;
const KEY_BYTES = 64;
/** A Python peer's seed has 64 characters. Others may differ, but an empty or huge seed only helps an attacker. */
const MIN_SEED_LENGTH = 16;
const MAX_SEED_LENGTH = 1024;

/** How many seeds are remembered; an honest server never repeats one. */
const MAX_ANSWERED_SEEDS = 256;

let loaded: typeof import('node:crypto') | null = null;

/** Loaded with the first secret: with the library it would be a tenth of its import. */
function crypto(): typeof import('node:crypto') {
  loaded ??= process.getBuiltinModule('node:crypto');
  return loaded;
}

/** So much is drawn at once: the call costs ten times as much as 32 bytes do. */
const POOL_BYTES = 4 * 1024;
let pool = Buffer.alloc(0);
let poolUsed = 0;

/**
 * Random bytes from a supply. They are as good as fresh ones: from the same generator, given out once, and never the same memory
 * twice. The one difference: unused bytes lie in memory, but anyone who can read them there can read the secret too.
 * Node's `randomUUID` does the same.
 */
function pooledRandomBytes(length: number): Buffer {
  if (poolUsed + length > pool.length) {
    pool = crypto().randomBytes(POOL_BYTES);
    poolUsed = 0;
  }
  poolUsed += length;
  return pool.subarray(poolUsed - length, poolUsed);
}

/** A key for a seed: text that the peer computes the same way. */
export type DeriveKey = (seed: string, secret: Buffer) => string;

/**
 * The key of the original: SHA-512 over the seed's UTF-8 bytes and the secret, as lower-case hex (reconstructed, see
 * protocol.md section 6).
 *
 * @param seed the server's seed
 * @param secret the shared secret
 *
 * @example
 * ```ts
 * import { deriveKey } from 'socket-protocol';
 *
 * console.log(deriveKey('00'.repeat(32), Buffer.from('correct horse battery staple')).length); // 128
 * ```
 */
export function deriveKey(seed: string, secret: Buffer): string {
  return crypto().createHash('sha512').update(seed, 'utf8').update(secret).digest('hex');
}

/** What an authenticator needs. */
export interface AuthenticatorOptions {
  readonly secret: Buffer;
  readonly deriveKey?: DeriveKey | undefined;
  readonly randomBytes?: ((length: number) => Buffer) | undefined;
}

/** Makes seeds and keys, and compares them. One per session. */
export class Authenticator {
  readonly #secret: Buffer;
  readonly #deriveKey: DeriveKey;
  readonly #randomBytes: (length: number) => Buffer;
  /** Server: the seed that was sent and serves one key. Client: the seed that came and was not answered yet. */
  #seed: string | null = null;
  /** Client: the seeds that were answered, oldest first; none is answered again. */
  #answeredSeeds: Set<string> | null = null;

  constructor(options: AuthenticatorOptions) {
    this.#secret = options.secret;
    this.#deriveKey = options.deriveKey ?? deriveKey;
    this.#randomBytes = options.randomBytes ?? pooledRandomBytes;
  }

  /** Server: a fresh seed; the one before it is forgotten. */
  makeSeed(): string {
    this.#seed = this.#randomBytes(SEED_BYTES).toString('hex');
    return this.#seed;
  }

  /** Server: whether a key fits the seed that was sent. The seed is used up either way. */
  accepts(key: unknown): boolean {
    const seed = this.#seed;
    this.#seed = null;
    // without a seed, compare with a random key, to take the same time
    const expected = Buffer.from(
      seed === null ? this.#randomBytes(KEY_BYTES).toString('hex') : this.#keyFor(seed),
    );
    const got = typeof key === 'string' ? Buffer.from(key.slice(0, 2 * expected.length)) : Buffer.alloc(0);
    const comparable = got.length === expected.length ? got : Buffer.alloc(expected.length);
    const isEqual = crypto().timingSafeEqual(comparable, expected);
    return isEqual && got.length === expected.length && seed !== null;
  }

  /** Client: takes a seed from the server; false if it must not be answered. */
  takeSeed(seed: unknown): boolean {
    this.#seed = null;
    if (typeof seed !== 'string' || seed.length < MIN_SEED_LENGTH || seed.length > MAX_SEED_LENGTH)
      return false;
    if (this.#answeredSeeds?.has(seed) === true) return false;
    this.#seed = seed;
    return true;
  }

  /** Client: the key for the seed that came; the seed is used up. */
  makeKey(): string {
    const seed = this.#seed;
    if (seed === null) throw new Error('expected a seed to make a key from, got none');
    this.#seed = null;
    this.#answeredSeeds ??= new Set();
    this.#answeredSeeds.add(seed);
    if (this.#answeredSeeds.size > MAX_ANSWERED_SEEDS) {
      const [oldest] = this.#answeredSeeds;
      if (oldest !== undefined) this.#answeredSeeds.delete(oldest);
    }
    return this.#keyFor(seed);
  }

  #keyFor(seed: string): string {
    const key: unknown = this.#deriveKey(seed, this.#secret);
    if (typeof key === 'string') return key;
    throw wrongResult('deriveKey', 'a text', key);
  }

  /** Forgets the seed. */
  forgetSeed(): void {
    this.#seed = null;
  }
}
