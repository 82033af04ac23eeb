/**
 * Routes each incoming payload: to a machine, to a callback, to the request that waits for it, or into the receive buffer.
 * This file is protocol.md section 5 from top to bottom.
 */

import { wrongResult } from '../../base/returned.js';
import { isError, warnOfThrown } from '../../base/thrown.js';
import { watchResult } from '../../base/user-code.js';
import {
  SID_CHANNEL_NAME_RESPONSE,
  STATUS_AUTH_REQUIRED,
  STATUS_BUFFERING_UNHANDLED_REQUEST,
  STATUS_CHECKSUM_ERROR,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../../protocol/ids.js';
import { type JsonValue, Message } from '../../protocol/message.js';
import { type Codec, DecodeError } from '../../wire/codec.js';
import type { Answerer } from '../answering/answerer.js';
import type { BoundCallback } from '../answering/backlog.js';
import type { Asking } from '../asking/asking.js';
import type { Handshake } from '../handshake/handshake.js';
import { isAuthentication, isChannelName } from '../handshake/peer-events.js';
import type { Journal } from '../journal/journal.js';
import { LOG_LEVEL } from '../journal/logging.js';
import type { SessionSettings } from '../options.js';
import type { Relay } from '../relay.js';
import type { Gate } from '../sending/gate.js';
import type { SessionHandle } from '../session-handle.js';
import type { Callbacks } from './callbacks.js';
import type { ReceiveBuffer } from './receive-buffer.js';

/** The rooms that a dispatcher routes to. */
export interface DispatcherParts {
  readonly settings: SessionSettings;
  readonly journal: Journal;
  readonly gate: Gate;
  readonly asking: Asking;
  readonly answerer: Answerer;
  readonly handshake: Handshake;
  readonly callbacks: Callbacks;
  readonly buffer: ReceiveBuffer;
  readonly handle: SessionHandle;
  /** Hears of answers to its question; null where nobody asks. */
  readonly heartbeat: { answered(): void } | null;
  readonly middlewares: CallbackWrapper | null;
  readonly watching: Listener | null;
  /** Null unless what nobody here handles goes on to somewhere else. */
  readonly relay: Relay | null;
}

/** Hears of messages that may pass. */
export interface Listener {
  /** @returns whether it has taken it */
  heard(message: Message<JsonValue>): boolean;
}

/** Puts something around the callbacks for requests. */
export interface CallbackWrapper {
  around(callback: BoundCallback): BoundCallback;
}

/** Routes what comes in. */
export class Dispatcher {
  readonly #parts: DispatcherParts;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  /** Takes one payload, which is valid only during the call. Never throws. */
  receive(payload: Buffer): void {
    const { journal } = this.#parts;
    try {
      journal.framesReceived++;
      journal.bytesReceived += payload.length;
      const message = this.#decode(payload);
      if (message !== null) this.#dispatch(message, payload);
    } catch (error) {
      this.#parts.handle.fail(error);
    }
    journal.flight?.timePasses();
  }

  #decode(payload: Buffer): Message<JsonValue> | null {
    const { settings, gate } = this.#parts;
    try {
      return gate.passage === 'everything'
        ? messageOf(settings.codec, settings.codec.decode(payload))
        : this.#decodeBeforeTrust(payload);
    } catch (error) {
      this.#dropUndecodable(payload, error);
      return null;
    }
  }

  /** A server bounds what its strangers cost: past the budget nothing is decoded, and the connection ends. */
  #decodeBeforeTrust(payload: Buffer): Message<JsonValue> | null {
    const { settings, journal, handle } = this.#parts;
    const exceeded = journal.strangers?.messageCame(payload.length) ?? null;
    const { codec, maxUntrustedDepth } = settings;
    if (exceeded === null) return messageOf(codec, codec.decode(payload, maxUntrustedDepth));
    handle.send({ type: 'peer.limitExceeded', reason: exceeded });
    return null;
  }

  #dispatch(message: Message<JsonValue>, payload: Buffer): void {
    const { journal, gate, handshake, callbacks, answerer, asking } = this.#parts;
    const { middlewares, watching, relay } = this.#parts;
    const { serviceId, dataId } = message;
    journal.received(message, payload);
    if (!gate.isAnswering)
      return journal.drop('unexpected', () => `after the end of the stream: ${journal.describe(message)}`);

    if (isAuthentication(message)) return handshake.authenticationMessage(message);
    if (isChannelName(message)) return this.#exchangeNames(message);

    const responseSid = journal.vocabulary.responseSidOf(serviceId);
    if (!gate.mayPass(serviceId, dataId)) return this.#rejectUntrusted(message, responseSid);
    const isHeard = watching?.heard(message) === true;
    const callback = callbacks.find(serviceId, dataId);
    if (responseSid === undefined) return this.#deliver(message, callback, payload.length, isHeard);
    if (!gate.takesRequests) return answerer.refuseAtTheEnd(message, responseSid);
    const answering = callback ?? (relay === null ? undefined : passingTo(relay));
    if (answering !== undefined) {
      const called = middlewares === null ? answering : middlewares.around(answering);
      return answerer.call(message, responseSid, called, payload.length);
    }
    const isTaken = asking.settle(message, false) || this.#keep(message, payload.length);
    const status = isTaken ? STATUS_BUFFERING_UNHANDLED_REQUEST : STATUS_SERVICE_OR_DATA_UNKNOWN;
    answerer.answerStatus(responseSid, dataId, status);
  }

  /**
   * The session answers; a callback that names the service listens, and what it returns is not used. One for any service does not:
   * it is meant for what passes after trust, and a stranger must not be able to run it.
   */
  #exchangeNames(message: Message<JsonValue>): void {
    const { handshake, callbacks, heartbeat } = this.#parts;
    if (message.serviceId === SID_CHANNEL_NAME_RESPONSE) heartbeat?.answered();
    if (!handshake.channelNameMessage(message)) return;
    const callback = callbacks.findForService(message.serviceId, message.dataId);
    if (callback !== undefined) this.#run(callback, message);
  }

  /** The answer to a whitelisted request may come in before trust, but only to that request. */
  #answersWhitelisted(message: Message<JsonValue>): boolean {
    const { gate, journal, asking } = this.#parts;
    const requestSid = journal.vocabulary.requestSidOf(message.serviceId);
    return (
      requestSid !== undefined &&
      gate.whitelist.has(requestSid, message.dataId) &&
      asking.settle(message, true)
    );
  }

  /** A response, or a service that nobody registered. */
  #deliver(
    message: Message<JsonValue>,
    callback: BoundCallback | undefined,
    byteLength: number,
    isHeard: boolean,
  ): void {
    const isHandled = callback !== undefined;
    if (isHandled) this.#run(callback, message);
    if (this.#parts.asking.settle(message, isHandled) || isHandled) return;
    const { relay } = this.#parts;
    if (relay !== null) return relay.unsolicited(message);
    // an iterator has it; a `receive` that waits had it as well
    if (!isHeard) this.#keep(message, byteLength);
  }

  /** Keeps a message for a later `receive`; false if it is not kept: `bufferUnhandled` is off, or it is too large. */
  #keep(message: Message<JsonValue>, byteLength: number): boolean {
    const { settings, journal } = this.#parts;
    if (settings.buffersUnhandled) return this.#parts.buffer.push(message, byteLength);
    journal.drop('unsolicited', () => `nobody waits for it: ${journal.describe(message)}`);
    return false;
  }

  #run(callback: BoundCallback, message: Message<JsonValue>): void {
    const failed = (error: unknown): void => this.#parts.answerer.callbackFailed(message, error);
    try {
      watchResult(callback(message), failed);
    } catch (error) {
      failed(error);
    }
  }

  #rejectUntrusted(message: Message<JsonValue>, responseSid: number | undefined): void {
    const { journal, gate, answerer, asking } = this.#parts;
    if (responseSid !== undefined && gate.passage === 'whitelist') {
      journal.drop('untrusted', `a request before trust: ${journal.describe(message)}`);
      answerer.answerStatus(responseSid, message.dataId, STATUS_AUTH_REQUIRED);
    } else if (this.#answersWhitelisted(message)) {
      return;
    } else if (message.status !== STATUS_AUTH_REQUIRED || !asking.settle(message, false)) {
      journal.drop('untrusted', `a message before trust: ${journal.describe(message)}`);
      this.#withhold(message);
    }
  }

  /**
   * What a peer says before trust is not believed, but it did answer: the request must leave its line, or it would take the
   * answer to the next one.
   */
  #withhold({ serviceId, dataId }: Message<JsonValue>): void {
    this.#parts.asking.settle(new Message({ serviceId, dataId, status: STATUS_AUTH_REQUIRED }), true);
  }

  /** Rules 1 and 2: nothing in such a frame is believed. */
  #dropUndecodable(payload: Buffer, error: unknown): void {
    const { journal, settings } = this.#parts;
    if (!isError(error) || !(error instanceof DecodeError)) {
      // a user's codec may fail in its own way; the bytes are lost all the same
      const what = isError(error) ? nameOfError(error) : 'no Error';
      if (!journal.isHeard('dropped', LOG_LEVEL.warning)) this.#warnOfCodec(error);
      return journal.drop('shape', `the codec ${settings.codec.name} threw ${what}`, payload);
    }
    journal.drop(error.reason, `${error.message} (frame of ${payload.length} bytes)`, payload);
    if (error.reason === 'checksum' && settings.answersChecksumErrors) this.#answerChecksumError(payload);
  }

  #warnOfCodec(error: unknown): void {
    const { settings, journal } = this.#parts;
    warnOfThrown(`the codec ${settings.codec.name} threw, a frame was dropped`, error, 'SP_CODEC_FAILED', {
      scope: journal,
    });
  }

  #answerChecksumError(payload: Buffer): void {
    const { settings, journal, gate, answerer } = this.#parts;
    let message: Message<JsonValue> | undefined;
    try {
      message = settings.codec.decodeUnverified?.(payload);
      if (message !== undefined) message = messageOf(settings.codec, message);
    } catch {
      return; // not even a request: counted above
    }
    const responseSid = message && journal.vocabulary.responseSidOf(message.serviceId);
    if (message === undefined || responseSid === undefined) return;
    if (!gate.mayPass(message.serviceId, message.dataId)) return;
    answerer.answerStatus(responseSid, message.dataId, STATUS_CHECKSUM_ERROR);
  }
}

/** Made for each request: of relays there are as many as devices, which are quiet most of the time. */
function passingTo(relay: Relay): (message: Message<JsonValue>) => unknown {
  return (message) => relay.request(message);
}

/** What a codec of the user's has decoded. */
function messageOf(codec: Codec, decoded: Message<JsonValue>): Message<JsonValue> {
  if (typeof (decoded as Message<JsonValue> | null | undefined)?.serviceId === 'number') return decoded;
  throw wrongResult(`decode of the codec ${codec.name}`, 'a message', decoded);
}

function nameOfError(error: Error): string {
  try {
    return String(error.name);
  } catch {
    return 'an error';
  }
}
