/**
 * The order of answers (protocol.md section 5): answers to requests of equal ids leave in the order in which the
 * requests came, however long each callback takes. A peer can match them by nothing else.
 */

import type { Message } from '../../protocol/message.js';
import { type MessageKey, messageKey } from '../../protocol/message-key.js';

/** An answer as it leaves. */
export interface Answer {
  readonly message: Message<unknown>;
  readonly payload: Buffer;
}

/** Makes an answer at the moment in which it can leave: what waits is not encoded yet. */
export type AnswerMaker = () => Answer;

/** A place in a line: taken when a request comes, filled when its answer is known. */
export interface AnswerPlace {
  readonly key: MessageKey;
  readonly line: AnswerPlace[];
  answer: AnswerMaker | null;
}

/** Where answers go. */
export interface AnswerOutlet {
  /** The peer does not read: answers wait. */
  readonly isFull: boolean;
  transmit(message: Message<unknown>, payload: Buffer): void;
  /** An answer was made for a connection that is gone. */
  answerLost(answer: Answer): void;
}

/** The lines of one connection; a new connection gets new ones. */
export class AnswerLines {
  readonly #outlet: AnswerOutlet;
  #lines: Map<MessageKey, AnswerPlace[]> | null = null;
  #isClosed = false;
  /** How many answers wait for one before them, or for room. */
  ready = 0;

  constructor(outlet: AnswerOutlet) {
    this.#outlet = outlet;
  }

  /** The connection is gone: no answer of these lines may be sent on another. */
  close(): void {
    this.#isClosed = true;
    const lines = this.#lines;
    this.#lines = null;
    this.ready = 0;
    if (lines === null) return;
    for (const line of lines.values()) for (const { answer } of line) this.#lose(answer);
  }

  /** Whether an answer to these ids could leave at once. */
  isFree(serviceId: number, dataId: number): boolean {
    return this.#lines === null || !this.#lines.has(messageKey(serviceId, dataId));
  }

  /** Takes the next place in the line of a request's ids. */
  enter(serviceId: number, dataId: number): AnswerPlace {
    const key = messageKey(serviceId, dataId);
    this.#lines ??= new Map();
    let line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, (line = []));
    const place: AnswerPlace = { key, line, answer: null };
    line.push(place);
    return place;
  }

  /** Fills a place, and sends its answer and all that waited for it. */
  fill(place: AnswerPlace, answer: AnswerMaker): void {
    if (this.#isClosed) return this.#lose(answer);
    place.answer = answer;
    this.ready++;
    this.#sendFrom(place.key, place.line);
  }

  /** There is room again. */
  drain(): void {
    if (this.#lines === null || this.ready === 0) return;
    for (const [key, line] of this.#lines) this.#sendFrom(key, line);
  }

  #sendFrom(key: MessageKey, line: AnswerPlace[]): void {
    while (!this.#isClosed && !this.#outlet.isFull) {
      const answer = line[0]?.answer;
      if (answer == null) break;
      line.shift();
      this.ready--;
      const { message, payload } = answer();
      this.#outlet.transmit(message, payload);
    }
    if (line.length === 0) this.#lines?.delete(key);
  }

  #lose(answer: AnswerMaker | null): void {
    if (answer !== null) this.#outlet.answerLost(answer());
  }
}
