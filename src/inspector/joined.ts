/** Takes entries of other processes, so that one page shows them all. */

import { clearInterval, setInterval } from 'node:timers';
import { type Outcome, refusal } from './asks.js';
import type { NumberedEntry } from './entries.js';
import { isEntry, MAX_MS } from './entry-shape.js';
import { shownName } from './excerpts.js';
import type { Ask } from './feed.js';
import type { Group } from './group.js';
import type { InspectorHub } from './hub.js';
import { isJoinAnswer, type JoinAnswer, type JoinAsk, JoinedAsks } from './joined-asks.js';

/** How often a process says at least that it is there. */
export const SIGN_OF_LIFE_MS = 1_000;
/** A process that says nothing for so long has gone. */
const GONE_MS = 5_000;
/** Of more, those that have gone are forgotten first; each of the others keeps its name. */
const MAX_PROCESSES = 1_000;
const MAX_NAME = 100;
/** A process has cut its names already, and may have put a number after them. */
const MAX_GROUP_NAME = 300;

/** The first line of what a process sends. */
export interface JoinHeader {
  /** What it is called. */
  readonly process: string;
  /** Another one for each process: what it sends twice is taken once. */
  readonly id: string;
  /** When its own debugger was opened, in milliseconds of the epoch. */
  readonly startedAt: number;
  /** How many entries it had to leave out since it joined. */
  readonly missed: number;
  /** Whether it sends no more. */
  readonly isOver: boolean;
  /** What came of requests of the page; left out: of none. */
  readonly answers?: readonly JoinAnswer[] | undefined;
}

/** What it gets back. */
export interface JoinReceipt {
  /** The number, by its own count, of the last entry that is here. */
  readonly taken: number;
  /** What it is called here. */
  readonly process: string;
  /** What the page asks in its sessions. */
  readonly asks: readonly JoinAsk[];
}

/** A process that has joined. */
interface Process {
  readonly name: string;
  readonly asks: JoinedAsks;
  taken: number;
  missed: number;
  heardMs: number;
  isGone: boolean;
}

/** The processes that have joined this debugger. */
export class Joined {
  readonly #hub: InspectorHub;
  readonly #startedAt: number;
  readonly #processes = new Map<string, Process>();
  #timer: ReturnType<typeof setInterval> | null = null;

  /** @param startedAt when this debugger was opened, in milliseconds of the epoch */
  constructor(hub: InspectorHub, startedAt: number) {
    this.#hub = hub;
    this.#startedAt = startedAt;
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    for (const { asks } of this.#processes.values()) asks.end();
  }

  /** Asks in a session of a process that has joined. */
  async ask({ name, process: owner }: Group, ask: Ask): Promise<Outcome> {
    for (const process of this.#processes.values())
      if (process.name === owner)
        return await process.asks.ask({ ...ask, group: name.slice(process.name.length + 2) });
    return refusal(409, 'session-over', `The process of ${JSON.stringify(name)} has gone`);
  }

  /**
   * Takes what a process sent: a header and entries, each a line of JSON. Nothing of it is taken unless all of it is right.
   *
   * @returns what it gets back, or what is wrong
   */
  take(text: string): JoinReceipt | { readonly error: string } {
    const [first = '', ...lines] = text.split('\n');
    const header = headerIn(first);
    if (header === null) return { error: 'Line 1: expected the header of a process that joins' };
    const entries: NumberedEntry[] = [];
    for (const [index, line] of lines.entries()) {
      if (line === '') continue;
      const entry = parsed(line);
      if (!isEntry(entry)) return { error: `Line ${index + 2}: expected an entry of the debugger` };
      entries.push(entry);
    }
    const process = this.#processOf(header);
    if (process === null) return { error: `Too many processes have joined (limit ${MAX_PROCESSES})` };
    const offsetMs = header.startedAt - this.#startedAt;
    for (const entry of entries) {
      if (entry.number <= process.taken) continue;
      process.taken = entry.number;
      const { number: _, ms: sentMs, ...sent } = entry;
      const ms = Math.round((sentMs + offsetMs) * 1_000) / 1_000;
      this.#hub.relay(
        { ...sent, group: `${process.name}: ${shownName(sent.group, MAX_GROUP_NAME)}` },
        ms,
        process.name,
      );
    }
    this.#hub.missedElsewhere(header.missed - process.missed);
    process.missed = header.missed;
    this.#heard(process, header.isOver);
    process.asks.answered(header.answers ?? []);
    return { taken: process.taken, process: process.name, asks: process.asks.handOver() };
  }

  #processOf({ id, process: asked }: JoinHeader): Process | null {
    const known = this.#processes.get(id);
    if (known !== undefined) return known;
    if (this.#processes.size >= MAX_PROCESSES && !this.#forgetOneThatHasGone()) return null;
    const taken = new Set([...this.#processes.values()].map(({ name }) => name));
    const shown = shownName(asked);
    let name = shown;
    for (let times = 2; taken.has(name); times++) name = `${shown} ${times}`;
    const made = { name, asks: new JoinedAsks(name), taken: 0, missed: 0, heardMs: 0, isGone: false };
    this.#processes.set(id, made);
    return made;
  }

  #forgetOneThatHasGone(): boolean {
    for (const [id, { isGone }] of this.#processes) if (isGone) return this.#processes.delete(id);
    return false;
  }

  #heard(process: Process, isOver: boolean): void {
    process.heardMs = performance.now();
    if (process.isGone !== isOver) this.#setGone(process, isOver);
    this.#timer ??= setInterval(() => this.#lookForGone(), SIGN_OF_LIFE_MS).unref();
  }

  #lookForGone(): void {
    const nowMs = performance.now();
    for (const process of this.#processes.values())
      if (!process.isGone && nowMs - process.heardMs > GONE_MS) this.#setGone(process, true);
  }

  #setGone(process: Process, isGone: boolean): void {
    process.isGone = isGone;
    if (isGone) process.asks.end();
    for (const group of this.#hub.groups) {
      if (group.process !== process.name) continue;
      group.isGone = isGone;
      this.#hub.groups.changed(group);
    }
  }
}

function headerIn(line: string): JoinHeader | null {
  const header = parsed(line);
  if (typeof header !== 'object' || header === null) return null;
  const {
    process,
    id,
    startedAt,
    missed,
    isOver,
    answers = [],
  } = header as Partial<Record<keyof JoinHeader, unknown>>;
  if (typeof process !== 'string' || process === '' || process.length > MAX_NAME) return null;
  if (typeof id !== 'string' || id === '' || id.length > MAX_NAME) return null;
  if (typeof startedAt !== 'number' || !(Math.abs(startedAt) <= MAX_MS)) return null;
  if (typeof missed !== 'number' || !Number.isSafeInteger(missed) || missed < 0) return null;
  if (typeof isOver !== 'boolean') return null;
  if (!Array.isArray(answers) || !answers.every(isJoinAnswer)) return null;
  return { process, id, startedAt, missed, isOver, answers };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
