import type { BusMessage } from '../bus/bus.js';
import type { AskedRequest } from '../protocol/errors.js';
import { Vocabulary } from '../protocol/vocabulary.js';
import type { Device } from './device.js';
import { timeoutIn } from './format/failures.js';

const words = new Vocabulary();

/** A request that the bus has brought. */
export class TakenRequest {
  readonly device: Device;
  readonly message: BusMessage;
  readonly serviceId: number;
  readonly dataId: number;
  readonly sinceMs: number;
  /** How long it may take from then on. */
  readonly timeoutMs: number;
  /** It was answered, or cannot be. */
  isOver = false;

  /** @param mostMs how long it may take where it says nothing, or more */
  constructor(
    device: Device,
    message: BusMessage,
    serviceId: number,
    dataId: number,
    sinceMs: number,
    mostMs: number,
  ) {
    this.device = device;
    this.message = message;
    this.serviceId = serviceId;
    this.dataId = dataId;
    this.sinceMs = sinceMs;
    this.timeoutMs = Math.min(timeoutIn(message.headers), mostMs);
  }

  /** When nobody waits for it any more. */
  get dueMs(): number {
    return this.sinceMs + this.timeoutMs;
  }

  /** For errors. */
  get asked(): AskedRequest {
    const { serviceId, dataId, device } = this;
    return {
      name: words.describeRequest(serviceId, dataId),
      serviceId,
      dataId,
      peerAddress: device.address,
    };
  }
}
