/**
 * Where a payload that came in goes: to a machine, to a callback, to whoever waits for it, or into the receive buffer.
 * This file is protocol.md section 5 from top to bottom.
 */

import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  DID_CHANNEL_NAME,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
  STATUS_AUTH_REQUIRED,
  STATUS_BUFFERING_UNHANDLED_REQUEST,
  STATUS_CHECKSUM_ERROR,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../../protocol/ids.js';
import { type JsonValue, Message } from '../../protocol/message.js';
import type { Vocabulary } from '../../protocol/vocabulary.js';
import { DecodeError } from '../../wire/codec.js';
import type { Answerer } from '../answering/answerer.js';
import type { DropReason } from '../journal/counters.js';
import type { MessageLog } from '../journal/message-log.js';
import type { SessionSettings } from '../options.js';
import type { Gate } from '../provided-machines.js';
import type { Whitelist } from '../sending/whitelist.js';
import type { Callbacks } from './callbacks.js';
import type { ReceiveBuffer } from './receive-buffer.js';

/** What a dispatcher needs of its session. */
export interface DispatcherHost {
  readonly settings: SessionSettings;
  readonly vocabulary: Vocabulary;
  readonly callbacks: Callbacks;
  readonly whitelist: Whitelist;
  readonly buffer: ReceiveBuffer;
  readonly answerer: Answerer;
  readonly log: MessageLog;
  readonly gate: Gate;
  /** A message was read; before anything is done with it. */
  messageReceived(message: Message<JsonValue>): void;
  authenticationMessage(message: Message<JsonValue>): void;
  channelNameMessage(message: Message<JsonValue>): void;
  /**
   * Gives a message to the oldest that waits for it; false where nobody does. One that a callback has handled is only
   * given to a request, whose answer it is, and not to a `receive`.
   */
  settle(message: Message<JsonValue>, isHandled: boolean): boolean;
  /** A callback of a message that is no request threw or rejected. */
  callbackFailed(message: Message<JsonValue>, error: unknown): void;
  /** Whether a message may be handled (section 4). */
  mayPass(serviceId: number, dataId: number): boolean;
  drop(reason: DropReason, detail: string, payload?: Uint8Array): void;
}

/** Routes what comes in. */
export class Dispatcher {
  readonly #host: DispatcherHost;

  constructor(host: DispatcherHost) {
    this.#host = host;
  }

  /** Takes one payload, which is valid only during the call. Never throws. */
  receive(payload: Buffer): void {
    const host = this.#host;
    let message: Message<JsonValue>;
    try {
      message =
        host.gate === 'everything'
          ? host.settings.codec.decode(payload)
          : host.settings.codec.decode(payload, host.settings.maxUntrustedDepth);
    } catch (error) {
      return this.#dropUndecodable(payload, error);
    }
    if (host.log.isOn) host.log.received(message, payload);
    host.messageReceived(message);

    if (isAuthentication(message)) return host.authenticationMessage(message);
    if (isChannelName(message)) return host.channelNameMessage(message);

    const responseSid = host.vocabulary.responseSidOf(message.serviceId);
    if (!host.mayPass(message.serviceId, message.dataId)) return this.#rejectUntrusted(message, responseSid);
    const callback = host.callbacks.find(message.serviceId, message.dataId);
    if (responseSid === undefined) return this.#deliver(message, callback, payload.length);
    if (callback !== undefined) return host.answerer.call(message, responseSid, callback);
    const isTaken = host.settle(message, false) || this.#keep(message, payload.length);
    const status = isTaken ? STATUS_BUFFERING_UNHANDLED_REQUEST : STATUS_SERVICE_OR_DATA_UNKNOWN;
    host.answerer.answerStatus(responseSid, message.dataId, status);
  }

