/**
 * Requests of this side. Their answers come to one subscription, each to a word of its own behind the same prefix, on whichever
 * link: what was asked before a link broke may be answered after another one is there. While there is no link, requests are
 * held here, because the client would drop them silently.
 */

import { callersNowAndThen, lateReason } from '../../base/callers.js';
import { onAbort, reasonOf } from '../../base/signals.js';
import { warnOfThrown } from '../../base/thrown.js';
import { BusError } from '../../protocol/errors.js';
import type { BusReason } from '../../protocol/reasons.js';
import { Deadlines } from '../../session/asking/deadlines.js';
import type { BusHeaders, BusMessage, BusRequestOptions, RequestAllOptions } from '../bus.js';
import { checkMessage, checkSubject, checkWait, sizeOfHeaders } from '../checks.js';
import { type Asked, AskedAll, type AskedHost, AskedOne } from './asked.js';
import type { Incoming, Link, Receiver } from './link.js';
import type { Respond } from './message.js';
import type { NatsSettings } from './option-table.js';

/** What requests need of their bus. */
export interface RequestsHost {
  /** The link to write to; null while there is none. */
  readonly link: Link | null;
  readonly respond: Respond;
  /** A request is settled that was written on another link, or on none. */
  settledElsewhere(): void;
  /** An answer has come that nobody waits for. */
  strayed(): void;
}

/** What a held request takes besides its bytes. */
const HELD_OVERHEAD = 512;

/** The requests of a bus. */
export class Requests implements Receiver, AskedHost {
  readonly respond: Respond;
  readonly #host: RequestsHost;
  readonly #settings: NatsSettings;
  readonly #deadlines: Deadlines<Asked>;
  readonly #inbox: string;
  readonly #waiting = new Map<string, Asked>();
  readonly #held = new Set<Asked>();
  #heldBytes = 0;
  #lastToken = 0;
  /** Why no answer can come. */
  #inboxRefusal: string | null = null;

