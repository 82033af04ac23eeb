/**
 * What an onlooker knows of one end of one connection, from its bytes alone: who must be trusted, which answers are due
 * in which order, which requests came. It shares no code with the session that it watches; where the two differ, an
 * invariant of docs/reliability.md is broken.
 */

import { createHash } from 'node:crypto';
import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  type Role,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
} from '../../../src/index.js';
import type { Codec } from '../../../src/wire/index.js';
import { type Peeked, peek } from './peek.js';

/** Requests and the services that answer them, as the world registers them. */
export const RESPONSE_OF: ReadonlyMap<number, number> = new Map([
  [10, 11],
  [20, 21],
  [30, 31],
  [100, 101],
  [110, 111],
]);
const RESPONSES: ReadonlySet<number> = new Set(RESPONSE_OF.values());
/** The one message that passes before trust, besides those of the protocol. */
export const WHITELISTED = { serviceId: 10, dataId: 77 } as const;
const SEED_LIFETIME_MS = 10_000;

/** What a side needs of its world. */
export interface SideHost {
  readonly codec: Codec;
  nowMs(): number;
  violate(invariant: string, text: string): void;
  readonly allSeeds: Set<string>;
  /** The keys that fit them: whoever meets one a second time meets a replay. */
  readonly allKeys: Set<string>;
}

/** One end of one connection, seen from outside. */
export class Side {
  readonly role: Role;
  readonly secret: string | null;
  /** Whether the peer has proven what it must on this connection; nothing to prove without a secret. */
  isTrusted: boolean;
  /** The message that is just being handled; null: bytes that are none. */
  current: Peeked | null = null;
  readonly ran = new Map<number, number>();
  readonly came = new Map<number, number>();
  readonly #host: SideHost;
  readonly #sleptMs: () => number;
  readonly #due = new Map<string, (number | null)[]>();
  #seed: string | null = null;
  #seedAtMs = 0;
  #hasSentKey = false;

  /** @param sleptMs how long its program has slept so far */
  constructor(role: Role, secret: string | null, host: SideHost, sleptMs: () => number) {
    this.role = role;
    this.#sleptMs = sleptMs;
    this.secret = secret;
    this.isTrusted = secret === null;
    this.#host = host;
  }

  received(payload: Buffer): Peeked | null {
    const seen = peek(payload, this.#host.codec);
    this.current = seen;
    if (seen === null || !seen.isGood) return seen;
    const { serviceId, dataId, tag } = seen;
    if (serviceId === SID_AUTH_REQUEST || serviceId === SID_AUTH_RESPONSE) {
      this.#authenticationCame(serviceId, dataId, this.#host.codec.decode(payload));
    }
    const responseSid = RESPONSE_OF.get(serviceId);
    if (responseSid === undefined) return seen;
    if (tag !== null) this.came.set(tag, (this.came.get(tag) ?? 0) + 1);
    const key = `${responseSid}/${dataId}`;
    const line = this.#due.get(key);
    if (line === undefined) this.#due.set(key, [tag]);
    else line.push(tag);
    return seen;
  }

  sent(payload: Buffer): Peeked | null {
    const seen = peek(payload, this.#host.codec);
    if (seen === null) return null;
    if (seen.serviceId === SID_AUTH_REQUEST || seen.serviceId === SID_AUTH_RESPONSE) {
      this.#authenticationSent(seen, this.#host.codec.decode(payload).data);
    }
    if (RESPONSES.has(seen.serviceId)) this.#answered(seen);
    return seen;
  }

  /** I9, I7: answers of equal ids leave in the order of their requests, one for each. */
  #answered({ serviceId, dataId, tag, status }: Peeked): void {
    const line = this.#due.get(`${serviceId}/${dataId}`);
    const due = line?.shift();
    if (due === undefined) {
      this.#host.violate('I7', `an answer (${serviceId}, ${dataId}) to no request`);
    } else if (tag !== null && tag !== due) {
      this.#host.violate('I9', `the answer to ${tag} leaves where that to ${due} is due (status ${status})`);
    }
  }

  #authenticationCame(
    serviceId: number,
    dataId: number,
    { status, data }: { status: number; data: unknown },
  ): void {
    if (this.secret === null) return;
    if (this.role === 'server' && serviceId === SID_AUTH_REQUEST) {
      if (dataId === DID_AUTH_SEED) this.isTrusted = false;
      else if (dataId === DID_AUTH_KEY) this.#keyCame(data);
    }
    if (this.role === 'client' && serviceId === SID_AUTH_RESPONSE && dataId === DID_AUTH_KEY) {
      if (this.#hasSentKey && status === 0 && data === true) this.isTrusted = true;
      this.#hasSentKey = false;
    }
  }

  #keyCame(data: unknown): void {
    const seed = this.#seed;
    this.#seed = null;
    if (seed === null || typeof data !== 'string') return;
    const ageMs = this.#host.nowMs() - this.#seedAtMs;
    const isFresh = ageMs <= SEED_LIFETIME_MS + this.#sleptMs();
    if (isFresh && data === keyOf(seed, this.secret)) this.isTrusted = true;
  }

  #authenticationSent({ serviceId, dataId }: Peeked, data: unknown): void {
    if (this.role === 'server' && serviceId === SID_AUTH_RESPONSE && dataId === DID_AUTH_SEED) {
      this.#seed = typeof data === 'string' ? data : null;
      this.#seedAtMs = this.#host.nowMs();
      if (this.#seed === null) return;
      if (this.#host.allSeeds.has(this.#seed)) this.#host.violate('I4', 'a seed is sent a second time');
      this.#host.allSeeds.add(this.#seed);
      this.#host.allKeys.add(keyOf(this.#seed, this.secret));
    }
    if (this.role === 'server' && serviceId === SID_AUTH_REQUEST) {
      this.#host.violate('I4', 'a server authenticates to its client');
    }
    if (this.role === 'client' && serviceId === SID_AUTH_REQUEST) {
      this.#hasSentKey = dataId === DID_AUTH_KEY;
      if (dataId === DID_AUTH_SEED) this.isTrusted = false;
    }
  }

  /** I5, I7, I11: a callback runs for a request that came on this connection, once, and after trust. */
  callbackRuns(serviceId: number, dataId: number, tag: number | null): void {
    const isOpen = serviceId === WHITELISTED.serviceId && dataId === WHITELISTED.dataId;
    if (!this.isTrusted && !isOpen) {
      this.#host.violate('I5', `the callback of (${serviceId}, ${dataId}) runs before trust`);
    }
    if (tag === null) return;
    const runs = (this.ran.get(tag) ?? 0) + 1;
    this.ran.set(tag, runs);
    if (runs > (this.came.get(tag) ?? 0)) {
      this.#host.violate('I7', `request ${tag} ran ${runs} times and came ${this.came.get(tag) ?? 0} times`);
    }
  }
}

/** protocol.md section 4, written down a second time on purpose. */
export function keyOf(seed: string, secret: string | null): string {
  return createHash('sha512')
    .update(`${seed}${secret ?? ''}`, 'utf8')
    .digest('hex');
}
