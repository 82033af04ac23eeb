/**
 * The handshake: messages of the protocol itself become events of the machines, and what the machines decide becomes
 * messages (protocol.md section 4).
 */

import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  DID_CHANNEL_NAME,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../../protocol/ids.js';
import { Message } from '../../protocol/message.js';
import type { CommInstance } from '../../transport/comm-instance.js';
import type { Journal } from '../journal/journal.js';
import { cleanName } from '../journal/logging.js';
import type { Answers } from '../sending/answers.js';
import type { Output } from '../sending/output.js';
import type { SessionHandle } from '../session-handle.js';
import type { Authenticator } from './authenticator.js';
import {
  type AuthenticationPeerEvent,
  authenticationEventOf,
  type ChannelNamePeerEvent,
  channelNameEventOf,
} from './peer-events.js';

/** What a server waits before it says that a key is wrong: the first on a connection, and the second. */
const PENALTIES_MS: readonly number[] = [100, 400];

/** What the handshake works with. */
export interface HandshakeParts {
  readonly comm: CommInstance;
  readonly journal: Journal;
  readonly output: Output;
  readonly answers: Answers;
  readonly handle: SessionHandle;
  /** The only name that the peer may have; null: whatever it claims. */
  readonly boundName: string | null;
  /** Null where no secret is set. */
  readonly authenticator: Authenticator | null;
}

/** Translates between the messages of section 4 and the machines. */
export class Handshake {
  readonly #parts: HandshakeParts;
  /** The message that the machines are deciding about, for the text of a drop. */
  #subject: Message<unknown> | null = null;

  constructor(parts: HandshakeParts) {
    this.#parts = parts;
  }

  // ── what comes in ──

  /** Takes a message of the authentication service with the data id seed or key. */
  authenticationMessage(message: Message): void {
    const { authenticator, journal } = this.#parts;
    const isRequest = message.serviceId === SID_AUTH_REQUEST;
    const isForServer = journal.role === 'server';
    if (isRequest && isForServer && authenticator === null) return this.#answerUnknown(message.dataId);
    const event = authenticationEventOf(message, (data) => {
      // judge only what is meant for this role: judging uses up the seed
      if (authenticator === null || isRequest !== isForServer) return false;
      return isRequest ? authenticator.accepts(data) : authenticator.takeSeed(data);
    });
    this.#letDecide(message, event);
  }

  /** Takes a message of the channel-name service; false where it claims a name that the peer may not have. */
  channelNameMessage(message: Message): boolean {
    const { boundName, handle } = this.#parts;
    const event = channelNameEventOf(message);
    if (boundName !== null && event.name !== null && event.name !== boundName) {
      handle.send({ type: 'peer.limitExceeded', reason: 'peer-name-mismatch' });
      return false;
    }
    this.#letDecide(message, event);
    return true;
  }

  #letDecide(message: Message, event: AuthenticationPeerEvent | ChannelNamePeerEvent): void {
    this.#subject = message;
    this.#parts.handle.send(event);
    // it may hold a key or a seed, and the connection may live for years
    this.#subject = null;
  }

  /** A server without a secret has nothing to authenticate with. */
  #answerUnknown(dataId: number): void {
    this.#answer(
      new Message({ serviceId: SID_AUTH_RESPONSE, dataId, status: STATUS_SERVICE_OR_DATA_UNKNOWN }),
    );
  }

  // ── what the authentication machine lets happen ──

  sendSeedRequest(): void {
    this.#request(new Message({ serviceId: SID_AUTH_REQUEST, dataId: DID_AUTH_SEED }));
  }

  /** Sends a seed; later, or not at all, where too many wrong keys came from the peer's address. */
  sendFreshSeed(): void {
    const { answers, handle, journal } = this.#parts;
    const due = journal.strangers?.seedAsked() ?? 0;
    if (typeof due === 'string') return handle.send({ type: 'peer.limitExceeded', reason: due });
    const seed = this.#authenticator().makeSeed();
    const message = new Message({ serviceId: SID_AUTH_RESPONSE, dataId: DID_AUTH_SEED, data: seed });
    if (due === 0) this.#answer(message);
    else answers.sendLater(SID_AUTH_RESPONSE, DID_AUTH_SEED, () => answers.encoded(message), due);
  }

  sendKey(): void {
    const key = this.#authenticator().makeKey();
    this.#request(new Message({ serviceId: SID_AUTH_REQUEST, dataId: DID_AUTH_KEY, data: key }));
  }

  acceptKey(): void {
    this.#answer(new Message({ serviceId: SID_AUTH_RESPONSE, dataId: DID_AUTH_KEY, data: true }));
  }

  /**
   * Answers, after its penalty, that a key is wrong; answers to keys that come meanwhile wait for it.
   *
   * @param wrongKeys how many there were before it on this connection
   */
  refuseKey(wrongKeys: number): void {
    const { answers } = this.#parts;
    const message = new Message({ serviceId: SID_AUTH_RESPONSE, dataId: DID_AUTH_KEY, data: false });
    const penaltyMs = PENALTIES_MS[wrongKeys] ?? 0;
    answers.sendLater(SID_AUTH_RESPONSE, DID_AUTH_KEY, () => answers.encoded(message), penaltyMs);
  }

  forgetSeed(): void {
    this.#parts.authenticator?.forgetSeed();
  }

  // ── what the channel-name machine lets happen ──

  askForName(name: string | null): void {
    this.#request(new Message({ serviceId: SID_CHANNEL_NAME_REQUEST, dataId: DID_CHANNEL_NAME, data: name }));
  }

  answerWithName(name: string | null): void {
    this.#answer(new Message({ serviceId: SID_CHANNEL_NAME_RESPONSE, dataId: DID_CHANNEL_NAME, data: name }));
  }

  useName(name: string): void {
    const { comm, journal } = this.#parts;
    comm.initChannelName(name);
    journal.rename(name);
    journal.later('channelName', name);
  }

  warnOfAnotherName(had: string | null, got: string): void {
    const own = cleanName(had ?? '') ?? '';
    this.#parts.journal.note('name-overwritten', null, `${own} by the peer's ${got} (unverified)`);
  }

  dropSecondName(): void {
    this.#parts.journal.drop('second-name', 'a second name on one connection');
  }

  /** Neither machine expects the message now. */
  dropUnexpected(): void {
    const { journal } = this.#parts;
    const what = this.#subject === null ? 'a message' : journal.nameOf(this.#subject);
    journal.drop('unexpected', `${what}, in a state that does not expect it`);
  }

  #request(message: Message<unknown>): void {
    const { output } = this.#parts;
    output.transmit(message, output.encode(message));
  }

  #answer(message: Message<unknown>): void {
    const { answers } = this.#parts;
    answers.send(message.serviceId, message.dataId, () => answers.encoded(message));
  }

  #authenticator(): Authenticator {
    const { authenticator } = this.#parts;
    if (authenticator === null) throw new Error('no secret is set to authenticate with');
    return authenticator;
  }
}
