/** What an attacker has heard: all seeds, keys and messages of the connections that it was on or listened to. */

import type { Message } from '../../../src/index.js';
import type { Random } from '../random.js';

/** Older ones are forgotten, so that a run does not grow. */
const MAX_REMEMBERED = 32;

export class Knowledge {
  readonly seeds: string[] = [];
  readonly keys: string[] = [];
  readonly messages: Message<unknown>[] = [];

  hear(message: Message<unknown>): void {
    remember(this.messages, message);
    const { serviceId, dataId, data } = message;
    if (typeof data !== 'string') return;
    if (serviceId === 1 && dataId === 0) remember(this.seeds, data);
    if (serviceId === 0 && dataId === 1) remember(this.keys, data);
  }

  /** One that was heard, the last more often than the others; `otherwise` where none was. */
  one<T>(random: Random, heard: readonly T[], otherwise: T): T {
    if (heard.length === 0) return otherwise;
    return (random.chance(0.5) ? heard.at(-1) : random.of(heard)) ?? otherwise;
  }
}

function remember<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > MAX_REMEMBERED) list.shift();
}
