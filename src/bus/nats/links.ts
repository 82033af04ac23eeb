/**
 * The links of a bus: the one that is written to, and, while one server takes over from another, the next one or the one before.
 * Which becomes which, and when, its machine decides.
 */

import { messageOfThrown } from '../../base/thrown.js';
import type { Link, LinkOwner } from './link.js';
import type { Requests } from './requests.js';
import type { Subscriptions } from './subscriptions.js';

/** The links of one bus. */
export class Links {
  readonly #owner: LinkOwner;
  readonly #requests: Requests;
  readonly #subscriptions: Subscriptions;
  #current: Link | null = null;
  #next: Link | null = null;
  #old: Link | null = null;
  /** Whether only answers can still come over the old one. */
  #isOldDrained = false;

  constructor(owner: LinkOwner, requests: Requests, subscriptions: Subscriptions) {
    this.#owner = owner;
    this.#requests = requests;
    this.#subscriptions = subscriptions;
  }

  /** The link that is written to; null while the bus is away. */
  get current(): Link | null {
    return this.#current;
  }

  /** One that has everything, and is not written to yet. */
  get next(): Link | null {
    return this.#next;
  }

  /** Whether a message may come by two of them. */
  get areTwo(): boolean {
    return this.#next !== null || this.#old !== null;
  }

  /**
   * Gives a new link all subscriptions: it is the next one.
   *
   * @returns what is wrong with it, where it broke meanwhile; null where nothing is
   */
  adopt(link: Link): string | null {
    try {
      this.#requests.open(link);
      this.#subscriptions.open(link);
    } catch (error) {
      this.#forget(link);
      return messageOfThrown(error);
    }
    this.#next = link;
    link.begin(this.#owner);
    return null;
  }

  /** Writes to the next one from now on, if there is one. */
  takeUp(): void {
    if (this.#next === null) return;
    this.#current = this.#next;
    this.#next = null;
  }

  /** As `takeUp`, and still hears the one before. */
  move(): void {
    void this.#old?.close();
    this.#old = this.#current;
    this.#isOldDrained = false;
    this.takeUp();
  }

  /** Nothing new comes by the old one; what its server has sent is still given. */
  drainOld(): void {
    if (this.#old !== null) void this.#subscriptions.drainLink(this.#old);
  }

  /** Hears nothing but answers by the old one, as long as requests wait for them. */
  letOldGo(): void {
    if (this.#old === null) return;
    this.#subscriptions.forget(this.#old);
    this.#isOldDrained = true;
    this.closeIdleOld();
  }

  /** Closes the old one where no request waits for an answer over it any more. */
  closeIdleOld(): void {
    const old = this.#old;
    if (old === null || !this.#isOldDrained || this.#requests.waitsOn(old)) return;
    this.#old = null;
    void old.close();
  }

  /** Closes the one that is written to, and the next one. */
  drop(): void {
    this.#forget(this.#current);
    this.#current = null;
    this.#forget(this.#next);
    this.#next = null;
    this.letOldGo();
  }

  /**
   * One of them broke.
   *
   * @returns which it was; null for one that is none of them
   */
  lost(link: Link): 'current' | 'next' | 'old' | null {
    if (link === this.#current) return 'current';
    if (link !== this.#old && link !== this.#next) return null;
    this.#subscriptions.forget(link);
    if (link === this.#old) {
      this.#old = null;
      return 'old';
    }
    this.#next = null;
    return 'next';
  }

  /** Closes all; resolves when they are. */
  async closeAll(): Promise<void> {
    const links = [this.#current, this.#next, this.#old];
    this.#current = this.#next = this.#old = null;
    await Promise.allSettled(links.map((link) => link?.close()));
  }

  #forget(link: Link | null): void {
    if (link === null) return;
    this.#subscriptions.forget(link);
    void link.close();
  }
}
