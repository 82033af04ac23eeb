/**
 * The order of answers (protocol.md section 5): answers to requests of equal ids leave in the order in which the
 * requests came, however long each callback takes. A peer can match them by nothing else.
 */

import type { Message } from '../protocol/message.js';
import { type MessageKey, messageKey } from './message-key.js';

/** An answer as it will leave: encoded when it is made, so that data that is no JSON is the callback's failure. */
export interface Answer {
  readonly message: Message<unknown>;
  readonly payload: Buffer;
}

/** A place in a line: taken when a request comes, filled when its answer is known. */
export interface AnswerPlace {
  readonly key: MessageKey;
  readonly line: AnswerPlace[];
  answer: Answer | null;
}

/** The lines of one connection; a new connection gets new ones. */
export class AnswerLines {
  readonly #lines = new Map<MessageKey, AnswerPlace[]>();
  readonly #send: (answer: Answer) => void;
  readonly #sendNowhere: (answer: Answer) => void;
  #isClosed = false;

  /** `sendNowhere` hears of the answers that come after `close`. */
  constructor(send: (answer: Answer) => void, sendNowhere: (answer: Answer) => void) {
    this.#send = send;
    this.#sendNowhere = sendNowhere;
  }

  /** The connection is gone: no answer of these lines may be sent on another. */
  close(): void {
    this.#isClosed = true;
  }

  /** Whether an answer to these ids could leave at once. */
  isFree(serviceId: number, dataId: number): boolean {
    return !this.#lines.has(messageKey(serviceId, dataId));
  }

  /** Takes the next place in the line of a request's ids. */
  enter(serviceId: number, dataId: number): AnswerPlace {
    const key = messageKey(serviceId, dataId);
    let line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, (line = []));
    const place: AnswerPlace = { key, line, answer: null };
    line.push(place);
    return place;
  }

  /** Fills a place, and sends its answer and all that waited for it. */
  fill(place: AnswerPlace, answer: Answer): void {
    if (this.#isClosed) return this.#sendNowhere(answer);
    place.answer = answer;
    let sent = 0;
    for (const { answer: next } of place.line) {
      if (next === null) break;
      sent++;
      this.#send(next);
    }
    if (sent > 0) place.line.splice(0, sent);
    if (place.line.length === 0) this.#lines.delete(place.key);
  }
}
