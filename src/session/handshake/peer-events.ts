/**
 * Turns the messages of the protocol itself into events for the machines (protocol.md section 4). An event never carries a
 * seed or a key: `judge` does the arithmetic, and the event carries the result.
 */

import type { AuthenticationEvent, ChannelNameEvent } from '../../../machines/index.js';
import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  DID_CHANNEL_NAME,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
  STATUS_OKAY,
} from '../../protocol/ids.js';
import type { JsonValue, Message } from '../../protocol/message.js';
import { cleanName } from '../journal/logging.js';

/** What a message of an authentication means to the machine. */
export type AuthenticationPeerEvent = Extract<AuthenticationEvent, { type: `peer.${string}` }>;
/** What a message of the exchange of names means to the machine. */
export type ChannelNamePeerEvent = Extract<ChannelNameEvent, { type: `peer.${string}` }>;

/** Judges the data of a message: does the key fit, may the seed be answered? */
export type Judge = (data: JsonValue) => boolean;

/** Whether a message belongs to the authentication. */
export function isAuthentication({ serviceId, dataId }: Message<unknown>): boolean {
  return (
    (serviceId === SID_AUTH_REQUEST || serviceId === SID_AUTH_RESPONSE) &&
    (dataId === DID_AUTH_SEED || dataId === DID_AUTH_KEY)
  );
}

/** Whether a message belongs to the exchange of names. */
export function isChannelName({ serviceId, dataId }: Message<unknown>): boolean {
  return (
    (serviceId === SID_CHANNEL_NAME_REQUEST || serviceId === SID_CHANNEL_NAME_RESPONSE) &&
    dataId === DID_CHANNEL_NAME
  );
}

/**
 * The event of a message of the authentication.
 *
 * @param judge whether the key in it fits (a request), or the seed in it may be answered (a response)
 */
export function authenticationEventOf(message: Message, judge: Judge): AuthenticationPeerEvent {
  const { serviceId, dataId, status, data } = message;
  if (serviceId === SID_AUTH_REQUEST) {
    if (dataId === DID_AUTH_SEED) return { type: 'peer.seedRequested' };
    return { type: judge(data) ? 'peer.keyAccepted' : 'peer.keyRejected' };
  }
  if (dataId === DID_AUTH_KEY)
    return { type: status === STATUS_OKAY && data === true ? 'peer.trustGranted' : 'peer.trustDenied' };
  if (status !== STATUS_OKAY) return { type: 'peer.seedDenied', reason: 'peer-has-no-secret' };
  return judge(data) ? { type: 'peer.seedReceived' } : { type: 'peer.seedDenied', reason: 'unusable-seed' };
}

/** The event of a message of the exchange of names; the name in it is cut and free of control characters. */
export function channelNameEventOf({ serviceId, status, data }: Message): ChannelNamePeerEvent {
  const name = typeof data === 'string' ? cleanName(data) : null;
  if (serviceId === SID_CHANNEL_NAME_REQUEST) return { type: 'peer.nameRequested', name };
  return { type: 'peer.nameAnswered', name: status === STATUS_OKAY ? name : null };
}