  /** @param inbox where answers come: a word of their own follows it */
  constructor(host: RequestsHost, settings: NatsSettings, inbox: string) {
    this.#host = host;
    this.respond = host.respond;
    this.#settings = settings;
    this.#inbox = inbox;
    this.#deadlines = new Deadlines(settings.clock, {
      elapsed: (asked) => asked.elapsed(this),
      failed: (error) =>
        warnOfThrown('the clock of a message bus failed', error, 'SP_BUS_FAILED', { scope: this }),
    });
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get held(): number {
    return this.#held.size;
  }

  /** Hears answers on a link. */
  open(link: Link): void {
    link.subscribe(`${this.#inbox}*`, undefined, this);
  }

  came(_link: Link, message: Incoming): void {
    const asked = this.#waiting.get(message.subject.slice(this.#inbox.length));
    if (asked === undefined) this.#host.strayed();
    else asked.came(message, this);
  }

  ask(subject: string, data: Uint8Array, options: BusRequestOptions): Promise<BusMessage> {
    const { headers, timeoutMs, signal } = options;
    if (signal?.aborted) return lateReason(reasonOf(signal), () => undefined);
    const nowMs = this.#settings.clock.now();
    return new Promise((resolve) => {
      checkWait('timeoutMs', timeoutMs);
      const asked = new AskedOne(
        this.#nextToken(),
        subject,
        timeoutMs,
        resolve,
        callersNowAndThen(this.ask, nowMs),
      );
      this.#begin(asked, data, headers, nowMs);
      if (signal !== undefined && this.#waiting.has(asked.token)) {
        asked.unlisten = onAbort(signal, () => {
          this.settle(asked);
          asked.aborted(reasonOf(signal));
        });
      }
    });
  }

  askAll(subject: string, data: Uint8Array, options: RequestAllOptions): Promise<BusMessage[]> {
    const nowMs = this.#settings.clock.now();
    return new Promise((resolve) => {
      const { maxWaitMs, stallMs = maxWaitMs } = options;
      checkWait('maxWaitMs', maxWaitMs);
      checkWait('stallMs', stallMs);
      const asked = new AskedAll(this.#nextToken(), subject, options, nowMs, resolve);
      this.#begin(asked, data, options.headers, nowMs);
    });
  }

  #nextToken(): string {
    return (++this.#lastToken).toString(36);
  }

  /** @throws BusError, for what no bus can carry */
  #begin(asked: Asked, data: Uint8Array, headers: BusHeaders | undefined, nowMs: number): void {
    checkSubject(asked.subject);
    const { link } = this.#host;
    if (link === null) this.#hold(asked, data, headers);
    else this.#write(asked, link, data, headers);
    this.#waiting.set(asked.token, asked);
    this.#deadlines.start(asked, asked.timeoutMs, nowMs + asked.timeoutMs);
  }

  #write(asked: Asked, link: Link, data: Uint8Array, headers: BusHeaders | undefined): void {
    const { subject } = asked;
    checkMessage(subject, data, headers, link.maxPayload);
    if (this.#inboxRefusal !== null)
      throw new BusError('bus-refused', { subject, detail: this.#inboxRefusal });
    try {
      link.publish(subject, data, this.#inbox + asked.token, headers);
    } catch {
      // the link is over, and will say so: the next one takes it
      return this.#hold(asked, data, headers);
    }
    asked.link = link;
  }

  #hold(asked: Asked, data: Uint8Array, headers: BusHeaders | undefined): void {
    const bytes = data.length + sizeOfHeaders(headers) + HELD_OVERHEAD;
    const { maxHeldBytes } = this.#settings;
    if (this.#heldBytes + bytes > maxHeldBytes) {
      const detail = `the bus is away, and more than ${maxHeldBytes} bytes of requests wait for it (maxHeldBytes)`;
      throw new BusError('bus-away', { subject: asked.subject, detail });
    }
    this.#heldBytes += bytes;
    // the caller may reuse its bytes
    asked.held = {
      data: Buffer.from(data),
      headers: headers === undefined ? undefined : { ...headers },
      bytes,
    };
    this.#held.add(asked);
  }

  /** There is a link: those that were held leave, in their order. */
  release(link: Link): void {
    this.#inboxRefusal = null;
    for (const asked of [...this.#held]) {
      const { held } = asked;
      if (held === null) continue;
      this.#unhold(asked);
      try {
        this.#write(asked, link, held.data, held.headers);
      } catch (error) {
        this.settle(asked);
        const { reason, message } = error as BusError;
        asked.failed(reason, { detail: message });
      }
    }
  }

  #unhold(asked: Asked): void {
    if (asked.held === null) return;
    this.#heldBytes -= asked.held.bytes;
    asked.held = null;
    this.#held.delete(asked);
  }

  /**
   * A server refuses a message, and names only its subject. Of several requests with that subject the last one is the likeliest: an
   * older one may have passed before the permissions changed.
   */
  refusePublish(link: Link, subject: string, detail: string): boolean {
    const equal = [...this.#waiting.values()].filter(
      (asked) => asked.subject === subject && asked.link === link,
    );
    const last = equal.at(-1);
    if (last === undefined) return false;
    this.settle(last);
    last.failed('bus-refused', { written: equal.length > 1, detail });
    return true;
  }

  /** A server does not let answers through. */
  refuseInbox(subject: string, detail: string): boolean {
    if (subject !== `${this.#inbox}*`) return false;
    this.#inboxRefusal = `${detail} (inboxPrefix?)`;
    this.#failAll('bus-refused', this.#inboxRefusal);
    return true;
  }

  /** The bus is closed. */
  close(): void {
    this.#failAll('bus-closed');
    this.#deadlines.clear();
  }

  #failAll(reason: BusReason, detail?: string): void {
    for (const asked of [...this.#waiting.values()]) {
      const written = asked.link !== null;
      this.settle(asked);
      asked.failed(reason, { written, detail });
    }
  }

  /** Whether answers may still come to requests that were written on a link. */
  waitsOn(link: Link): boolean {
    for (const asked of this.#waiting.values()) if (asked.link === link) return true;
    return false;
  }

  // ── what those who wait need ──

  settle(asked: Asked): void {
    this.#waiting.delete(asked.token);
    this.#deadlines.stop(asked);
    if (asked.held !== null) this.#unhold(asked);
    asked.unlisten?.();
    if (asked.link !== this.#host.link) this.#host.settledElsewhere();
  }

  postpone(asked: Asked, lengthMs: number, latestMs: number): void {
    this.#deadlines.stop(asked);
    const nowMs = this.#settings.clock.now();
    const leftMs = Math.min(lengthMs, latestMs - nowMs);
    this.#deadlines.start(asked, leftMs, nowMs + leftMs);
  }
}
