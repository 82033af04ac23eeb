/** Messages that nobody took, for a `receive` to come (protocol.md section 5, rules 5 and 6). */

import type { JsonValue, Message } from '../protocol/message.js';
import { type MessageKey, messageKey } from './message-key.js';

/** The most messages that are kept for one pair of ids: a peer that repeats itself must not push out all others. */
export const DEFAULT_MAX_BUFFERED_PER_KEY = 64;
/** The most messages that are kept in all. */
export const DEFAULT_MAX_BUFFERED = 256;
/** The most bytes of payload that are kept in all: 1 MiB. */
export const DEFAULT_MAX_BUFFERED_BYTES = 1024 * 1024;

/** The bounds of a receive buffer. */
export interface ReceiveBufferLimits {
  readonly perKey: number;
  readonly messages: number;
  readonly bytes: number;
}

interface Entry {
  readonly message: Message<JsonValue>;
  readonly byteLength: number;
}

/** A bounded buffer: past a bound the oldest message goes, and whoever owns the buffer hears of it. */
export class ReceiveBuffer {
  readonly #limits: ReceiveBufferLimits;
  readonly #onDropped: (message: Message<JsonValue>, reason: 'overflow' | 'stale') => void;
  /** In the order of arrival; an entry leaves from anywhere, which a `Set` does cheaply. */
  readonly #entries = new Set<Entry>();
  readonly #byKey = new Map<MessageKey, Entry[]>();
  #bytes = 0;

  constructor(
    limits: ReceiveBufferLimits,
    onDropped: (message: Message<JsonValue>, reason: 'overflow' | 'stale') => void,
  ) {
    this.#limits = limits;
    this.#onDropped = onDropped;
  }

  /** How many messages are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /** Keeps a message; `byteLength` is that of its payload. */
  push(message: Message<JsonValue>, byteLength: number): void {
    const key = messageKey(message.serviceId, message.dataId);
    let line = this.#byKey.get(key);
    if (line === undefined) this.#byKey.set(key, (line = []));
    const entry = { message, byteLength };
    line.push(entry);
    this.#entries.add(entry);
    this.#bytes += byteLength;
    if (line.length > this.#limits.perKey) this.#drop(line[0]);
    while (this.#entries.size > this.#limits.messages || this.#bytes > this.#limits.bytes) {
      this.#drop(this.#entries.values().next().value);
    }
  }

  /** The oldest message of a pair of ids, which leaves the buffer. */
  take(serviceId: number, dataId: number): Message<JsonValue> | undefined {
    const entry = this.#byKey.get(messageKey(serviceId, dataId))?.[0];
    if (entry !== undefined) this.#remove(entry);
    return entry?.message;
  }

  /** Forgets all: what an earlier connection left means nothing on the next. */
  clear(): void {
    for (const { message } of this.#entries) this.#onDropped(message, 'stale');
    this.#entries.clear();
    this.#byKey.clear();
    this.#bytes = 0;
  }

  #drop(entry: Entry | undefined): void {
    if (entry === undefined) return;
    this.#remove(entry);
    this.#onDropped(entry.message, 'overflow');
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
