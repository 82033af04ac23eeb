/** What the users of a bus have subscribed to: the same on each of its links, of which there are two while one takes over. */

import { isThenable } from '../../base/thenable.js';
import { runUserCode } from '../../base/user-code.js';
import type { BusMessage, BusSubscription } from '../bus.js';
import { subscriberFailed } from '../hearing.js';
import type { Incoming, Link, LinkSubscription, Receiver } from './link.js';
import { NatsMessage, type Respond, saysNoResponders } from './message.js';

type OnMessage = (message: BusMessage) => unknown;

/** All subscriptions of a bus. */
export class Subscriptions {
  readonly #respond: Respond;
  readonly #subscriptions = new Set<Subscription>();
  readonly #links = new Set<Link>();
  /** Callbacks whose promises are not settled yet. */
  #running = 0;
  #idle: (() => void)[] = [];
  /** Messages that came by two links, and were given once. */
  duplicates = 0;
  /** Published with a subject for answers, where nobody had subscribed. */
  unheard = 0;

  constructor(respond: Respond) {
    this.#respond = respond;
  }

  add(subject: string, queue: string | undefined, onMessage: OnMessage): BusSubscription {
    const subscription = new Subscription(this, subject, queue, onMessage);
    this.#subscriptions.add(subscription);
    for (const link of this.#links) {
      try {
        subscription.open(link);
      } catch {
        // the link is over, and will say so: the next one has all subscriptions
      }
    }
    return subscription;
  }

  /** Subscribes to everything on a link. */
  open(link: Link): void {
    for (const subscription of this.#subscriptions) subscription.open(link);
    this.#links.add(link);
  }

  /** A link is over. */
  forget(link: Link): void {
    this.#links.delete(link);
    for (const subscription of this.#subscriptions) subscription.forget(link);
  }

  /** Nothing new comes by a link; resolves when what it has sent was given. */
  async drainLink(link: Link): Promise<void> {
    this.#links.delete(link);
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.drainLink(link)));
  }

  /** Ends all; resolves when the last message was given, and the last callback has settled its promise. */
  async drainAll(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.drain()));
    while (this.#running > 0) await new Promise<void>((resolve) => void this.#idle.push(resolve));
  }

  /** Those with this subject that a server does not allow. */
  refused(link: Link, subject: string): void {
    for (const subscription of this.#subscriptions)
      if (subscription.subject === subject) subscription.forget(link);
  }

  clear(): void {
    for (const subscription of [...this.#subscriptions]) subscription.unsubscribe();
    this.#links.clear();
  }

  // ── what a subscription needs ──

  ended(subscription: Subscription): void {
    this.#subscriptions.delete(subscription);
  }

  deliver(subject: string, onMessage: OnMessage, incoming: Incoming): void {
    let result: unknown;
    try {
      result = onMessage(new NatsMessage(incoming, this.#respond));
    } catch (error) {
      return subscriberFailed(error, subject, this);
    }
    if (!isThenable(result)) return;
    this.#running++;
    const done = (): void => {
      if (--this.#running > 0) return;
      const idle = this.#idle;
      this.#idle = [];
      for (const resolve of idle) resolve();
    };
    runUserCode(
      () => Promise.resolve(result).finally(done),
      (error) => subscriberFailed(error, subject, this),
    );
  }
}

/** One subscription, which is small: a gateway has one for each device. */
class Subscription implements BusSubscription, Receiver {
  readonly subject: string;
  readonly #all: Subscriptions;
  readonly #queue: string | undefined;
  readonly #onMessage: OnMessage;
  /** On the link that was opened last. */
  #newest: Way | null = null;
  /** On the one before it, while one server takes over from another. */
  #older: Way | null = null;
  #isEnded = false;
  #drained: Promise<void> | null = null;
  /** Set while two links are there; of a queue each message comes once anyhow. */
  #twice: TwoWays | null = null;

  constructor(all: Subscriptions, subject: string, queue: string | undefined, onMessage: OnMessage) {
    this.#all = all;
    this.subject = subject;
    this.#queue = queue;
    this.#onMessage = onMessage;
  }

  open(link: Link): void {
    if (this.#drained !== null) return;
    const own = link.subscribe(this.subject, this.#queue, this);
    if (this.#newest !== null) {
      this.#older = this.#newest;
      if (this.#queue === undefined) this.#twice ??= new TwoWays();
    }
    this.#newest = { link, own };
  }

  came(link: Link, incoming: Incoming): void {
    if (this.#isEnded) return;
    // the word of a server to who published with a subject for answers; on no other bus is there such a message
    if (saysNoResponders(incoming)) this.#all.unheard++;
    else if (this.#twice?.isSecond(link, incoming)) this.#all.duplicates++;
    else this.#all.deliver(this.subject, this.#onMessage, incoming);
  }

  forget(link: Link): void {
    if (this.#older?.link === link) {
      this.#older = null;
    } else if (this.#newest?.link === link) {
      this.#newest = this.#older;
      this.#older = null;
    }
    if (this.#older === null) this.#twice = null;
  }

  async drainLink(link: Link): Promise<void> {
    await Promise.all(this.#ways.map((way) => (way.link === link ? link.drain(way.own) : undefined)));
  }

  get #ways(): Way[] {
    return [this.#newest, this.#older].filter((way) => way !== null);
  }

  unsubscribe(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const { link, own } of this.#ways) link.unsubscribe(own);
    this.#newest = this.#older = null;
    this.#all.ended(this);
  }

  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain(): Promise<void> {
    if (this.#isEnded) return;
    await Promise.all(this.#ways.map(({ link, own }) => link.drain(own)));
    this.#isEnded = true;
    this.#all.ended(this);
  }
}

/** A subscription on a link. */
interface Way {
  readonly link: Link;
  readonly own: LinkSubscription;
}

/**
 * Two servers of a cluster give a subscriber the same messages while it moves from one to the other, unless only one of them
 * had the subscription. Of equal messages, as many are given as came by the way that brought more.
 */
class TwoWays {
  readonly #counts = new Map<string, Map<Link, number>>();

  isSecond(link: Link, incoming: Incoming): boolean {
    const { subject, reply = '', data, headers } = incoming;
    const content = Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1');
    const key = JSON.stringify([subject, reply, headers === undefined ? null : [...headers], content]);
    let counts = this.#counts.get(key);
    if (counts === undefined) this.#counts.set(key, (counts = new Map()));
    const own = (counts.get(link) ?? 0) + 1;
    counts.set(link, own);
    let most = 0;
    for (const [each, count] of counts) if (each !== link) most = Math.max(most, count);
    return own <= most;
  }
}
