/** What a peer can say about trust and names: the events that the machines hear of it, and the messages that cause them. */

import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  DID_CHANNEL_NAME,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
  STATUS_OKAY,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../../src/index.js';
import type { Tuple } from './bytes.js';

/** The events of a peer that the authentication hears. */
export const AUTHENTICATION_PEER_EVENTS = [
  'peer.seedRequested',
  'peer.keyAccepted',
  'peer.keyRejected',
  'peer.seedReceived',
  'peer.seedDenied',
  'peer.trustGranted',
  'peer.trustDenied',
] as const;

/** The events of a peer that the exchange of names hears. */
export const CHANNEL_NAME_PEER_EVENTS = ['peer.nameRequested', 'peer.nameAnswered'] as const;

/** What a message has to carry. */
export interface PeerWords {
  /** The key that a client sends as the right one. */
  readonly key?: string;
  /** The seed that a server sends. */
  readonly seed?: string;
  /** Why a server sends no seed: `unusable-seed`, or because it has no secret. */
  readonly reason?: unknown;
  /** The name that a client sends, or a server answers. */
  readonly name?: unknown;
}

type PeerEvent = (typeof AUTHENTICATION_PEER_EVENTS)[number] | (typeof CHANNEL_NAME_PEER_EVENTS)[number];

const MESSAGES: Readonly<Record<PeerEvent, (words: PeerWords) => Tuple>> = {
  'peer.seedRequested': () => [SID_AUTH_REQUEST, DID_AUTH_SEED, STATUS_OKAY, null],
  'peer.keyAccepted': ({ key }) => [SID_AUTH_REQUEST, DID_AUTH_KEY, STATUS_OKAY, key],
  'peer.keyRejected': () => [SID_AUTH_REQUEST, DID_AUTH_KEY, STATUS_OKAY, 'wrong'],
  'peer.seedReceived': ({ seed }) => [SID_AUTH_RESPONSE, DID_AUTH_SEED, STATUS_OKAY, seed],
  'peer.seedDenied': ({ reason }) =>
    reason === 'unusable-seed'
      ? [SID_AUTH_RESPONSE, DID_AUTH_SEED, STATUS_OKAY, 'short']
      : [SID_AUTH_RESPONSE, DID_AUTH_SEED, STATUS_SERVICE_OR_DATA_UNKNOWN, null],
  'peer.trustGranted': () => [SID_AUTH_RESPONSE, DID_AUTH_KEY, STATUS_OKAY, true],
  'peer.trustDenied': () => [SID_AUTH_RESPONSE, DID_AUTH_KEY, STATUS_OKAY, false],
  'peer.nameRequested': ({ name }) => [SID_CHANNEL_NAME_REQUEST, DID_CHANNEL_NAME, STATUS_OKAY, name],
  'peer.nameAnswered': ({ name }) => [SID_CHANNEL_NAME_RESPONSE, DID_CHANNEL_NAME, STATUS_OKAY, name],
};

/**
 * The message by which a peer causes an event.
 *
 * @param type the event, `peer.seedRequested` for example
 * @throws Error where no message causes it
 */
export function messageFor(type: string, words: PeerWords = {}): Tuple {
  if (!Object.hasOwn(MESSAGES, type)) throw new Error(`expected an event of a peer, got ${type}`);
  return MESSAGES[type as PeerEvent](words);
}
