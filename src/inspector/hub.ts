/** Collects what the debugger has seen and passes it on to its subscribers. */

import type { Observation } from '../session/journal/observation.js';
import type { ObservedRefusal } from '../session/journal/refusal-door.js';
import type { Trouble } from './detect/detector.js';
import type { IncomingEntry, InspectorEntry, NumberedEntry } from './entries.js';
import type { Totals } from './feed.js';
import type { Group } from './group.js';
import { Groups } from './groups.js';
import { INSPECTOR_OPTIONS } from './option-tables.js';
import { completed, type KnownService, linkEndsWith } from './pairing.js';
import { Ring } from './ring.js';
import { type Subscriber, Subscribers, type Subscription } from './subscribers.js';
import { TroubleRing } from './trouble-ring.js';
import { weightOf } from './weight.js';

/** How much a hub keeps; what is left out is as in `openInspector`. */
export interface HubLimits {
  /** How many entries that are trouble are kept, apart from all others. */
  readonly maxTroubles?: number | undefined;
  /** How many rows of sessions are kept. */
  readonly maxSessions?: number | undefined;
}

/** An entry of the hub's own that waits for its number. */
type Unnumbered = InspectorEntry & { number: number; ms: number };

/** In bytes, about: twelve times what 20,000 entries of a usual device take. */
const MAX_HISTORY_WEIGHT = 256 * 1024 * 1024;

/** How often detectors hear that time passes. */
const SWEEP_MS = 1_000;
/** Where nobody swept for so long, this process stood still, and what came meanwhile has yet to be read. */
const STANDSTILL_MS = 3_000;

/**
 * Collects what happens and passes it on. It waits for nobody: each subscriber reads the history at its own pace, and
 * learns how many entries were forgotten before it got there. Trouble has a history of its own, so that a busy link does
 * not push it out, and everything is counted.
 *
 * @example
 * ```ts
 * import { InspectorHub } from 'socket-protocol/inspector';
 *
 * const hub = new InspectorHub();
 * const subscription = hub.subscribe({
 *   take: (entry) => {
 *     console.log(entry.kind, entry.group);
 *     return true;
 *   },
 *   leftOut: (count) => console.log(count, 'entries left out'),
 * });
 * subscription.end();
 * ```
 */
export class InspectorHub {
  readonly #now: () => number;
  readonly #history: Ring<NumberedEntry>;
  readonly #troubles: TroubleRing;
  readonly #groups: Groups;
  readonly #byCode: Partial<Record<string, number>> = {};
  readonly #subscribers: Subscribers;
  #last = 0;
  #messages = 0;
  #troubleCount = 0;
  #missedElsewhere = 0;
  #sweptMs = 0;

  /**
   * @param maxHistory how many entries are kept
   * @param now the time in milliseconds; since the process began unless given
   * @param limits how much is kept of what has a history of its own
   */
  constructor(
    maxHistory: number = INSPECTOR_OPTIONS.maxHistory.default,
    now = INSPECTOR_OPTIONS.now.default,
    {
      maxTroubles = INSPECTOR_OPTIONS.maxTroubles.default,
      maxSessions = INSPECTOR_OPTIONS.maxSessions.default,
    }: HubLimits = {},
  ) {
    this.#history = new Ring<NumberedEntry>(maxHistory, MAX_HISTORY_WEIGHT, weightOf);
    this.#subscribers = new Subscribers(this.#history, () => this.#last);
    this.#troubles = new TroubleRing(maxTroubles);
    this.#groups = new Groups(maxSessions);
    const start = now();
    this.#now = () => now() - start;
  }

  /** The entries that are kept, oldest first. */
  get history(): readonly NumberedEntry[] {
    return this.#history.last;
  }

  /** The entries that are trouble and are kept, oldest first; some of them are in the history as well. */
  get troubles(): readonly NumberedEntry[] {
    return this.#troubles.items;
  }

