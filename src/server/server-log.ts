/**
 * What a server logs besides its sessions: whom it turns away, once a second at most for each kind, with how many there
 * were. It also bounds the lines about peers that are not trusted, all sessions together.
 */

import type { Clock } from '../base/clock.js';
import {
  LOG_LEVEL,
  type Logger,
  type LogLevels,
  type NamedLog,
  namedLog,
} from '../session/journal/logging.js';

const WINDOW_MS = 1_000;

/** What happens to strangers, and the beginning of the line about it. */
const EVENTS = {
  refusedByLimit: 'turned away, there are maxConnections already',
  refusedByBackoff: 'disconnected, too many wrong keys come from their address',
  delayedByBackoff: 'kept waiting for a seed, too many wrong keys come from their address',
  refusedByDescriptors: 'turned away, the process has no file descriptors left',
  refusedByPool: 'turned away, all places are taken by handshakes that are under way',
  evicted: 'disconnected to make room, they were not about to authenticate',
  exceededBudget: 'disconnected, too many messages before trust',
  wrongKeys: 'a wrong key',
} as const;

/** Something that a server logs. */
export type ServerLogEvent = keyof typeof EVENTS | 'suppressedLogLines';

interface Pending {
  count: number;
  lastAddress: string | undefined;
}

/** The log of a server. */
export class ServerLog {
  readonly #clock: Clock;
  readonly #linesPerSecond: number;
  readonly #log: NamedLog | null;
  readonly #pending = new Map<ServerLogEvent, Pending>();
  readonly #toldMs = new Map<ServerLogEvent, number>();
  #timer: unknown;
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #lines = 0;
  /** How many lines about peers that are not trusted were left out. */
  suppressed = 0;

  /** @param linesPerSecond about peers that are not trusted */
  constructor(clock: Clock, logger: Logger | undefined, linesPerSecond: number, levels?: LogLevels) {
    this.#clock = clock;
    this.#linesPerSecond = linesPerSecond;
    // all its lines are warnings
    const isOn = logger !== undefined && levels?.warn !== false;
    this.#log = isOn ? namedLog(logger, 'socket_protocol', levels) : null;
  }

  /** Takes room for lines about a peer that is not trusted; false where they must be left out. */
  takeLines(lines: number): boolean {
    const now = this.#clock.now();
    if (now - this.#windowStartMs >= WINDOW_MS) {
      this.#windowStartMs = now;
      this.#lines = 0;
    }
    if (this.#lines + lines > this.#linesPerSecond) {
      this.suppressed += lines;
      this.tell('suppressedLogLines', undefined, lines);
      return false;
    }
    this.#lines += lines;
    return true;
  }

  /** Something happened to a peer: a line now, or one for all of the next second. */
  tell(event: ServerLogEvent, address?: string, count = 1): void {
    if (this.#log === null) return;
    const pending = this.#pending.get(event);
    if (pending === undefined) this.#pending.set(event, { count, lastAddress: address });
    else {
      pending.count += count;
      pending.lastAddress = address;
    }
    // lines that were left out are known at the end of their second
    const isDue = event !== 'suppressedLogLines' && this.#isDue(event);
    if (isDue) this.#write(event);
    else this.#timer ??= this.#clock.setTimeout(() => this.#writeAll(), WINDOW_MS);
  }

  /** A line that is never left out. */
  warn(text: string): void {
    this.#log?.(LOG_LEVEL.warning, `server: ${text}`);
  }

  /** The server has closed: writes what is left. */
  close(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#writeAll();
  }

  #isDue(event: ServerLogEvent): boolean {
    return this.#clock.now() - (this.#toldMs.get(event) ?? Number.NEGATIVE_INFINITY) >= WINDOW_MS;
  }

  #writeAll(): void {
    this.#timer = undefined;
    for (const event of [...this.#pending.keys()]) this.#write(event);
  }

  #write(event: ServerLogEvent): void {
    const pending = this.#pending.get(event);
    if (pending === undefined) return;
    this.#pending.delete(event);
    this.#toldMs.set(event, this.#clock.now());
    this.warn(textOf(event, pending));
  }
}

function textOf(event: ServerLogEvent, { count, lastAddress }: Pending): string {
  if (event === 'suppressedLogLines') return `${count} lines about peers that are not trusted were left out`;
  const last = lastAddress === undefined ? '' : ` (${count === 1 ? '' : 'the last: '}${lastAddress})`;
  return `${count === 1 ? 'a peer' : `${count} peers`}${last}: ${EVENTS[event]}`;
}
