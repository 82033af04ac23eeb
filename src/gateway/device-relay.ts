/** What a device says: its requests go to workers on the bus, and what it sends unasked is published. */

import type { Clock } from '../base/clock.js';
import type { Bus } from '../bus/bus.js';
import { type AskedRequest, BusError } from '../protocol/errors.js';
import {
  STATUS_CALLBACK_ERROR,
  STATUS_OPERATION_NOT_PERMITTED,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../protocol/ids.js';
import type { JsonValue, Message } from '../protocol/message.js';
import type { Relay } from '../session/relay.js';
import type { Session } from '../session/session.js';
import type { GatewayCounts } from './counts.js';
import { failureOf, TIMEOUT_HEADER } from './format/failures.js';
import { ADDRESS_HEADER, GATEWAY_HEADER } from './format/headers.js';
import { decodePayload, encodePayload } from './format/payload.js';
import { encodeWord, fromSubject } from './format/subjects.js';
import type { GatewayLog } from './gateway-log.js';
import { askUntilHeard } from './until-heard.js';

const ENCODING = { allowNan: true };

/** What the relays of a gateway need of it. */
export interface RelayParts {
  readonly id: string;
  readonly prefix: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly counts: GatewayCounts;
  readonly log: GatewayLog;
  /** The service that answers each request. */
  readonly responseSids: ReadonlyMap<number, number>;
  readonly callbackTimeoutMs: number;
  /** Aborted when the gateway takes nothing new any more. */
  readonly closing: AbortSignal;
  /** Aborted when it has closed: what still waits for workers is given up. */
  readonly closed: AbortSignal;
}

type Answer = readonly [status: number, data: JsonValue];

/** What one device says. */
export class DeviceRelay implements Relay {
  readonly #parts: RelayParts;
  readonly #session: Session;

  constructor(parts: RelayParts, session: Session) {
    this.#parts = parts;
    this.#session = session;
  }

  request(message: Message<JsonValue>): Promise<Answer> | Answer {
    const { counts, closing, log } = this.#parts;
    counts.deviceRequests++;
    if (closing.aborted) return [STATUS_OPERATION_NOT_PERMITTED, null];
    const { serviceId, dataId } = message;
    const subject = this.#subjectOf(serviceId, dataId);
    if (subject !== null) return this.#ask(subject, message);
    counts.unknownRequests++;
    log.tell('unnamed', this.#session.peerAddress);
    return [STATUS_SERVICE_OR_DATA_UNKNOWN, null];
  }

  async #ask(subject: string, message: Message<JsonValue>): Promise<Answer> {
    const { bus, clock, counts, log, callbackTimeoutMs, closed, responseSids } = this.#parts;
    const { serviceId, dataId } = message;
    const { peerAddress } = this.#session;
    const asked: AskedRequest = {
      name: `what ${peerAddress ?? 'a device'} asked`,
      serviceId,
      dataId,
      peerAddress,
    };
    try {
      const data = encodePayload(message, ENCODING);
      const answer = await askUntilHeard({
        bus,
        clock,
        subject,
        data,
        dueMs: clock.now() + callbackTimeoutMs,
        signal: closed,
        headersFor: (timeoutMs) => ({ ...this.#headers, [TIMEOUT_HEADER]: String(timeoutMs) }),
        mayBeHeard: () => this.#session.isConnected(),
      });
      const failure = failureOf(answer.headers, asked);
      if (failure !== null) throw failure;
      const responseSid = responseSids.get(serviceId) ?? serviceId;
      const { status, data: value } = decodePayload(answer.data, { serviceId: responseSid, dataId });
      return [status, value];
    } catch (error) {
      if (closed.aborted) return [STATUS_CALLBACK_ERROR, null];
      if (error instanceof BusError && error.reason === 'bus-no-responders') {
        counts.unknownRequests++;
        return [STATUS_SERVICE_OR_DATA_UNKNOWN, null];
      }
      counts.failedRequests++;
      counts.failure(error);
      log.tell('failedRequests', peerAddress, error);
      // the session answers with "callback error", and says why in its own log
      throw error;
    }
  }

  unsolicited(message: Message<JsonValue>): void {
    const { bus, counts, log } = this.#parts;
    counts.unsolicited++;
    try {
      const subject = this.#subjectOf(message.serviceId, message.dataId);
      if (subject === null) throw new BusError('bus-bad-subject', { detail: 'the device has no name' });
      bus.publish(subject, encodePayload(message, ENCODING), { headers: this.#headers });
    } catch (error) {
      counts.unsolicitedDropped++;
      counts.failure(error);
      log.tell('unsolicitedDropped', this.#session.peerAddress, error);
    }
  }

  get #headers(): Readonly<Record<string, string>> {
    const { id } = this.#parts;
    const { peerAddress } = this.#session;
    return peerAddress === undefined
      ? { [GATEWAY_HEADER]: id }
      : { [GATEWAY_HEADER]: id, [ADDRESS_HEADER]: peerAddress };
  }

  /** Null where the device has no name, or one that cannot be a part of a subject. */
  #subjectOf(serviceId: number, dataId: number): string | null {
    const { peerName } = this.#session;
    if (peerName === null) return null;
    try {
      return fromSubject(this.#parts.prefix, encodeWord(peerName), serviceId, dataId);
    } catch {
      return null;
    }
  }
}