  /** What happened since the debugger was opened, whether it is kept or not. */
  get totals(): Totals {
    return {
      entries: this.#last,
      messages: this.#messages,
      troubles: this.#troubleCount,
      byCode: { ...this.#byCode },
      missedElsewhere: this.#missedElsewhere,
      ...this.#groups.counts,
    };
  }

  /** The number of the newest entry; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** The time, as entries have it. */
  get nowMs(): number {
    return Math.round(this.#now() * 1_000) / 1_000;
  }

  /** How each session stands. */
  get groups(): Groups {
    return this.#groups;
  }

  /**
   * Adds an entry, and the troubles that it shows.
   *
   * @param entry what happened; an entry of a recording keeps its time
   * @param known what a session knows about the service of a message, better than one who only sees what passes
   */
  add(entry: IncomingEntry & { readonly ms?: number }, known?: KnownService): void {
    const group = this.#groups.of(entry.group);
    const ms = entry.ms ?? this.nowMs;
    // a recording has its own time
    if (entry.ms === undefined) this.#noticeStandstill(ms);
    const added = this.#append(completed(entry, group.pairing, known), ms, group);
    this.#found(group.detector.took(added), added.ms, group);
    this.#look(added.ms);
    this.#subscribers.tell();
  }

  /**
   * Adds an entry of another debugger, which has looked for trouble itself.
   *
   * @param entry an entry that is complete
   * @param ms its time by this debugger
   * @param process the process that it comes from; null for a recording
   * @returns its number here
   */
  relay(entry: InspectorEntry, ms: number, process: string | null): number {
    const group = this.#groups.of(entry.group, process);
    if (entry.kind === 'message') group.pairing.follow(entry);
    if (entry.kind === 'note') linkEndsWith(entry, group.pairing);
    const { number } = this.#append({ ...entry, number: 0, ms }, ms, group);
    this.#subscribers.tell();
    return number;
  }

  /** A process that has joined had to leave out so many entries. */
  missedElsewhere(count: number): void {
    this.#missedElsewhere += Math.max(0, count);
  }

  /** A session of this process observed something; comes before the entry for it, if there is one. */
  observed(name: string, observation: Observation, own: 'client' | 'server'): void {
    const group = this.#groups.of(name);
    const ms = this.nowMs;
    const found = group.detector.observed(observation, ms, own);
    if (found.length === 0) return;
    this.#found(found, ms, group);
    this.#subscribers.tell();
  }

  /**
   * A server of this process refused a peer that has no session.
   *
   * @param name the group of the server
   * @param listener where it listens
   */
  refused(name: string, refusal: ObservedRefusal, listener: string): void {
    const group = this.#groups.of(name);
    const ms = this.nowMs;
    this.#found(group.detector.refused(refusal, listener, ms), ms, group);
    this.sweep(ms);
    this.#subscribers.tell();
  }

  /** Time has passed: some troubles show by what does not happen. */
  sweep(ms: number = this.nowMs): void {
    this.#noticeStandstill(ms);
    this.#look(ms);
  }

  #look(ms: number): void {
    if (ms >= this.#sweptMs && ms < this.#sweptMs + SWEEP_MS) return;
    this.#sweptMs = ms;
    for (const group of this.#groups) {
      const { detector } = group;
      this.#found(group.isOver ? detector.untold(ms) : detector.passed(ms), ms, group);
    }
  }

  /** Time in which this process was stopped, or its machine slept, is no silence of a peer. */
  #noticeStandstill(ms: number): void {
    if (ms - this.#sweptMs < STANDSTILL_MS) return;
    this.#sweptMs = ms;
    for (const { detector } of this.#groups) detector.stoodStill(ms);
  }

  /**
   * Passes on all entries that are kept, and then each new one.
   *
   * @param subscriber where they go
   * @param after the number of the last entry that it has already; 0 unless given
   */
  subscribe(subscriber: Subscriber, after = 0): Subscription {
    return this.#subscribers.add(subscriber, after);
  }

  /**
   * The entries after one, and the troubles after it that are kept although the entries around them are not.
   *
   * @param after the number of an entry; 0 for all
   * @param limit how many at most
   */
  after(
    after: number,
    limit: number,
  ): { entries: readonly NumberedEntry[]; troubles: readonly NumberedEntry[]; forgotten: number } {
    const first = this.#first;
    const from = Math.max(after + 1, first);
    const entries = this.#history.items.slice(from - first, from - first + limit);
    const troubles =
      after + 1 >= first ? [] : this.#troubles.items.filter(({ number }) => number > after && number < first);
    return { entries, troubles, forgotten: from - after - 1 - troubles.length };
  }

  /** The number of the oldest entry in the history. */
  get #first(): number {
    return this.#last + 1 - this.#history.items.length;
  }

  #found(troubles: readonly Trouble[], ms: number, group: Group): void {
    for (const trouble of troubles)
      this.#append(
        { kind: 'trouble', group: group.name, isTrouble: true, ...trouble, number: 0, ms },
        ms,
        group,
      );
  }

  #append(entry: Unnumbered, ms: number, group: Group): NumberedEntry {
    entry.number = ++this.#last;
    entry.ms = ms;
    const added: NumberedEntry = entry;
    this.#history.push(added);
    if (added.kind === 'message') this.#messages++;
    const troublesBefore = group.troubles;
    if (added.kind === 'trouble') {
      this.#troubles.push(added);
      this.#byCode[added.code] = (this.#byCode[added.code] ?? 0) + 1;
    }
    group.took(added);
    this.#troubleCount += group.troubles - troublesBefore;
    this.#groups.changed(group);
    return added;
  }
}
