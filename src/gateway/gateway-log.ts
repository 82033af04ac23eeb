/** What a gateway logs: about devices once a second at most for each kind, with how many there were. */

import type { Clock } from '../base/clock.js';
import { messageOfThrown } from '../base/thrown.js';
import { OnceASecond } from '../server/once-a-second.js';
import {
  LOG_LEVEL,
  type Logger,
  type LogLevels,
  type NamedLog,
  namedLog,
} from '../session/journal/logging.js';

const EVENTS = {
  takeovers: 'disconnected, another gateway has their name',
  refusedByFlapping: 'disconnected, gateways took their name from each other too often',
  unaddressable: 'not reachable through the bus, their names cannot be a part of a subject',
  unnamed: 'not reachable through the bus, they have no name',
  unreachable: 'not reachable through the bus, which does not take their subscriptions',
  failedRequests: 'asked something, and got no answer from the bus',
  unsolicitedDropped: 'sent something unasked, which could not be published',
} as const;

/** Something that happens to devices. */
export type GatewayLogEvent = keyof typeof EVENTS;

interface News {
  readonly address: string | undefined;
  readonly detail: string | undefined;
}

/** The log of one gateway. */
export class GatewayLog {
  readonly #log: NamedLog | null;
  readonly #news: OnceASecond<string, News>;

  constructor(clock: Clock, logger: Logger | undefined, levels: LogLevels) {
    this.#log = logger === undefined ? null : namedLog(logger, 'socket_protocol', levels);
    this.#news = new OnceASecond(clock, (text, count, { address, detail }) => {
      const who =
        count === 1 ? (address ?? 'a device') : `${count} devices (the last: ${address ?? 'unknown'})`;
      const why = detail === undefined ? '' : `: ${detail}`;
      this.#log?.(LOG_LEVEL.warning, `gateway: ${who} ${text}${why}`);
    });
  }

  /** Something happened to a device: it is told now, or with all of the next second. */
  tell(event: GatewayLogEvent, address: string | undefined, error?: unknown): void {
    if (this.#log === null) return;
    const detail = error === undefined ? undefined : messageOfThrown(error);
    this.#news.tell(EVENTS[event], { address, detail });
  }

  /** What happens to the gateway itself. */
  info(text: string): void {
    this.#log?.(LOG_LEVEL.info, `gateway: ${text}`);
  }

  close(): void {
    this.#news.close();
  }
}
