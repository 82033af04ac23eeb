/**
 * The messages of the protocol itself: authentication and channel name (protocol.md section 4). What comes in becomes
 * an event of a machine that carries no seed and no key; what the machines decide becomes a message.
 */

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
} from '../../protocol/ids.js';
import { type JsonValue, Message } from '../../protocol/message.js';
import type { Role } from '../../protocol/role.js';
import { cleanName, LOG_LEVEL } from '../journal/logging.js';
import type { HandshakeEffects } from '../provided-machines.js';
import type { Authenticator } from './authenticator.js';

/** What the machines are told of the peer. */
export type PeerEvent =
  | { type: 'peer.seedRequested' }
  | { type: 'peer.keyAccepted' }
  | { type: 'peer.keyRejected' }
  | { type: 'peer.seedReceived' }
  | { type: 'peer.unusableSeedReceived' }
  | { type: 'peer.authenticationRefused' }
  | { type: 'peer.trustGranted' }
  | { type: 'peer.trustDenied' }
  | { type: 'peer.nameRequested'; name: string | null }
  | { type: 'peer.nameAnswered'; name: string | null };

/** What the handshake needs of its session. */
export interface HandshakeHost {
  readonly role: Role;
  readonly authenticator: Authenticator | null;
  tell(event: PeerEvent): void;
  /** Sends a message of the protocol itself. */
  transmitOwn(message: Message<unknown>): void;
  /** The channel has another name. */
  nameChanged(name: string): void;
  drop(reason: 'unexpected' | 'second-name', detail: string): void;
  readonly log: { protocol(level: number, text: string): void };
  reset(reason: string): void;
}

/** Translates between the messages of section 4 and the machines. */
export class Handshake implements HandshakeEffects {
  readonly #host: HandshakeHost;
  /** What the machines are just being told of, for the text of a drop. */
  #subject = 'a message';

  constructor(host: HandshakeHost) {
    this.#host = host;
  }

  /** Takes a message of the authentication service with the data id seed or key. */
  authenticationMessage(message: Message<JsonValue>): void {
    const { role, authenticator } = this.#host;
    const what = message.dataId === DID_AUTH_SEED ? 'seed' : 'key';
    if (message.serviceId === SID_AUTH_REQUEST) {
      if (role === 'server' && authenticator === null) return this.#answerUnknown(message.dataId);
      this.#tell(`an authentification request (${what})`, this.#eventOfRequest(message));
    } else {
      this.#tell(`an authentification response (${what})`, this.#eventOfResponse(message));
    }
  }

  /** Takes a message of the channel-name service. */
  channelNameMessage({ serviceId, status, data }: Message<JsonValue>): void {
    const name = typeof data === 'string' ? cleanName(data) : null;
    if (serviceId === SID_CHANNEL_NAME_REQUEST) {
      this.#tell('a channel name request', { type: 'peer.nameRequested', name });
    } else {
      this.#tell('a channel name response', {
        type: 'peer.nameAnswered',
        name: status === STATUS_OKAY ? name : null,
      });
    }
  }

  #eventOfRequest({ dataId, data }: Message<JsonValue>): PeerEvent {
    if (dataId === DID_AUTH_SEED) return { type: 'peer.seedRequested' };
    const { role, authenticator } = this.#host;
    const isRight = role === 'server' && authenticator?.accepts(data) === true;
    return { type: isRight ? 'peer.keyAccepted' : 'peer.keyRejected' };
  }

  #eventOfResponse({ dataId, status, data }: Message<JsonValue>): PeerEvent {
    if (dataId === DID_AUTH_KEY) {
      const isRight = status === STATUS_OKAY && data === true;
      return { type: isRight ? 'peer.trustGranted' : 'peer.trustDenied' };
    }
    if (status !== STATUS_OKAY) return { type: 'peer.authenticationRefused' };
    const { role, authenticator } = this.#host;
    const isUsable = role === 'client' && authenticator?.takeSeed(data) === true;
    return { type: isUsable ? 'peer.seedReceived' : 'peer.unusableSeedReceived' };
  }

  #tell(subject: string, event: PeerEvent): void {
    this.#subject = subject;
    this.#host.tell(event);
  }

  /** A server without a secret has nothing to authenticate with (section 4). */
  #answerUnknown(dataId: number): void {
    this.#host.transmitOwn(
      new Message({ serviceId: SID_AUTH_RESPONSE, dataId, status: STATUS_SERVICE_OR_DATA_UNKNOWN }),
    );
  }

  // ── what the authentication machine lets happen ──

  sendSeedRequest(): void {
    this.#host.transmitOwn(new Message({ serviceId: SID_AUTH_REQUEST, dataId: DID_AUTH_SEED }));
  }

  sendFreshSeed(): void {
    const seed = this.#authenticator().makeSeed();
    this.#host.transmitOwn(new Message({ serviceId: SID_AUTH_RESPONSE, dataId: DID_AUTH_SEED, data: seed }));
  }

  sendKey(): void {
    const key = this.#authenticator().makeKey();
    this.#host.transmitOwn(new Message({ serviceId: SID_AUTH_REQUEST, dataId: DID_AUTH_KEY, data: key }));
  }

  answerKey(isRight: boolean): void {
    this.#host.transmitOwn(
      new Message({ serviceId: SID_AUTH_RESPONSE, dataId: DID_AUTH_KEY, data: isRight }),
    );
  }

  forgetSeed(): void {
    this.#host.authenticator?.forgetSeed();
  }

  resetConnection(reason: string): void {
    this.#host.reset(reason);
  }

  dropUnexpected(): void {
    this.#host.drop('unexpected', `${this.#subject} in a state that does not expect it`);
  }

  // ── what the channel-name machine lets happen ──

  askForName(name: string | null): void {
    this.#host.transmitOwn(
      new Message({ serviceId: SID_CHANNEL_NAME_REQUEST, dataId: DID_CHANNEL_NAME, data: name }),
    );
  }

  answerWithName(name: string | null): void {
    this.#host.transmitOwn(
      new Message({ serviceId: SID_CHANNEL_NAME_RESPONSE, dataId: DID_CHANNEL_NAME, data: name }),
    );
  }

  useName(name: string): void {
    this.#host.nameChanged(name);
  }

  warnOfAnotherName(had: string | null, got: string): void {
    const own = cleanName(had ?? '') ?? '';
    this.#host.log.protocol(
      LOG_LEVEL.warning,
      `overwriting the channel name ${own} by the peer's ${got} (unverified)`,
    );
  }

  dropSecondName(): void {
    this.#host.drop('second-name', 'a second name on one connection');
  }

  #authenticator(): Authenticator {
    const { authenticator } = this.#host;
    if (authenticator === null) throw new Error('expected a secret to authenticate with, got none');
    return authenticator;
  }
}
