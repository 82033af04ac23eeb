/** The story of a trouble: what it is, why it happens, and what to do about it, for somebody who has never read the protocol. */

import type { TroubleEntry } from '../../../src/inspector/entries.js';

/** What a reason means, whatever the case. */
export interface Explanation {
  readonly title: string;
  readonly why: string;
  /** What to do about it. */
  readonly next: string;
}

/** Something to do. */
export interface Step {
  readonly text: string;
  /** A command, an option or a line of a program, to copy. */
  readonly code?: string;
}

/** A trouble, told. */
export interface Story {
  readonly title: string;
  readonly why: string;
  /** The figures of this case. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly next: readonly Step[];
}

/** What is known of the session, for commands that can be copied as they are. */
export interface Where {
  /** Who is at the other end of a client's session: `host:port`; null if unknown. */
  readonly server: string | null;
  /** Who is at the other end of a server's session, without the port; null if unknown. */
  readonly client: string | null;
}

/** Nothing is known of the session. */
export const NOWHERE: Where = { server: null, client: null };

/** The figures of a trouble. A recording may lack any, or have something else in their place. */
export class Case {
  readonly entry: TroubleEntry;
  readonly where: Where;

  constructor(entry: TroubleEntry, where: Where) {
    this.entry = entry;
    this.where = where;
  }

  /** A word or a figure; empty if unknown. */
  text(name: string): string {
    const value = this.entry.about[name];
    return value === null || value === undefined ? '' : String(value);
  }

  /** A figure; null if unknown. */
  number(name: string): number | null {
    const value = this.entry.about[name];
    return typeof value === 'number' ? value : null;
  }

  is(name: string): boolean {
    return this.entry.about[name] === true;
  }

  /** A time as people read it; empty if unknown. */
  time(name: string): string {
    const value = this.number(name);
    return value === null ? '' : timeText(value);
  }

  /** How often, as a fact. */
  get happened(): readonly [name: string, value: string] {
    return ['Happened', this.entry.count > 1 ? `${this.entry.count} times` : 'once'];
  }

  /** The server's address for a command. */
  get address(): string {
    return this.where.server ?? 'HOST:PORT';
  }

  /** Facts, without those of which nothing is known. */
  facts(...facts: readonly (readonly [name: string, value: string])[]): Story['facts'] {
    return facts.filter(([, value]) => value !== '');
  }
}

/** A time as people read it: `340 ms`, `5.0 s`, `3 min`. */
export function timeText(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

/** `1 request`, `3 requests`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A story of which all that is known is what its reason means. */
export function storyFrom(
  { title, why, next }: Explanation,
  facts: Story['facts'] = [],
  more: readonly Step[] = [],
): Story {
  return { title, why, facts, next: [{ text: next }, ...more] };
}
