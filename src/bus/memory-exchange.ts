/** What all ways to a bus in this process share: who has subscribed, who waits for answers, and what is under way. */

import type { Clock } from '../base/clock.js';
import type { BusHeaders } from './bus.js';
import { Interest, type Interested } from './interest.js';

/** A message on its way. */
export interface Sent {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: BusHeaders | null;
  readonly reply: string | null;
}

/** Gets what was sent to it, later. Never throws. */
export interface Receiver {
  receive(sent: Sent): void;
}

/** Waits for answers. */
export interface Answers extends Receiver {
  /** Who asks. */
  readonly host: object;
  /** The side that asks has closed the bus. */
  busClosed(): void;
}

/** A subscription. */
export interface Subscriber extends Interested, Receiver {}

/** What the subjects of answers begin with. */
const INBOX = '_INBOX.';

const READY = Promise.resolve();

/** Takes messages, and gives them to those who want them. */
export class Exchange {
  readonly clock: Clock;
  readonly maxPayload: number;
  readonly #random: () => number;
  readonly #interest = new Interest<Subscriber>();
  readonly #inboxes = new Map<string, Answers>();
  #lastInbox = 0;
  /** Receivers, and behind each what it gets. */
  #underWay: (Receiver | Sent)[] = [];
  #spare: (Receiver | Sent)[] = [];
  readonly #found: Subscriber[] = [];

  constructor(clock: Clock, maxPayload: number, random: () => number) {
    this.clock = clock;
    this.maxPayload = maxPayload;
    this.#random = random;
  }

  /** What there is now. */
  stats(): { subscriptions: number; waiting: number; underWay: number } {
    return {
      subscriptions: this.#interest.size,
      waiting: this.#inboxes.size,
      underWay: this.#underWay.length / 2,
    };
  }

  add(subscriber: Subscriber): void {
    this.#interest.add(subscriber);
  }

  /** Sends it nothing more; what is under way still comes. */
  remove(subscriber: Subscriber): void {
    this.#interest.remove(subscriber);
  }

  /** A subject for the answers to one request. */
  openInbox(answers: Answers): string {
    const inbox = `${INBOX}${++this.#lastInbox}`;
    this.#inboxes.set(inbox, answers);
    return inbox;
  }

  closeInbox(inbox: string): void {
    this.#inboxes.delete(inbox);
  }

  /** What one side waits for. */
  answersFor(host: object): Answers[] {
    return [...this.#inboxes.values()].filter((answers) => answers.host === host);
  }

  /**
   * Sends a message.
   *
   * @returns whether anybody gets it
   */
  send(sent: Sent): boolean {
    const inbox = sent.subject.startsWith(INBOX) ? this.#inboxes.get(sent.subject) : undefined;
    if (inbox !== undefined) this.#push(inbox, sent);
    const found = this.#found;
    this.#interest.match(sent.subject, found);
    const { length } = found;
    if (length > 0) {
      this.#distribute(found, sent);
      found.length = 0;
    }
    return length > 0 || inbox !== undefined;
  }

  /** Each without a queue gets it, and one of each queue, whatever its pattern is. */
  #distribute(found: readonly Subscriber[], sent: Sent): void {
    let only: Subscriber | null = null;
    let queues: Map<string, Subscriber[]> | null = null;
    for (const each of found) {
      if (each.queue === null) {
        this.#push(each, sent);
      } else if (only === null) {
        only = each;
      } else {
        queues ??= new Map([[only.queue as string, [only]]]);
        const members = queues.get(each.queue);
        if (members === undefined) queues.set(each.queue, [each]);
        else members.push(each);
      }
    }
    if (queues === null) {
      if (only !== null) this.#push(only, sent);
      return;
    }
    for (const members of queues.values()) {
      const place = members.length === 1 ? 0 : Math.floor(this.#random() * members.length);
      // 1 is no chance that Math.random gives, and a source of the user's may
      this.#push((members[place] ?? members.at(-1)) as Subscriber, sent);
    }
  }

  /** Resolves when all that was sent before has been given to those who get it. */
  flushed(): Promise<void> {
    return new Promise((resolve) => this.#push({ receive: () => resolve() }, NOTHING));
  }

  /** Never within the call that sends, as on a network; and everything in the order of sending. */
  #push(receiver: Receiver, sent: Sent): void {
    if (this.#underWay.length === 0) READY.then(this.#deliver);
    this.#underWay.push(receiver, sent);
  }

  readonly #deliver = (): void => {
    const due = this.#underWay;
    // what is sent meanwhile comes after what others make of this
    this.#underWay = this.#spare;
    for (let at = 0; at < due.length; at += 2) (due[at] as Receiver).receive(due[at + 1] as Sent);
    due.length = 0;
    this.#spare = due;
  };
}

const NOTHING: Sent = { subject: '', data: new Uint8Array(), headers: null, reply: null };
