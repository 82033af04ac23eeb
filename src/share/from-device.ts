/** What the device says and asks by itself. */

import { STATUS_CALLBACK_ERROR, STATUS_SERVICE_OR_DATA_UNKNOWN } from '../protocol/ids.js';
import type { JsonValue, Message } from '../protocol/message.js';
import type { Answer } from './answers.js';
import type { Client } from './client.js';

/** What passing on what a device says needs of its share. */
export interface FromDeviceParts {
  /** All programs, the one that has been there for longest first. */
  clients(): Iterable<Client>;
  /** Who has the device alone; null: nobody. */
  holder(): Client | null;
  /** Who answers otherwise: the name of a program, or `first`; null: nobody. */
  readonly answering: string | null;
  readonly requestTimeoutMs: number;
  /** A program did not get a message. */
  missed(): void;
}

/** Passes on what the device says and asks. */
export class FromDevice {
  /** Messages that the device sent by itself. */
  unsolicited = 0;
  /** Its requests that no program answered. */
  unanswerable = 0;
  readonly #parts: FromDeviceParts;

  constructor(parts: FromDeviceParts) {
    this.#parts = parts;
  }

  /** A message is for everybody. */
  said({ serviceId, dataId, data, status }: Message<JsonValue>): void {
    this.unsolicited++;
    for (const { session, counts } of this.#parts.clients()) {
      if (!session.isTrusted) continue;
      const miss = (): void => {
        counts.missed++;
        this.#parts.missed();
      };
      session.send(serviceId, dataId, data, status, 0).then((isSent) => isSent || miss(), miss);
    }
  }

  /** A request is for one. */
  async asked({ serviceId, dataId, data }: Message<JsonValue>): Promise<Answer> {
    const client = this.#parts.holder() ?? this.#answering();
    if (client === null) {
      this.unanswerable++;
      return [STATUS_SERVICE_OR_DATA_UNKNOWN, null];
    }
    try {
      const timeout = this.#parts.requestTimeoutMs;
      const answer = await client.session.request(serviceId, dataId, data, { timeout });
      return [answer.status, answer.data];
    } catch {
      this.unanswerable++;
      return [STATUS_CALLBACK_ERROR, null];
    }
  }

  /** Who answers the device while nobody has the lease. */
  #answering(): Client | null {
    const { answering } = this.#parts;
    if (answering === null) return null;
    for (const client of this.#parts.clients())
      if (client.session.isTrusted && (answering === 'first' || client.name === answering)) return client;
    return null;
  }
}
