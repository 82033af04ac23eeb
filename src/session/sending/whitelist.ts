/** What may pass while a secret is set and the peer is not trusted (protocol.md section 4). */

import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  DID_CHANNEL_NAME,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
} from '../../protocol/ids.js';
import { type MessageKey, messageKey } from '../../protocol/message-key.js';

/** The messages of the protocol itself; shared by all sessions until they add something. */
const BUILT_IN: ReadonlySet<MessageKey> = new Set([
  messageKey(SID_AUTH_REQUEST, DID_AUTH_SEED),
  messageKey(SID_AUTH_REQUEST, DID_AUTH_KEY),
  messageKey(SID_AUTH_RESPONSE, DID_AUTH_SEED),
  messageKey(SID_AUTH_RESPONSE, DID_AUTH_KEY),
  messageKey(SID_CHANNEL_NAME_REQUEST, DID_CHANNEL_NAME),
  messageKey(SID_CHANNEL_NAME_RESPONSE, DID_CHANNEL_NAME),
]);

/** Pairs of service id and data id; the messages of the protocol itself are always on it. */
export class Whitelist {
  #keys = BUILT_IN;
  #own: Set<MessageKey> | null = null;

  add(serviceId: number, dataId: number): void {
    this.#own ??= new Set(BUILT_IN);
    this.#keys = this.#own;
    this.#own.add(messageKey(serviceId, dataId));
  }

  has(serviceId: number, dataId: number): boolean {
    return this.#keys.has(messageKey(serviceId, dataId));
  }
}
