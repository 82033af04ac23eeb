/** The books of a fleet: what was asked of whom, how often it was executed, and what the one who asked was told. */

import { GATEWAY_OPTIONS } from '../../../src/gateway/option-table.js';
import { isSocketProtocolError } from '../../../src/index.js';

/** Where a request goes. */
export type Way = 'to a device' | 'to the workers';

/** A request and all that is known about it. */
export interface Entry {
  /** The number that it carries, and that its answer must carry. */
  readonly token: number;
  readonly way: Way;
  /** The device that is asked, or that asks. */
  readonly device: string;
  readonly what: string;
  readonly askedMs: number;
  /** When it has to be settled at the latest. */
  readonly dueMs: number;
  /** What it was rejected with when it was given up by its own signal. */
  readonly givesUpWith: unknown;
  /** What has to hold when it settles, if it is to be answered for sure; null: anything may become of it. */
  mustBeAnswered: (() => boolean) | null;
  /** Whether the device was there all the time; null: nobody knows. */
  wasThere: (() => boolean) | null;
  /** Nothing can get lost on its way: it may fail, but somebody says so. */
  mayVanish: boolean;
  executions: number;
  settles: number;
  /** It was said that nobody acted on it. */
  isDenied: boolean;
  isAnswered: boolean;
}

/** What the books need of their world. */
export interface LedgerHost {
  nowMs(): number;
  note(what: string, value: number): void;
  tell(line: () => string): void;
  violate(invariant: string, text: string): void;
}

const GATEWAY_WAITS_MS = GATEWAY_OPTIONS.requestTimeout.default;

/** How an answer looks: the number of its request, and the name of the device. */
export interface Echo {
  readonly t?: unknown;
  readonly d?: unknown;
}

/** Keeps the books of one world. */
export class Ledger {
  readonly entries: Entry[] = [];
  /** How requests ended, by name. */
  readonly outcomes = new Map<string, number>();
  readonly #host: LedgerHost;

  constructor(host: LedgerHost) {
    this.#host = host;
  }

  get settled(): number {
    return this.entries.reduce((sum, { settles }) => sum + settles, 0);
  }

  open(facts: Omit<Entry, 'token' | 'executions' | 'settles' | 'isDenied' | 'isAnswered'>): Entry {
    const entry: Entry = {
      ...facts,
      token: this.entries.length + 1,
      executions: 0,
      settles: 0,
      isDenied: false,
      isAnswered: false,
    };
    this.entries.push(entry);
    return entry;
  }

  /** Somebody acts on a request: V2, V3, V4. */
  executed(token: unknown, way: Way, device: string): void {
    const entry = typeof token === 'number' ? this.entries[token - 1] : undefined;
    if (entry === undefined)
      return this.#host.violate('V4', `${device} executes a request that nobody has asked: ${String(token)}`);
    this.#host.note('executed', entry.token);
    this.#host.tell(() => `request ${entry.token} is executed (${way}, ${device})`);
    if (++entry.executions > 1) this.#host.violate('V2', `${nameOf(entry)} is executed twice`);
    if (entry.isDenied)
      this.#host.violate('V3', `${nameOf(entry)} is said to be not written, and is executed`);
    if (entry.way !== way || entry.device !== device)
      this.#host.violate('V4', `${nameOf(entry)} is executed ${way} (${device})`);
  }

  answered(entry: Entry, echo: Echo | null): void {
    entry.isAnswered = true;
    this.#settle(entry, 'answered');
    if (echo?.t !== entry.token || echo.d !== entry.device)
      this.#host.violate('V4', `${nameOf(entry)} got the answer ${JSON.stringify(echo)}`);
    if (entry.executions === 0)
      this.#host.violate('V4', `${nameOf(entry)} is answered, and nobody has executed it`);
  }

