/** Answers pages that pull: what is new, or that nothing is after a moment. No page holds a connection for long. */

import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { clearTimeout, setTimeout } from 'node:timers';
import type { URLSearchParams } from 'node:url';
import { boundedCopy } from './excerpts.js';
import type { Feed } from './feed.js';
import { answerText, refuse } from './http.js';
import type { InspectorHub } from './hub.js';

/** How long a page waits for news. A browser has six connections for all tabs of one debugger. */
const HOLD_MS = 250;
/** What comes in this time goes out together: a busy program must not answer a thousand times a second. */
const GATHER_MS = 50;
const DEFAULT_LIMIT = 5_000;
const MAX_LIMIT = 20_000;
/** Entries of more characters wait for the next question: what is sent at once must fit into memory, on both sides. */
const MAX_ENTRIES_LENGTH = 16 * 1024 * 1024;

/** And so many on their way to all pages: tabs that ask and do not read must not fill the memory of the program. */
const MAX_UNREAD_LENGTH = 4 * MAX_ENTRIES_LENGTH;

/** What a page shows about the debugger itself. */
export interface FeedTitle {
  readonly title: string;
  /** When it was opened, in milliseconds of the epoch; null if unknown. */
  readonly startedAt: number | null;
}

/** What a page asks for. */
interface Wish {
  readonly after: number;
  readonly rows: number;
  readonly limit: number;
  /** Whether it knows this debugger; what it has of another one it has to forget. */
  readonly isKnown: boolean;
}

/** The source that pages pull from. */
export class FeedSource {
  readonly #hub: InspectorHub;
  readonly #title: FeedTitle;
  /** A page that has seen another program at this address starts over. */
  readonly #id = randomUUID();
  readonly #waiting = new Set<Waiting>();
  #unreadLength = 0;

  constructor(hub: InspectorHub, title: FeedTitle) {
    this.#hub = hub;
    this.#title = title;
  }

  /** Answers a page: at once where there is much, else when there is something. */
  answer(query: URLSearchParams, response: ServerResponse): void {
    const wish = this.#wishIn(query);
    if (typeof wish === 'string')
      return refuse(response, { httpStatus: 400, code: 'bad-request', error: wish });
    if (!wish.isKnown || this.#hub.last - wish.after >= wish.limit) return this.#send(wish, response);
    const waiting = new Waiting(this.#hub, wish, () => {
      this.#waiting.delete(waiting);
      this.#send(wish, response);
    });
    this.#waiting.add(waiting);
    response.on('close', () => {
      this.#waiting.delete(waiting);
      waiting.end();
    });
  }

  /** Nobody waits any more. */
  close(): void {
    for (const waiting of this.#waiting) waiting.end();
    this.#waiting.clear();
  }

  /** The answer counts as unread until its connection has taken it, or is gone. */
  #send(wish: Wish, response: ServerResponse): void {
    const room = Math.min(MAX_ENTRIES_LENGTH, MAX_UNREAD_LENGTH - this.#unreadLength);
    const text = jsonOf(this.#feed(wish), room);
    this.#unreadLength += text.length;
    response.once('close', () => void (this.#unreadLength -= text.length));
    answerText(response, 200, text);
  }

  #wishIn(query: URLSearchParams): Wish | string {
    const isKnown = query.get('source') === this.#id;
    const after = countIn(query, 'after', 0);
    const rows = countIn(query, 'rows', 0);
    const limit = countIn(query, 'limit', DEFAULT_LIMIT);
    if (after === null || rows === null || limit === null || limit === 0)
      return 'Expected whole numbers as after, rows and limit';
    const most = Math.min(limit, MAX_LIMIT);
    // the numbers of another debugger mean nothing here
    return isKnown && after <= this.#hub.last
      ? { isKnown, after, rows, limit: most }
      : { isKnown: false, after: 0, rows: 0, limit: most };
  }

  #feed({ after, rows, limit }: Wish): Feed {
    const hub = this.#hub;
    hub.sweep();
    const { entries, troubles, forgotten } = hub.after(after, limit);
    const { version, rows: sessions, gone } = hub.groups.since(rows, hub.nowMs);
    return {
      source: this.#id,
      ...this.#title,
      nowMs: hub.nowMs,
      entries,
      last: hub.last,
      forgotten,
      troubles,
      totals: hub.totals,
      sessions,
      goneSessions: gone,
      version,
      canSend: hub.groups.canSend,
    };
  }
}

/** A feed as JSON, with as many of its entries as there is room for, and at least one. */
function jsonOf({ entries, ...rest }: Feed, room: number): string {
  const texts: string[] = [];
  let length = 0;
  for (const entry of entries) {
    const text = textOf(entry);
    length += text.length;
    if (length > room && texts.length > 0) break;
    texts.push(text);
  }
  return `{"entries":[${texts.join(',')}],${JSON.stringify(rest).slice(1)}`;
}

/** A recording may hold what is nested too deeply to be written. */
function textOf(entry: Feed['entries'][number]): string {
  try {
    return JSON.stringify(entry);
  } catch {
    return JSON.stringify(boundedCopy(entry));
  }
}

/** A page that waits: for what gathers, or for the end of its patience. */
class Waiting {
  readonly #hub: InspectorHub;
  readonly #wish: Wish;
  readonly #timer: { current: ReturnType<typeof setTimeout> };
  readonly #done: () => void;
  #leftMs = HOLD_MS;

  constructor(hub: InspectorHub, wish: Wish, done: () => void) {
    this.#hub = hub;
    this.#wish = wish;
    this.#done = done;
    this.#timer = { current: this.#wait() };
  }

  end(): void {
    clearTimeout(this.#timer.current);
  }

  #wait(): ReturnType<typeof setTimeout> {
    this.#leftMs -= GATHER_MS;
    return setTimeout(() => {
      this.#hub.groups.refresh(this.#hub.nowMs);
      const { after, rows } = this.#wish;
      const isNew = this.#hub.last > after || this.#hub.groups.hasChangedSince(rows);
      if (isNew || this.#leftMs <= 0) this.#done();
      else this.#timer.current = this.#wait();
    }, GATHER_MS);
  }
}

/** A whole number in a query; null where it is none. */
function countIn(query: URLSearchParams, name: string, fallback: number): number | null {
  const text = query.get(name);
  if (text === null || text === '') return fallback;
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
