import { type Callers, callersNowAndThen, callersOf, withCallers } from '../base/callers.js';
import type { Clock } from '../base/clock.js';
import { type EncodePayloadOptions, encodePayload } from '../gateway/format/payload.js';
import { encodeWord, requestSubject } from '../gateway/format/subjects.js';
import { errorOfStatus } from '../protocol/error-of-status.js';
import type { AskedRequest } from '../protocol/errors.js';
import { SID_EXECUTE_REQUEST, SID_READ_REQUEST, SID_WRITE_REQUEST, STATUS_OKAY } from '../protocol/ids.js';
import { type JsonValue, Message, type PlainData } from '../protocol/message.js';
import type { Vocabulary, VocabularyAdditions } from '../protocol/vocabulary.js';
import {
  admitPeerRequestOptions,
  PEER_REQUEST_OPTIONS,
  type PeerRequestOptions,
} from '../server/peer-options.js';
import { idArgument, textArgument } from '../session/arguments.js';
import { CONTRACT_HOST, type ContractHost } from '../session/contract-host.js';
import { NO_OPTIONS } from '../session/request-options.js';
import type { DeviceRequest, DeviceRequests } from './device-requests.js';

/** What asking a device needs. */
export interface RemoteDeviceParts {
  readonly prefix: string;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  readonly requests: DeviceRequests;
  readonly encoding: EncodePayloadOptions;
  /** The services and names that are known; of this device alone from now on. */
  readonly vocabulary: Vocabulary;
}

/** The options of a request that hold where it says nothing else. */
interface Defaults {
  readonly timeoutMs: number;
  readonly signal: DeviceRequest['signal'];
  readonly waitsForDevice: boolean;
}

/**
 * A device by its name, whichever gateway it is connected to: asks like a session. `devices(bus).at(name)` makes it.
 *
 * Each method rejects with NoSuchPeerError where no gateway has a device of the name, with BusError where the bus fails, and otherwise
 * as the session's.
 *
 * @example
 * ```ts
 * import { devices, memoryBus } from 'socket-protocol/gateway';
 *
 * const bus = memoryBus();
 * const pump = devices(bus).at('pump-3', { waitForPeer: true });
 * console.log(await pump.read(0, { timeout: 5_000 }));
 * ```
 */
export class RemoteDevice {
  /** What the device is called. */
  readonly name: string;
  /** What contracts need of it. */
  readonly [CONTRACT_HOST]: ContractHost;
  readonly #key: string;
  readonly #word: string;
  readonly #parts: RemoteDeviceParts;
  readonly #defaults: Defaults;

