/** Figures of the rows that are shown: counted up and down as rows come and go, exact however many there are. */

import type { ListingListener } from './listing.js';
import {
  fromOf,
  isRequest,
  isTimeout,
  isTroubled,
  latencyOf,
  messageOf,
  serviceOf,
  sizeOf,
  statusOf,
  troubleWordOf,
} from './row-facts.js';
import type { Row } from './rows.js';
import { SortedBlocks } from './sorted-blocks.js';

/** What is counted of some rows. */
export interface Figures {
  readonly rows: number;
  readonly requests: number;
  /** Requests with an answer. */
  readonly answered: number;
  /** Answers with any status but okay, and requests that timed out or whose connection was lost. */
  readonly errors: number;
  readonly timeouts: number;
  readonly bytes: number;
  /** Of answered requests, in milliseconds; null where there are none. */
  readonly latency: {
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly max: number;
  } | null;
}

/** The figures of a service and a data id. */
export interface ServiceFigures extends Figures {
  readonly serviceId: number;
  readonly dataId: number;
  readonly service: string;
  readonly data: string;
}

/** Something that happened several times. */
export interface Count {
  readonly name: string;
  readonly count: number;
}

/** Times of entries are whole microseconds. */
const TICK_MS = 0.001;

class Tally {
  rows = 0;
  requests = 0;
  answered = 0;
  errors = 0;
  timeouts = 0;
  bytes = 0;
  readonly #latencies = new SortedBlocks<number>((a, b) => a - b);
  #unsorted: number[] = [];

  count(row: Row, by: 1 | -1, isOneOfMany: boolean): void {
    this.rows += by;
    this.bytes += by * sizeOf(row);
    if (isError(row)) this.errors += by;
    if (isTimeout(row)) this.timeouts += by;
    if (isRequest(row)) this.requests += by;
    if (row.answer === null) return;
    this.answered += by;
    const latency = latencyOf(row) ?? 0;
    if (isOneOfMany) this.#unsorted.push(latency);
    else if (by === 1) this.#latencies.insert(latency);
    else this.#latencies.remove(latency);
  }

  /** After the last of many. */
  sort(): void {
    this.#latencies.load(sorted(this.#unsorted));
    this.#unsorted = [];
  }

  get figures(): Figures {
    const { rows, requests, answered, errors, timeouts, bytes } = this;
    return { rows, requests, answered, errors, timeouts, bytes, latency: this.#latency };
  }

  get #latency(): Figures['latency'] {
    const { length } = this.#latencies;
    if (length === 0) return null;
    // the least that as large a share as this is not above: the nearest rank
    const at = (share: number): number => this.#latencies.at(Math.max(0, Math.ceil(share * length) - 1)) ?? 0;
    return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
  }
}

/** Whether a row counts as an error: of a request its outcome, of a lone message its status; else whether it is trouble. */
function isError(row: Row): boolean {
  const status = statusOf(row);
  if (status !== null && status.status !== 0) return true;
  return isTroubled(row);
}

export class Statistics implements ListingListener {
  #all = new Tally();
  #services = new Map<string, { readonly first: Row; readonly tally: Tally }>();
  #errors = new Map<string, Map<string, number>>();
  #troubles = new Map<string, number>();
  #times = new SortedBlocks<number>((a, b) => a - b);

  /** Of everything that is shown. */
  get all(): Figures {
    return this.#all.figures;
  }

  /** From the first to the last row that is shown, in milliseconds since the debugger was opened; null without rows. */
  get span(): { readonly from: number; readonly to: number } | null {
    const [from, to] = [this.#times.at(0), this.#times.at(this.#times.length - 1)];
    return from === undefined || to === undefined ? null : { from, to };
  }

  /**
   * How many rows begin in a second, on average over a time.
   *
   * @param nowMs the end of the time, which is part of it
   * @param withinMs how long it is; its beginning is not part of it
   */
  rate(nowMs: number, withinMs: number): number {
    const upTo = (ms: number): number => this.#times.countBefore(ms + TICK_MS / 2);
    return ((upTo(nowMs) - upTo(nowMs - withinMs)) * 1_000) / withinMs;
  }

  /** One for each service and data id, the busiest first. */
  get services(): readonly ServiceFigures[] {
    return [...this.#services.values()]
      .map(({ first, tally }): ServiceFigures => {
        const message = messageOf(first);
        return {
          ...tally.figures,
          serviceId: message?.serviceId ?? 0,
          dataId: message?.dataId ?? 0,
          service: serviceOf(first),
          data: message?.names.data ?? '',
        };
      })
      .sort((a, b) => b.rows - a.rows || a.serviceId - b.serviceId || a.dataId - b.dataId);
  }

  /** What went wrong in each service, the most frequent first. */
  get errors(): readonly { readonly service: string; readonly words: readonly Count[] }[] {
    return [...this.#errors]
      .map(([service, words]) => ({ service, words: countsIn(words) }))
      .sort((a, b) => total(b.words) - total(a.words));
  }

  /** What went wrong, the most frequent first. */
  get troubles(): readonly Count[] {
    return countsIn(this.#troubles);
  }

  entered(row: Row): void {
    this.#count(row, 1);
  }

  left(row: Row): void {
    this.#count(row, -1);
  }

  replaced(rows: readonly Row[]): void {
    this.#all = new Tally();
    for (const counts of [this.#services, this.#errors, this.#troubles]) counts.clear();
    this.#times.load(sorted(rows.map(({ ms }) => ms)));
    for (const row of rows) this.#countAll(row, 1, true);
    this.#all.sort();
    for (const { tally } of this.#services.values()) tally.sort();
  }

  #count(row: Row, by: 1 | -1): void {
    if (by === 1) this.#times.insert(row.ms);
    else this.#times.remove(row.ms);
    this.#countAll(row, by, false);
  }

  /** @param isOneOfMany whether the latencies are sorted afterwards */
  #countAll(row: Row, by: 1 | -1, isOneOfMany: boolean): void {
    this.#all.count(row, by, isOneOfMany);
    const word = troubleWordOf(row);
    if (word !== '') this.#countTrouble(row, word, by);
    const message = messageOf(row);
    if (message === null) return;
    const key = `${message.serviceId} ${message.dataId} ${fromOf(row)}`;
    let service = this.#services.get(key);
    if (service === undefined) this.#services.set(key, (service = { first: row, tally: new Tally() }));
    service.tally.count(row, by, isOneOfMany);
    if (service.tally.rows === 0) this.#services.delete(key);
  }

  #countTrouble(row: Row, word: string, by: 1 | -1): void {
    countIn(this.#troubles, word, by);
    const name = serviceOf(row);
    let ofService = this.#errors.get(name);
    if (ofService === undefined) this.#errors.set(name, (ofService = new Map()));
    countIn(ofService, word, by);
    if (ofService.size === 0) this.#errors.delete(name);
  }
}

/** Counts something by its name; what comes to none is gone. */
export function countIn(counts: Map<string, number>, name: string, by: 1 | -1): void {
  const count = (counts.get(name) ?? 0) + by;
  if (count === 0) counts.delete(name);
  else counts.set(name, count);
}

/** The counts, the highest first. */
export function countsIn(counts: ReadonlyMap<string, number>): Count[] {
  return [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
}

function sorted(numbers: readonly number[]): number[] {
  return [...Float64Array.from(numbers).sort()];
}

function total(counts: readonly Count[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}
