/** The iterators of one session that are open. Without any, there is no such object. */

import type { SessionAnnouncement } from '../../../machines/index.js';
import type { Clock } from '../../base/clock.js';
import { optionReader } from '../../base/option-table.js';
import { warnOfThrown } from '../../base/thrown.js';
import type { JsonValue, Message, PlainData } from '../../protocol/message.js';
import type { LinkReason } from '../../protocol/reasons.js';
import type { Journal } from '../journal/journal.js';
import type { Inspector, SessionSettings } from '../options.js';
import type { RequestOptions } from '../request-options.js';
import type { Gate } from '../sending/gate.js';
import type { SessionHandle } from '../session-handle.js';
import type { OpenFeed } from './feed.js';
import { Messages, type MessagesHost } from './messages.js';
import {
  admitMessagesOptions,
  admitStatesOptions,
  admitWatchOptions,
  MESSAGES_OPTIONS,
  type MessagesOptions,
  STATES_OPTIONS,
  type StatesOptions,
  WATCH_OPTIONS,
  type WatchOptions,
} from './options.js';
import { Readings, type ReadingsHost } from './readings.js';
import { States, type StatesHost } from './states.js';
import type { ConnectionState, MessageIterator, ReadingIterator, StateIterator } from './types.js';

/** What iterators work with. */
export interface WatchingParts {
  readonly settings: SessionSettings;
  readonly journal: Journal;
  readonly gate: Gate;
  readonly asking: { readonly whyDisconnected: LinkReason; readonly isAbandoned: boolean };
  readonly actor: { getSnapshot(): { readonly status: string } };
  readonly handle: SessionHandle;
}

/** Reads data of the peer. */
export type Read = (dataId: number, options: RequestOptions) => Promise<JsonValue>;

/** Makes iterators, and tells them what happens. */
export class Watching implements MessagesHost, StatesHost, ReadingsHost {
  readonly read: Read;
  readonly #parts: WatchingParts;
  readonly #open = new Set<OpenFeed>();
  readonly #messages = new Set<Messages>();
  readonly #states = new Set<States>();

  constructor(parts: WatchingParts, read: Read) {
    this.#parts = parts;
    this.read = read;
  }

  // ── what the program asks ──

  /** @throws OptionError for a wrong option */
  messages(options: MessagesOptions): MessageIterator {
    admitMessagesOptions(options);
    const read = optionReader(MESSAGES_OPTIONS, options);
    const filter = { serviceId: read('serviceId'), dataId: read('dataId') };
    return new Messages(this, filter, { signal: read('signal'), limit: read('limit') });
  }

  /** @throws OptionError for a wrong option */
  states(options: StatesOptions): StateIterator {
    admitStatesOptions(options);
    const read = optionReader(STATES_OPTIONS, options);
    return new States(this, { signal: read('signal'), limit: read('limit') });
  }

  /** @throws OptionError for a wrong option */
  watch<T extends PlainData<T>>(dataId: number, options: WatchOptions): ReadingIterator<T> {
    admitWatchOptions(options);
    const read = optionReader(WATCH_OPTIONS, options);
    return new Readings<T>(this, {
      dataId,
      everyMs: read('every'),
      timeoutMs: read('timeout'),
      signal: read('signal'),
      onError: read('onError'),
    });
  }

  // ── what happens ──

  /**
   * A message came that may pass.
   *
   * @returns whether an iterator has it
   */
  heard(message: Message<JsonValue>): boolean {
    let isHeard = false;
    for (const messages of this.#messages) if (messages.heard(message)) isHeard = true;
    return isHeard;
  }

  /** The session announces something. */
  announced(announcement: SessionAnnouncement): void {
    for (const states of this.#states) states.announced(announcement);
    if (announcement.type === 'closing') for (const feed of this.#open) feed.sessionClosing();
  }

  // ── what iterators ask ──

  opened(feed: OpenFeed): void {
    this.#open.add(feed);
    if (feed instanceof Messages) this.#messages.add(feed);
    if (feed instanceof States) this.#states.add(feed);
  }

  ended(feed: OpenFeed): void {
    this.#open.delete(feed);
    if (feed instanceof Messages) this.#messages.delete(feed);
    if (feed instanceof States) this.#states.delete(feed);
  }

  get isOver(): boolean {
    return this.#parts.handle.isOver;
  }

  get connectionState(): ConnectionState {
    const { gate, settings, asking, actor } = this.#parts;
    if (actor.getSnapshot().status !== 'active') return { state: 'closed', reason: null };
    if (!gate.isLinked) return { state: 'disconnected', reason: asking.whyDisconnected };
    const isTrusted = settings.secret !== null && gate.passage === 'everything';
    return { state: isTrusted ? 'trusted' : 'connected', reason: null };
  }

  get clock(): Clock {
    return this.#parts.settings.clock;
  }

  get inspect(): Inspector | undefined {
    return this.#parts.settings.inspect;
  }

  get isAbandoned(): boolean {
    return this.#parts.asking.isAbandoned;
  }

  describe(message: Message<JsonValue>): string {
    return this.#parts.journal.describe(message);
  }

  countDropped(what: string): void {
    this.#parts.journal.drop('slow-iterator', () => `a loop does not keep up: ${what}`);
  }

  failed(error: unknown): void {
    this.#parts.handle.fail(error);
  }

  crashed(error: unknown): void {
    warnOfThrown('the machine of a watch failed', error, 'SP_INTERNAL', { scope: this });
  }
}
