/** Messages that nobody took, kept for a later `receive` (protocol.md section 5, rules 5 and 6). */

import type { Clock } from '../../base/clock.js';
import type { JsonValue, Message } from '../../protocol/message.js';
import { type MessageKey, messageKey } from '../../protocol/message-key.js';
import type { Journal } from '../journal/journal.js';

/** The bounds of a receive buffer. */
export interface ReceiveBufferLimits {
  readonly perKey: number;
  readonly messages: number;
  readonly bytes: number;
  readonly ageMs: number;
}

interface Entry {
  readonly message: Message<JsonValue>;
  readonly byteLength: number;
  readonly arrivedMs: number;
}

/** Why a message left the buffer unread. */
type BufferDropReason = 'overflow' | 'stale' | 'expired';

/** What an empty buffer holds; a session that never keeps a message has nothing of its own. */
const NONE = new Set<Entry>();
const NO_LINES = new Map<MessageKey, Entry[]>();

/** A bounded buffer: past a bound the oldest message is dropped. */
export class ReceiveBuffer {
  readonly #limits: ReceiveBufferLimits;
  readonly #clock: Clock;
  readonly #journal: Journal;
  /** In the order of arrival; an entry leaves from anywhere, which a `Set` does cheaply. */
  #entries: Set<Entry> = NONE;
  #byKey = NO_LINES;
  #bytes = 0;

  constructor(limits: ReceiveBufferLimits, clock: Clock, journal: Journal) {
    this.#limits = limits;
    this.#clock = clock;
    this.#journal = journal;
  }

  /** How many messages are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Keeps a message.
   *
   * @param byteLength how long its payload is
   * @returns whether it is kept; a message larger than the whole buffer is not, and pushes out no other
   */
  push(message: Message<JsonValue>, byteLength: number): boolean {
    this.#expire();
    if (byteLength > this.#limits.bytes) {
      this.#leftUnread(message, 'overflow');
      return false;
    }
    if (this.#entries === NONE) {
      this.#entries = new Set();
      this.#byKey = new Map();
    }
    const key = messageKey(message.serviceId, message.dataId);
    let line = this.#byKey.get(key);
    if (line === undefined) this.#byKey.set(key, (line = []));
    const entry = { message, byteLength, arrivedMs: this.#clock.now() };
    line.push(entry);
    this.#entries.add(entry);
    this.#bytes += byteLength;
    if (line.length > this.#limits.perKey) this.#drop(line[0], 'overflow');
    while (this.#entries.size > this.#limits.messages || this.#bytes > this.#limits.bytes) {
      this.#drop(this.#entries.values().next().value, 'overflow');
    }
    return true;
  }

  /** The oldest message of a pair of ids, which leaves the buffer. */
  take(serviceId: number, dataId: number): Message<JsonValue> | undefined {
    this.#expire();
    const entry = this.#byKey.get(messageKey(serviceId, dataId))?.[0];
    if (entry !== undefined) this.#remove(entry);
    return entry?.message;
  }

  /** Forgets all: what an earlier connection left means nothing on the next. */
  clear(): void {
    const stale = this.#entries;
    this.#entries = NONE;
    this.#byKey = NO_LINES;
    this.#bytes = 0;
    for (const { message } of stale) this.#leftUnread(message, 'stale');
  }

  /** Drops what is too old; entries are in order of arrival. No timer is needed: nobody sees them meanwhile. */
  #expire(): void {
    const oldestMs = this.#clock.now() - this.#limits.ageMs;
    for (const entry of this.#entries) {
      if (entry.arrivedMs >= oldestMs) return;
      this.#drop(entry, 'expired');
    }
  }

  #drop(entry: Entry | undefined, reason: BufferDropReason): void {
    if (entry === undefined) return;
    this.#remove(entry);
    this.#leftUnread(entry.message, reason);
  }

  #leftUnread(message: Message<JsonValue>, reason: BufferDropReason): void {
    const journal = this.#journal;
    journal.drop(reason, () => `nobody took it from the receive buffer: ${journal.describe(message)}`);
  }

  #remove(entry: Entry): void {
    const key = messageKey(entry.message.serviceId, entry.message.dataId);
    const line = this.#byKey.get(key);
    if (line === undefined) return;
    line.splice(line.indexOf(entry), 1);
    if (line.length === 0) this.#byKey.delete(key);
    this.#entries.delete(entry);
    this.#bytes -= entry.byteLength;
  }
}