  /**
   * @param options of its requests, unless they say otherwise
   * @throws OptionError for a name that is no text of at least one character, or a wrong option; BusError, with `bus-bad-subject`,
   *   for a name that no subject can carry
   */
  constructor(name: string, options: PeerRequestOptions, parts: RemoteDeviceParts) {
    this.name = textArgument('name', name);
    this.#key = this.name.normalize('NFC');
    this.#word = encodeWord(this.name);
    this.#parts = parts;
    this.#defaults = settled(options, {
      timeoutMs: parts.requestTimeoutMs,
      signal: undefined,
      waitsForDevice: PEER_REQUEST_OPTIONS.waitForPeer.default ?? false,
    });
    const { clock, vocabulary } = parts;
    this[CONTRACT_HOST] = {
      clock,
      requestTimeoutMs: this.#defaults.timeoutMs,
      // it answers nothing
      callbackTimeoutMs: Number.POSITIVE_INFINITY,
      asked: ({ serviceId, dataId }) => this.#asked(serviceId, dataId),
      statusName: (status) => vocabulary.statusName(status),
      countValidationError: () => {},
      adopt: (additions: VocabularyAdditions) => vocabulary.adopt(additions),
    };
  }

  /** As `session.request`. */
  request(
    requestSid: number,
    dataId: number,
    data: unknown = null,
    options: PeerRequestOptions = NO_OPTIONS,
  ): Promise<Message> {
    return this.#ask(requestSid, dataId, data, options, false) as Promise<Message>;
  }

  /** As `session.read`. */
  read<T extends PlainData<T> = JsonValue>(
    dataId: number,
    options: PeerRequestOptions = NO_OPTIONS,
  ): Promise<T> {
    return this.#ask(SID_READ_REQUEST, dataId, null, options, true) as Promise<T>;
  }

  /** As `session.write`. */
  write<T extends PlainData<T> = JsonValue>(
    dataId: number,
    data: unknown,
    options: PeerRequestOptions = NO_OPTIONS,
  ): Promise<T> {
    if (data === undefined) return Promise.reject(new TypeError('write needs data; null stands for none'));
    return this.#ask(SID_WRITE_REQUEST, dataId, data, options, true) as Promise<T>;
  }

  /** As `session.execute`. */
  execute<T extends PlainData<T> = JsonValue>(
    dataId: number,
    data: unknown = null,
    options: PeerRequestOptions = NO_OPTIONS,
  ): Promise<T> {
    return this.#ask(SID_EXECUTE_REQUEST, dataId, data, options, true) as Promise<T>;
  }

  #ask(
    requestSid: number,
    dataId: number,
    data: unknown,
    options: PeerRequestOptions,
    wantsData: boolean,
  ): Promise<unknown> {
    const { clock, requests } = this.#parts;
    try {
      const request = this.#request(
        idArgument('requestSid', requestSid),
        idArgument('dataId', dataId),
        data,
        options,
      );
      requests.admit(request);
      return this.#answer(request, wantsData, callersNowAndThen(this.#ask, clock.now()));
    } catch (error) {
      return Promise.reject(withCallers(error, callersOf(this.#ask)));
    }
  }

  async #answer(request: DeviceRequest, wantsData: boolean, callers: Callers | undefined): Promise<unknown> {
    try {
      const answer = await this.#parts.requests.ask(request);
      if (!wantsData) return answer;
      if (answer.status === STATUS_OKAY) return answer.data;
      throw errorOfStatus(answer, this.#parts.vocabulary.statusName(answer.status), request.asked());
    } catch (error) {
      throw callers === undefined ? error : withCallers(error, callers);
    }
  }

  #request(requestSid: number, dataId: number, data: unknown, options: PeerRequestOptions): DeviceRequest {
    const { prefix, encoding, vocabulary } = this.#parts;
    const { timeoutMs, signal, waitsForDevice } = settled(options, this.#defaults);
    const serviceId = vocabulary.responseSidOf(requestSid);
    if (serviceId === undefined)
      throw new RangeError(
        `${requestSid} is no request service that is known (see the option services, or ask by a contract)`,
      );
    return {
      device: this.name,
      deviceKey: this.#key,
      subject: requestSubject(prefix, this.#word, requestSid, dataId),
      payload: encodePayload(
        new Message<unknown>({ serviceId: requestSid, dataId, status: STATUS_OKAY, data }),
        encoding,
      ),
      answerIds: { serviceId, dataId },
      timeoutMs,
      signal,
      waitsForDevice,
      asked: () => this.#asked(requestSid, dataId),
    };
  }

  #asked(serviceId: number, dataId: number): AskedRequest {
    const what = this.#parts.vocabulary.describeRequest(serviceId, dataId);
    return { name: `${what} of ${JSON.stringify(this.name)}`, serviceId, dataId, peerAddress: this.name };
  }
}

/** @throws OptionError for a wrong option */
function settled(options: PeerRequestOptions, defaults: Defaults): Defaults {
  if (options === NO_OPTIONS) return defaults;
  admitPeerRequestOptions(options);
  const { timeout, signal, waitForPeer } = PEER_REQUEST_OPTIONS;
  return {
    timeoutMs: timeout.check('timeout', options.timeout) ?? defaults.timeoutMs,
    signal: signal.check('signal', options.signal) ?? defaults.signal,
    waitsForDevice: waitForPeer.check('waitForPeer', options.waitForPeer ?? defaults.waitsForDevice),
  };
}
