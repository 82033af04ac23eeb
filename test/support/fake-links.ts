/** Servers of NATS that a test owns: who lets in, who breaks, and who has what. */

import type { BusHeaders } from '../../src/bus/bus.js';
import type { Dial, DialOutcome } from '../../src/bus/nats/dial.js';
import type { Incoming, Link, LinkOwner, LinkSubscription, Receiver } from '../../src/bus/nats/link.js';

/** What was written to a link. */
export interface Written {
  readonly subject: string;
  readonly text: string;
  readonly reply: string | undefined;
  readonly headers: BusHeaders | undefined;
}

class FakeSubscription implements LinkSubscription {
  readonly subject: string;
  readonly queue: string | undefined;
  readonly receiver: Receiver;
  isOpen = true;

  constructor(subject: string, queue: string | undefined, receiver: Receiver) {
    this.subject = subject;
    this.queue = queue;
    this.receiver = receiver;
  }

  isClosed(): boolean {
    return !this.isOpen;
  }
}

/** A connection that does what a test says. */
export class FakeLink implements Link {
  readonly server: string;
  maxPayload = 1_000;
  knownServers: readonly string[] = [];
  readonly written: Written[] = [];
  readonly subscriptions: FakeSubscription[] = [];
  /** Whether the server has had everything at once. */
  isPrompt: boolean;
  isClosed = false;
  /** What a broken client throws. */
  fault: Error | null = null;
  owner: LinkOwner | null = null;
  #flushes: { resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(server: string, isPrompt = true) {
    this.server = server;
    this.isPrompt = isPrompt;
  }

  begin(owner: LinkOwner): void {
    this.owner = owner;
  }

  publish(
    subject: string,
    data: Uint8Array,
    reply: string | undefined,
    headers: BusHeaders | undefined,
  ): void {
    if (this.fault !== null) throw this.fault;
    if (this.isClosed) throw new Error('written to a link that is closed');
    this.written.push({ subject, text: Buffer.from(data).toString(), reply, headers });
  }

  subscribe(subject: string, queue: string | undefined, receiver: Receiver): LinkSubscription {
    if (this.fault !== null) throw this.fault;
    const subscription = new FakeSubscription(subject, queue, receiver);
    this.subscriptions.push(subscription);
    return subscription;
  }

  unsubscribe(subscription: LinkSubscription): void {
    (subscription as FakeSubscription).isOpen = false;
  }

  drain(subscription: LinkSubscription): Promise<void> {
    const end = (): void => this.unsubscribe(subscription);
    return this.flush().then(end, end);
  }

  flush(): Promise<void> {
    if (this.isPrompt) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#flushes.push({ resolve, reject });
    });
  }

  /** The server has had everything. */
  hadAll(): void {
    const flushes = this.#flushes;
    this.#flushes = [];
    for (const { resolve } of flushes) resolve();
  }

  close(): Promise<void> {
    this.isClosed = true;
    this.owner = null;
    this.#rejectFlushes();
    return Promise.resolve();
  }

  /** It breaks. */
  break(detail = 'it broke'): void {
    const { owner } = this;
    this.owner = null;
    this.#rejectFlushes();
    this.isClosed = true;
    owner?.lost(this, detail);
  }

  #rejectFlushes(): void {
    for (const { reject } of this.#flushes) reject(new Error('the connection is over'));
    this.#flushes = [];
  }

  /** A message comes to those who have its subject; where they have queues, to each of those queues. */
  give(subject: string, text: string, more: { reply?: string; status?: number } = {}): void {
    const { reply = '', status } = more;
    const headers =
      status === undefined ? undefined : { code: status, [Symbol.iterator]: () => [][Symbol.iterator]() };
    const incoming = { subject, data: Buffer.from(text), reply, headers } as unknown as Incoming;
    for (const each of [...this.subscriptions])
      if (each.isOpen && hears(each.subject, subject)) each.receiver.came(this, incoming);
  }

  /** Answers what was written last. */
  answer(text: string, status?: number, at = -1): void {
    this.give(this.written.at(at)?.reply ?? '', text, status === undefined ? {} : { status });
  }
}

function hears(pattern: string, subject: string): boolean {
  return pattern.endsWith('*') ? subject.startsWith(pattern.slice(0, -1)) : pattern === subject;
}

interface FakeAttempt {
  readonly server: string;
  readonly settle: (outcome: DialOutcome) => void;
}

/** Servers that let in whom a test lets in. */
export class FakeServers {
  /** Attempts that are under way. */
  readonly attempts: FakeAttempt[] = [];
  readonly links: FakeLink[] = [];
  /** Which servers were tried, in their order. */
  readonly tried: string[] = [];

  readonly dial: Dial = ({ address }, _settings, signal) =>
    new Promise((resolve) => {
      this.tried.push(address);
      const attempt: FakeAttempt = {
        server: address,
        settle: (outcome) => {
          this.attempts.splice(this.attempts.indexOf(attempt), 1);
          resolve(outcome);
        },
      };
      this.attempts.push(attempt);
      signal.addEventListener('abort', () => {
        if (this.attempts.includes(attempt))
          attempt.settle({ link: null, fault: 'given up', isFinal: false });
      });
    });

  get #attempt(): FakeAttempt {
    const [attempt] = this.attempts;
    if (attempt === undefined) throw new Error('nobody dials');
    return attempt;
  }

  /** The server that is dialed lets us in. */
  letIn(isPrompt = true, knownServers: readonly string[] = [], fault: Error | null = null): FakeLink {
    const { server, settle } = this.#attempt;
    const link = new FakeLink(server, isPrompt);
    link.knownServers = knownServers;
    link.fault = fault;
    this.links.push(link);
    settle({ link });
    return link;
  }

  fail(isFinal = false, isUnauthorized = false): void {
    const { server, settle } = this.#attempt;
    settle({ link: null, fault: `Could not connect to ${server}: no`, isFinal, isUnauthorized });
  }

  get open(): FakeLink[] {
    return this.links.filter(({ isClosed }) => !isClosed);
  }
}
