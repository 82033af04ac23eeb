/** The services, data ids and statuses that a session knows, with their names for the log (protocol.md section 3). */

import { RequestSidExistsError, ResponseSidExistsError } from '../errors.js';
import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  DID_CHANNEL_NAME,
  SID__NAMES,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
  SID_EXECUTE_REQUEST,
  SID_EXECUTE_RESPONSE,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  SID_WRITE_REQUEST,
  SID_WRITE_RESPONSE,
  STATUS__NAMES,
} from '../protocol/ids.js';
import { type MessageKey, messageKey } from './message-key.js';

const BUILT_IN_SERVICES: readonly (readonly [number, number])[] = [
  [SID_AUTH_REQUEST, SID_AUTH_RESPONSE],
  [SID_CHANNEL_NAME_REQUEST, SID_CHANNEL_NAME_RESPONSE],
  [SID_READ_REQUEST, SID_READ_RESPONSE],
  [SID_WRITE_REQUEST, SID_WRITE_RESPONSE],
  [SID_EXECUTE_REQUEST, SID_EXECUTE_RESPONSE],
];

/** What a session calls things, and which service answers which. */
export class Vocabulary {
  readonly #responseSids = new Map<number, number>(BUILT_IN_SERVICES);
  readonly #requestSids = new Map<number, number>(
    BUILT_IN_SERVICES.map(([requestSid, responseSid]) => [responseSid, requestSid]),
  );
  readonly #serviceNames = new Map<number, string>(entriesOf(SID__NAMES));
  readonly #statusNames = new Map<number, string>(entriesOf(STATUS__NAMES));
  readonly #dataNames = new Map<MessageKey, string>();

  constructor() {
    this.addData(SID_AUTH_REQUEST, DID_AUTH_SEED, 'seed');
    this.addData(SID_AUTH_REQUEST, DID_AUTH_KEY, 'key');
    this.addData(SID_CHANNEL_NAME_REQUEST, DID_CHANNEL_NAME, 'name');
  }

  /**
   * Registers a service.
   *
   * @throws RequestSidExistsError or ResponseSidExistsError for an id that is taken
   */
  addService(requestSid: number, responseSid: number, requestName?: string, responseName?: string): void {
    if (this.isTaken(requestSid)) throw new RequestSidExistsError(requestSid);
    if (this.isTaken(responseSid) || responseSid === requestSid)
      throw new ResponseSidExistsError(responseSid);
    this.#responseSids.set(requestSid, responseSid);
    this.#requestSids.set(responseSid, requestSid);
    this.#serviceNames.set(requestSid, requestName ?? `service ${requestSid} request`);
    this.#serviceNames.set(responseSid, responseName ?? `service ${requestSid} response`);
  }

  /** Names a data id of a service and of its response. */
  addData(serviceId: number, dataId: number, name: string): void {
    this.#dataNames.set(messageKey(serviceId, dataId), name);
    const responseSid = this.#responseSids.get(serviceId);
    if (responseSid !== undefined) this.#dataNames.set(messageKey(responseSid, dataId), name);
  }

  /** Names a status. */
  addStatus(status: number, name: string): void {
    this.#statusNames.set(status, name);
  }

  /** The service that answers a request, or undefined where `serviceId` is no registered request. */
  responseSidOf(serviceId: number): number | undefined {
    return this.#responseSids.get(serviceId);
  }

  /** The service whose requests a response answers, or undefined where `serviceId` is no registered response. */
  requestSidOf(serviceId: number): number | undefined {
    return this.#requestSids.get(serviceId);
  }

  serviceName(serviceId: number): string {
    return this.#serviceNames.get(serviceId) ?? String(serviceId);
  }

  dataName(serviceId: number, dataId: number): string {
    return this.#dataNames.get(messageKey(serviceId, dataId)) ?? String(dataId);
  }

  statusName(status: number): string {
    return this.#statusNames.get(status) ?? String(status);
  }

  private isTaken(serviceId: number): boolean {
    return this.#responseSids.has(serviceId) || this.#requestSids.has(serviceId);
  }
}

function entriesOf(names: Readonly<Record<number, string>>): [number, string][] {
  return Object.entries(names).map(([id, name]) => [Number(id), name]);
}
