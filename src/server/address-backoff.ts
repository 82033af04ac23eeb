/**
 * Slows down guessing: an address that sent several wrong keys in a row is turned away for a while, longer after each
 * further one. A connection allows three guesses; this bounds the guesses over many connections.
 */

import type { Clock } from '../base/clock.js';

/** Wrong keys in a row that cost nothing: a person mistypes, a device has an old secret. */
const FREE_FAILURES = 3;
/** How many addresses are remembered; the one that failed longest ago is forgotten first. */
const MAX_ADDRESSES = 4_096;
/** An address that has been quiet for this long starts over. */
const FORGET_AFTER_MS = 10 * 60_000;

/** How long an address is turned away, in milliseconds. */
export interface BackoffDelays {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

interface Entry {
  failures: number;
  lastFailureMs: number;
  blockedUntilMs: number;
}

/** Remembers who failed to authenticate. */
export class AddressBackoff {
  readonly #clock: Clock;
  readonly #delays: BackoffDelays;
  /** In the order of the last failure. */
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, delays: BackoffDelays) {
    this.#clock = clock;
    this.#delays = delays;
  }

  /** Whether an address has to wait. */
  isBlocked(address: string | undefined): boolean {
    const entry = this.#entries.get(networkOf(address));
    return entry !== undefined && this.#clock.now() < entry.blockedUntilMs;
  }

  /** A peer at this address sent a wrong key. */
  failed(address: string | undefined): void {
    const now = this.#clock.now();
    const key = networkOf(address);
    const before = this.#entries.get(key);
    const isRecent = before !== undefined && now - before.lastFailureMs < FORGET_AFTER_MS;
    const failures = (isRecent ? before.failures : 0) + 1;
    const { minDelayMs, maxDelayMs } = this.#delays;
    const delayMs =
      failures < FREE_FAILURES
        ? 0
        : Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(failures - FREE_FAILURES, 40));
    this.#entries.delete(key);
    this.#entries.set(key, { failures, lastFailureMs: now, blockedUntilMs: now + delayMs });
    if (this.#entries.size > MAX_ADDRESSES) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
  }

  /** A peer at this address has proven that it holds the secret. */
  succeeded(address: string | undefined): void {
    this.#entries.delete(networkOf(address));
  }
}

const IPV6_GROUPS = 8;
/** The owner of one IPv6 address has 2^64 of them: only networks can be told apart. */
const IPV6_NETWORK_GROUPS = 4;

/** An IPv4 address as it is; of an IPv6 address, the part that its owner cannot choose. */
function networkOf(address: string | undefined): string {
  const text = address ?? 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1];
  if (mapped !== undefined || !text.includes(':')) return mapped ?? text;
  const [head = '', tail] = text.replace(/%.*$/, '').split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, IPV6_GROUPS - first.length - last.length) }, () => '0');
  return [...first, ...zeros, ...last].slice(0, IPV6_NETWORK_GROUPS).join(':');
}
