/** Who tells whom which name (protocol.md section 4). */

import {
  DID_CHANNEL_NAME,
  type Role,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
} from '../../../src/index.js';
import type { Tuple } from '../../support/bytes.js';
import type { Book } from './book.js';
import { WORDS } from './words.js';

/** The exchange of names of one side. */
export class ExpectedNames {
  readonly #book: Book;
  readonly #role: Role;
  #name: string | null;
  /** Whether the other side's message is still to come on this link. */
  #isAwaited = false;
  /** Answers to heartbeats that are still to come. */
  #openHeartbeats = 0;

  constructor(book: Book, role: Role, name: string | null) {
    this.#book = book;
    this.#role = role;
    this.#name = name;
  }

  /** The client tells its name first thing. */
  linkOpened(): void {
    this.#isAwaited = true;
    if (this.#role === 'client') this.#book.sent(SID_CHANNEL_NAME_REQUEST, DID_CHANNEL_NAME, this.#name);
  }

  linkLost(): void {
    this.#isAwaited = false;
    this.#openHeartbeats = 0;
  }

  /** A client asks again, without its name: any answer is a sign of life, and tells nothing new. */
  askForSignOfLife(): void {
    this.#openHeartbeats++;
    this.#book.sent(SID_CHANNEL_NAME_REQUEST, DID_CHANNEL_NAME, null);
  }

  /** Takes a message of the channel-name service. */
  hears([serviceId, , status, data]: Tuple, isLinked: boolean): void {
    const name = typeof data === 'string' && status === 0 ? data : null;
    const isRequest = serviceId === SID_CHANNEL_NAME_REQUEST;
    if (!isLinked || isRequest !== (this.#role === 'server')) return this.#book.dropped('unexpected');
    if (isRequest) this.#answer(name);
    else this.#takeAnswer(name);
  }

  /** A server takes the first name that it is sent, and answers each. */
  #answer(name: string | null): void {
    const isFirst = this.#isAwaited;
    this.#isAwaited = false;
    if (name !== null && isFirst) {
      if (this.#name !== null && this.#name !== name) this.#book.warned(WORDS.nameOverwritten);
      this.#use(name);
      this.#know(name);
    }
    if (name !== null && !isFirst) this.#book.dropped('second-name');
    this.#book.sent(SID_CHANNEL_NAME_RESPONSE, DID_CHANNEL_NAME, name === null ? this.#name : null);
  }

  /** A client takes a name only where it has none. */
  #takeAnswer(name: string | null): void {
    if (!this.#isAwaited && this.#openHeartbeats > 0) {
      this.#openHeartbeats--;
      return;
    }
    if (!this.#isAwaited) return this.#book.dropped('unexpected');
    this.#isAwaited = false;
    if (this.#name === null && name !== null) this.#use(name);
    if (name !== null) this.#know(name);
  }

  /** What the peer is called is told apart from what the channel is called. */
  #know(name: string): void {
    this.#book.announced(`peerNamed: ${name}`);
  }

  #use(name: string): void {
    this.#name = name;
    this.#book.announced(`channelName: ${name}`);
  }
}
