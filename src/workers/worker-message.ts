import type { BusMessage } from '../bus/bus.js';
import { ADDRESS_HEADER, GATEWAY_HEADER } from '../gateway/format/headers.js';
import { decodePayload } from '../gateway/format/payload.js';
import { decodeWord, idsOfSubject } from '../gateway/format/subjects.js';
import { BusError } from '../protocol/errors.js';
import { type JsonValue, Message } from '../protocol/message.js';

/** Who has said something. */
export interface Sender {
  readonly device: string;
  readonly gateway: string;
  readonly address: string | undefined;
}

/** What a device asks, or says without waiting for an answer. */
export class WorkerMessage extends Message<JsonValue> implements Sender {
  /** What the device is called. */
  readonly device: string;
  /** The id of its gateway; empty where the message has none. */
  readonly gateway: string;
  /** Where the device has connected from, `host:port` for TCP; undefined where nobody said. */
  readonly address: string | undefined;

  constructor({ serviceId, dataId, status, data }: Message, { device, gateway, address }: Sender) {
    super({ serviceId, dataId, status, data });
    this.device = device;
    this.gateway = gateway;
    this.address = address;
  }
}

/**
 * Reads what a device says.
 *
 * @throws BusError, with `bus-bad-subject` or `bus-bad-message`
 */
export function workerMessageOf({ subject, data, headers }: BusMessage): WorkerMessage {
  const ids = idsOfSubject(subject);
  const device = ids === null ? null : decodeWord(ids.word);
  if (ids === null || device === null) throw new BusError('bus-bad-subject', { subject });
  return new WorkerMessage(decodePayload(data, ids), {
    device,
    gateway: headers?.[GATEWAY_HEADER] ?? '',
    address: headers?.[ADDRESS_HEADER],
  });
}
