/**
 * The order of answers (protocol.md section 5): answers to requests of equal ids leave in the order in which the
 * requests came, however long each takes. A peer has nothing else to match them by.
 */

import type { Clock } from '../../base/clock.js';
import type { Message } from '../../protocol/message.js';
import { type MessageKey, messageKey } from '../../protocol/message-key.js';
import type { Journal } from '../journal/journal.js';
import type { SessionHandle } from '../session-handle.js';
import type { Output, Payload } from './output.js';

/** An answer as it leaves. */
export interface Answer {
  readonly message: Message<unknown>;
  readonly payload: Payload;
}

/** Makes an answer at the moment when it can leave: waiting answers are not encoded yet. */
export type AnswerMaker = () => Answer;

/** A place in the order of its ids: reserved when a request comes, filled when its answer is known. */
export interface AnswerPlace {
  readonly key: MessageKey;
  /** The places of equal ids, first to leave first; null when their connection is gone. */
  places: AnswerPlace[] | null;
  answer: AnswerMaker | null;
  /** Whether a callback has given the answer. */
  isOfCallback: boolean;
  /** The status of an answer that consists of nothing else, and how many equal ones in a row it stands for. */
  status: number | null;
  times: number;
  /** The timer of a delayed answer. */
  timer: unknown;
}

/** Sends answers in order. */
export class Answers {
  readonly #output: Output;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #handle: SessionHandle;
  /** Created when an answer has to wait; most never do. */
  #places: Map<MessageKey, AnswerPlace[]> | null = null;
  /** How many answers wait for one before them, or for room; equal statuses in a row count once. */
  waiting = 0;
  /** How many of those a callback has given: they keep what it returned. */
  waitingOfCallbacks = 0;

  constructor(output: Output, journal: Journal, clock: Clock, handle: SessionHandle) {
    this.#output = output;
    this.#journal = journal;
    this.#clock = clock;
    this.#handle = handle;
  }

  /**
   * Sends an answer, after those that are due before it, and when the peer has read enough of them.
   *
   * @param isOfCallback whether a callback has given it
   */
  send(serviceId: number, dataId: number, answer: AnswerMaker, isOfCallback = false): void {
    if (this.mayLeave(serviceId, dataId)) return this.leave(answer());
    this.fill(this.reserve(serviceId, dataId), answer, isOfCallback);
    this.#output.caller?.answerWaits();
  }

  /** Whether an answer may leave at once: none is due before it, and the peer reads. */
  mayLeave(serviceId: number, dataId: number): boolean {
    const isFirst = this.#places === null || !this.#places.has(messageKey(serviceId, dataId));
    return isFirst && !this.#output.isFull;
  }

  /** Sends an answer that may leave. */
  leave({ message, payload }: Answer): void {
    this.#output.transmit(message, payload);
  }

  /** Sends an answer that is a status alone. However many equal ones wait in a row, they take one place. */
  sendStatus(serviceId: number, dataId: number, status: number, answer: AnswerMaker): void {
    const places = this.#places?.get(messageKey(serviceId, dataId));
    const last = places?.at(-1);
    if (last !== undefined && last.status === status) {
      last.times++;
      return;
    }
    if (places === undefined && !this.#output.isFull) return this.leave(answer());
    const place = this.reserve(serviceId, dataId);
    place.status = status;
    this.fill(place, answer);
    this.#output.caller?.answerWaits();
  }

  /** Sends an answer after a delay; later answers to the same ids wait for it. */
  sendLater(serviceId: number, dataId: number, answer: AnswerMaker, delayMs: number): void {
    const place = this.reserve(serviceId, dataId);
    place.timer = this.#clock.setTimeout(
      () =>
        this.#handle.guard(() => {
          this.fill(place, answer);
          // callbacks may have waited for it
          this.#output.caller?.callNext();
        }),
      delayMs,
    );
  }

  /** Takes the next place of a pair of ids. */
  reserve(serviceId: number, dataId: number): AnswerPlace {
    const key = messageKey(serviceId, dataId);
    this.#places ??= new Map();
    let places = this.#places.get(key);
    if (places === undefined) this.#places.set(key, (places = []));
    const place: AnswerPlace = {
      key,
      places,
      answer: null,
      isOfCallback: false,
      status: null,
      times: 1,
      timer: undefined,
    };
    places.push(place);
    return place;
  }

  /** Fills a place; sends its answer, and those that waited for it, as soon as it is the first. */
  fill(place: AnswerPlace, answer: AnswerMaker, isOfCallback = false): void {
    const { key, places } = place;
    if (places === null) return this.#lose(answer);
    place.answer = answer;
    place.isOfCallback = isOfCallback;
    this.waiting++;
    if (isOfCallback) this.waitingOfCallbacks++;
    this.#sendFirst(key, places);
  }

  /** Whether any answer is still owed on the connection that there is, but for those that are delayed on purpose. */
  get areOwed(): boolean {
    for (const places of this.#places?.values() ?? [])
      if (places.some(({ timer }) => timer === undefined)) return true;
    return false;
  }

  /** There is room again. */
  drained(): void {
    if (this.#places === null || this.waiting === 0) return;
    for (const [key, places] of this.#places) {
      if (this.#output.isFull) return;
      this.#sendFirst(key, places);
    }
  }

  /** A message as an answer; throws as `encode` of the output does. */
  encoded(message: Message<unknown>): Answer {
    return { message, payload: this.#output.encode(message) };
  }

  /**
   * The connection is gone: no answer to a request of it may be sent on another.
   *
   * @returns how many callbacks have run or wait in vain
   */
  linkLost(): number {
    const lost = this.#places;
    this.#places = null;
    this.waiting = this.waitingOfCallbacks = 0;
    if (lost === null) return 0;
    let callbacks = 0;
    for (const places of lost.values()) {
      for (const place of places) {
        place.places = null;
        if (place.isOfCallback || (place.answer === null && place.timer === undefined)) callbacks++;
        this.#clock.clearTimeout(place.timer);
        for (let i = 0; place.answer !== null && i < place.times; i++) this.#lose(place.answer);
      }
    }
    this.#output.workEnded?.();
    return callbacks;
  }

  #sendFirst(key: MessageKey, places: AnswerPlace[]): void {
    while (!this.#output.isFull) {
      const [first] = places;
      if (first === undefined || first.answer === null || first.places === null) break;
      if (--first.times === 0) {
        places.shift();
        this.waiting--;
        if (first.isOfCallback) this.waitingOfCallbacks--;
      }
      this.leave(first.answer());
    }
    if (places.length > 0) return;
    this.#places?.delete(key);
    this.#output.workEnded?.();
  }

  #lose(answer: AnswerMaker): void {
    this.#journal.drop(
      'link-lost',
      `an answer whose connection is gone: ${this.#journal.describe(answer().message)}`,
    );
  }
}