  /** V1, V3: it failed, with a reason. */
  failed(entry: Entry, error: unknown): void {
    const own = entry.givesUpWith !== undefined && error === entry.givesUpWith;
    const outcome = own ? 'given up' : outcomeOf(error);
    this.#settle(entry, outcome ?? 'untyped');
    if (outcome === null)
      return this.#host.violate(
        'V1',
        `${nameOf(entry)} failed with ${String(error)}, which is no typed error`,
      );
    if (!own) this.#checkLost(entry, error);
    if (!own && isNotWritten(error)) this.#deny(entry, outcome);
    if (!own && !isBehindAnother(error) && entry.mustBeAnswered?.() === true)
      this.#host.violate('V5', `${nameOf(entry)} failed though nothing is wrong: ${outcome}`);
  }

  /** V5: it was written, and nothing was heard of it again; or a device that was there all the time was not found. */
  #checkLost(entry: Entry, error: unknown): void {
    if (isSocketProtocolError(error) && error.code === 'ERR_NO_SUCH_PEER' && entry.wasThere?.() === true)
      this.#host.violate('V5', `${nameOf(entry)} did not find the device, which was there all the time`);
    const isTimeout = isSocketProtocolError(error) && error.code === 'ERR_TIMEOUT';
    if (isTimeout && !entry.mayVanish && !isNotWritten(error))
      this.#host.violate('V5', `${nameOf(entry)} got lost though only devices move, one after the other`);
  }

  #deny(entry: Entry, outcome: string): void {
    entry.isDenied = true;
    if (entry.executions > 0)
      this.#host.violate('V3', `${nameOf(entry)} was executed, and is said to be not written: ${outcome}`);
  }

  #settle(entry: Entry, outcome: string): void {
    this.#host.note(outcome, entry.token);
    this.#host.tell(() => `request ${entry.token} (${entry.what} ${entry.way}, ${entry.device}): ${outcome}`);
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    if (++entry.settles > 1) this.#host.violate('V1', `${nameOf(entry)} settles twice`);
    const lateMs = this.#host.nowMs() - entry.dueMs;
    if (lateMs > 0) this.#host.violate('V1', `${nameOf(entry)} settles ${lateMs.toFixed(0)} ms too late`);
  }

  /**
   * Whether a request to the workers waits behind one that got lost: answers to equal ids come in order, and the gateway waits for the
   * lost one longer than the device does.
   */
  isBehindLost({ token, way, device, what, askedMs }: Entry): boolean {
    if (way !== 'to the workers') return false;
    return this.entries.slice(0, token - 1).some((other) => {
      const isSame = other.way === way && other.device === device && other.what === what;
      return isSame && !other.isAnswered && !other.isDenied && askedMs - other.askedMs < GATEWAY_WAITS_MS;
    });
  }

  /** V1: each has settled. */
  checkEnd(): void {
    for (const entry of this.entries)
      if (entry.settles !== 1)
        this.#host.violate('V1', `${nameOf(entry)} has settled ${entry.settles} times`);
  }
}

function nameOf({ token, what, way, device }: Entry): string {
  return `request ${token} (${what} ${way}, ${device})`;
}

/** What a request failed with; null: nothing that a program could tell apart. */
function outcomeOf(error: unknown): string | null {
  if (!isSocketProtocolError(error)) return null;
  const { written } = error as { written?: unknown };
  return `${error.code} ${error.reason}${written === undefined ? '' : ` written ${String(written)}`}`;
}

/** The wire knows no numbers of requests: one of equal ids waits until the one before has its answer, or its time is over. */
function isBehindAnother(error: unknown): boolean {
  return isSocketProtocolError(error) && error.reason === 'behind-unanswered-request';
}

/** Whether an error says that nobody acted on the request. */
function isNotWritten(error: unknown): boolean {
  if (!isSocketProtocolError(error)) return false;
  if (error.code === 'ERR_NO_SUCH_PEER' || error.code === 'ERR_TOO_MANY_REQUESTS') return true;
  return (error as { written?: unknown }).written === false;
}
