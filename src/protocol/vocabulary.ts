/** The services, data ids and statuses that a session knows, with their names for the log (protocol.md section 3). */

import { RequestSidExistsError, ResponseSidExistsError } from './errors.js';
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
} from './ids.js';
import { type MessageKey, messageKey } from './message-key.js';

const BUILT_IN_SERVICES: readonly (readonly [number, number])[] = [
  [SID_AUTH_REQUEST, SID_AUTH_RESPONSE],
  [SID_CHANNEL_NAME_REQUEST, SID_CHANNEL_NAME_RESPONSE],
  [SID_READ_REQUEST, SID_READ_RESPONSE],
  [SID_WRITE_REQUEST, SID_WRITE_RESPONSE],
  [SID_EXECUTE_REQUEST, SID_EXECUTE_RESPONSE],
];

interface Words {
  readonly responseSids: Map<number, number>;
  readonly requestSids: Map<number, number>;
  readonly serviceNames: Map<number, string>;
  readonly statusNames: Map<number, string>;
  readonly dataNames: Map<MessageKey, string>;
}

/** What every session knows; all share it until they add something. */
const BUILT_IN: Words = {
  responseSids: new Map(BUILT_IN_SERVICES),
  requestSids: new Map(BUILT_IN_SERVICES.map(([requestSid, responseSid]) => [responseSid, requestSid])),
  serviceNames: new Map(entriesOf(SID__NAMES)),
  statusNames: new Map(entriesOf(STATUS__NAMES)),
  dataNames: new Map([
    [messageKey(SID_AUTH_REQUEST, DID_AUTH_SEED), 'seed'],
    [messageKey(SID_AUTH_RESPONSE, DID_AUTH_SEED), 'seed'],
    [messageKey(SID_AUTH_REQUEST, DID_AUTH_KEY), 'key'],
    [messageKey(SID_AUTH_RESPONSE, DID_AUTH_KEY), 'key'],
    [messageKey(SID_CHANNEL_NAME_REQUEST, DID_CHANNEL_NAME), 'name'],
    [messageKey(SID_CHANNEL_NAME_RESPONSE, DID_CHANNEL_NAME), 'name'],
  ]),
};

/** The names that a session uses, and which service answers which. */
export class Vocabulary {
  #words = BUILT_IN;

  /** A copy for this session alone, made when something is added. */
  #own(): Words {
    if (this.#words === BUILT_IN) {
      const { responseSids, requestSids, serviceNames, statusNames, dataNames } = BUILT_IN;
      this.#words = {
        responseSids: new Map(responseSids),
        requestSids: new Map(requestSids),
        serviceNames: new Map(serviceNames),
        statusNames: new Map(statusNames),
        dataNames: new Map(dataNames),
      };
    }
    return this.#words;
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
    const { responseSids, requestSids, serviceNames } = this.#own();
    responseSids.set(requestSid, responseSid);
    requestSids.set(responseSid, requestSid);
    serviceNames.set(requestSid, requestName ?? `service ${requestSid} request`);
    serviceNames.set(responseSid, responseName ?? `service ${requestSid} response`);
  }

  /** Names a data id of a service. */
  addData(serviceId: number, dataId: number, name: string): void {
    this.#own().dataNames.set(messageKey(serviceId, dataId), name);
  }

  /** Names a status. */
  addStatus(status: number, name: string): void {
    this.#own().statusNames.set(status, name);
  }

  /** The service that answers a request, or undefined where `serviceId` is no registered request. */
  responseSidOf(serviceId: number): number | undefined {
    return this.#words.responseSids.get(serviceId);
  }

  /** The service whose requests a response answers, or undefined where `serviceId` is no registered response. */
  requestSidOf(serviceId: number): number | undefined {
    return this.#words.requestSids.get(serviceId);
  }

  serviceName(serviceId: number): string {
    return this.#words.serviceNames.get(serviceId) ?? String(serviceId);
  }

  /** What a data id of a service is called, where it has a name. */
  nameOfData(serviceId: number, dataId: number): string | undefined {
    return this.#words.dataNames.get(messageKey(serviceId, dataId));
  }

  dataName(serviceId: number, dataId: number): string {
    return this.#words.dataNames.get(messageKey(serviceId, dataId)) ?? String(dataId);
  }

  statusName(status: number): string {
    return this.#words.statusNames.get(status) ?? String(status);
  }

  private isTaken(serviceId: number): boolean {
    return this.#words.responseSids.has(serviceId) || this.#words.requestSids.has(serviceId);
  }
}

function entriesOf(names: Readonly<Record<number, string>>): [number, string][] {
  return Object.entries(names).map(([id, name]) => [Number(id), name]);
}