  /** Whoever lets a request out before trust means its answer to come in: to who waits for it, and to nobody else. */
  #answersWhitelisted(message: Message<JsonValue>): boolean {
    const { whitelist, vocabulary } = this.#host;
    const requestSid = vocabulary.requestSidOf(message.serviceId);
    return (
      requestSid !== undefined &&
      whitelist.has(requestSid, message.dataId) &&
      this.#host.settle(message, true)
    );
  }

  /** A response, or a service that nobody registered. */
  #deliver(
    message: Message<JsonValue>,
    callback: ((message: Message<JsonValue>) => unknown) | undefined,
    byteLength: number,
  ): void {
    const isHandled = callback !== undefined;
    if (isHandled) this.#run(callback, message);
    if (!this.#host.settle(message, isHandled) && !isHandled) this.#keep(message, byteLength);
  }

  /** For a `receive` to come; false where it is not kept: the user wants none kept, or it is too large. */
  #keep(message: Message<JsonValue>, byteLength: number): boolean {
    const host = this.#host;
    if (host.settings.buffersUnhandled) return host.buffer.push(message, byteLength);
    host.drop('unsolicited', `nobody waits for it: ${host.log.describe(message)}`);
    return false;
  }

  #run(callback: (message: Message<JsonValue>) => unknown, message: Message<JsonValue>): void {
    const failed = (error: unknown): void => this.#host.callbackFailed(message, error);
    try {
      const result = callback(message);
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #rejectUntrusted(message: Message<JsonValue>, responseSid: number | undefined): void {
    const host = this.#host;
    if (responseSid !== undefined && host.gate === 'whitelist') {
      host.drop('untrusted', `a request before trust: ${host.log.describe(message)}`);
      host.answerer.answerStatus(responseSid, message.dataId, STATUS_AUTH_REQUIRED);
    } else if (this.#answersWhitelisted(message)) {
      return;
    } else if (message.status !== STATUS_AUTH_REQUIRED || !host.settle(message, false)) {
      host.drop('untrusted', `a message before trust: ${host.log.describe(message)}`);
      this.#withhold(message);
    }
  }

  /**
   * What a peer says before trust is not believed, but an answer of it has been given: the request that it answers must
   * leave its line, or it would take the answer to the next one.
   */
  #withhold({ serviceId, dataId }: Message<JsonValue>): void {
    this.#host.settle(new Message({ serviceId, dataId, status: STATUS_AUTH_REQUIRED }), true);
  }

  /** Rules 1 and 2: nothing in such a frame is believed. */
  #dropUndecodable(payload: Buffer, error: unknown): void {
    const host = this.#host;
    if (!(error instanceof DecodeError)) {
      // a codec of the user's own may fail in its own way; the bytes are as lost
      return host.drop(
        'shape',
        `the codec ${host.settings.codec.name} threw ${error instanceof Error ? error.name : 'no Error'}`,
        payload,
      );
    }
    host.drop(error.reason, `${error.message} (frame of ${payload.length} bytes)`, payload);
    if (error.reason === 'checksum' && host.settings.answersChecksumErrors)
      this.#answerChecksumError(payload);
  }

  #answerChecksumError(payload: Buffer): void {
    const host = this.#host;
    let message: Message<JsonValue> | undefined;
    try {
      message = host.settings.codec.decodeUnverified?.(payload);
    } catch {
      return; // not even a request: counted above
    }
    const responseSid = message && host.vocabulary.responseSidOf(message.serviceId);
    if (message === undefined || responseSid === undefined) return;
    if (!host.mayPass(message.serviceId, message.dataId)) return;
    host.answerer.answerStatus(responseSid, message.dataId, STATUS_CHECKSUM_ERROR);
  }
}

function isAuthentication({ serviceId, dataId }: Message<JsonValue>): boolean {
  return (
    (serviceId === SID_AUTH_REQUEST || serviceId === SID_AUTH_RESPONSE) &&
    (dataId === DID_AUTH_SEED || dataId === DID_AUTH_KEY)
  );
}

function isChannelName({ serviceId, dataId }: Message<JsonValue>): boolean {
  return (
    (serviceId === SID_CHANNEL_NAME_REQUEST || serviceId === SID_CHANNEL_NAME_RESPONSE) &&
    dataId === DID_CHANNEL_NAME
  );
}
