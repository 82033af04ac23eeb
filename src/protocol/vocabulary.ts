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
import { idsOfKey, type MessageKey, messageKey } from './message-key.js';

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

/** Services and names of data that many sessions add; each set of words is extended by them once. */
export class VocabularyAdditions {
  readonly services: readonly (readonly [requestSid: number, responseSid: number])[];
  readonly names: readonly (readonly [serviceId: number, dataId: number, name: string])[];
  readonly #extended = new WeakMap<Words, Words>();

  constructor(services: VocabularyAdditions['services'], names: VocabularyAdditions['names']) {
    this.services = services;
    this.names = names;
  }

  /** The words with these, made with `make` the first time. */
  extend(words: Words, make: () => Words): Words {
    let extended = this.#extended.get(words);
    if (extended === undefined) {
      extended = make();
      this.#extended.set(words, extended);
      // twice is as good as once
      this.#extended.set(extended, extended);
    }
    return extended;
  }
}

/** The names that a session uses, and which service answers which. */
export class Vocabulary {
  #words = BUILT_IN;
  #isShared = true;

  /** A copy for this session alone, made when something is added. */
  #own(): Words {
    if (this.#isShared) {
      this.#words = copyOf(this.#words);
      this.#isShared = false;
    }
    return this.#words;
  }

  /**
   * Adds services and names of data. Sessions that had the same words before share them afterwards: a server has thousands.
   *
   * @throws RequestSidExistsError or ResponseSidExistsError, before anything is added, for a service that is known with
   *   another response, or that is added with two
   */
  adopt(additions: VocabularyAdditions): void {
    for (const [requestSid, responseSid] of additions.services) {
      if (this.responseSidOf(requestSid) !== responseSid) this.#checkFree(requestSid, responseSid);
    }
    this.#words = additions.extend(this.#words, () => {
      const extended = new Vocabulary();
      extended.#words = copyOf(this.#words);
      extended.#isShared = false;
      for (const [requestSid, responseSid] of additions.services)
        if (extended.responseSidOf(requestSid) !== responseSid) extended.addService(requestSid, responseSid);
      for (const name of additions.names) extended.addData(...name);
      return extended.#words;
    });
    this.#isShared = true;
  }

  /**
   * Registers a service.
   *
   * @throws RequestSidExistsError or ResponseSidExistsError for an id that is taken
   */
  addService(requestSid: number, responseSid: number, requestName?: string, responseName?: string): void {
    this.#checkFree(requestSid, responseSid);
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

  /** All services that can be asked, by the ids of their requests, with the names of their data. */
  services(): { serviceId: number; name: string; data: { dataId: number; name: string }[] }[] {
    return [...this.#words.responseSids.keys()].map((serviceId) => ({
      serviceId,
      name: this.serviceName(serviceId),
      data: [...this.#words.dataNames].flatMap(([key, name]) => {
        const [of, dataId] = idsOfKey(key);
        return of === serviceId ? [{ dataId, name }] : [];
      }),
    }));
  }

  serviceName(serviceId: number): string {
    return this.#words.serviceNames.get(serviceId) ?? String(serviceId);
  }

  /** What logs call a data id: its name, or the number. */
  dataName(serviceId: number, dataId: number): string {
    return this.#words.dataNames.get(messageKey(serviceId, dataId)) ?? String(dataId);
  }

  statusName(status: number): string {
    return this.#words.statusNames.get(status) ?? String(status);
  }

  /** The name that the program has given a data id; undefined where it has given none. */
  givenDataName(serviceId: number, dataId: number): string | undefined {
    const key = messageKey(serviceId, dataId);
    const name = this.#words.dataNames.get(key);
    return name === BUILT_IN.dataNames.get(key) ? undefined : name;
  }

  /** A request for an error: `led (write data request, data_id 1)`; without the brackets where the data has no name. */
  describeRequest(serviceId: number, dataId: number): string {
    const name = this.givenDataName(serviceId, dataId);
    const ids = `${this.serviceName(serviceId)}, data_id ${dataId}`;
    return name === undefined ? ids : `${name} (${ids})`;
  }

  #checkFree(requestSid: number, responseSid: number): void {
    if (this.isTaken(requestSid)) throw new RequestSidExistsError(requestSid);
    if (this.isTaken(responseSid) || responseSid === requestSid)
      throw new ResponseSidExistsError(responseSid);
  }

  private isTaken(serviceId: number): boolean {
    return this.#words.responseSids.has(serviceId) || this.#words.requestSids.has(serviceId);
  }
}

function copyOf({ responseSids, requestSids, serviceNames, statusNames, dataNames }: Words): Words {
  return {
    responseSids: new Map(responseSids),
    requestSids: new Map(requestSids),
    serviceNames: new Map(serviceNames),
    statusNames: new Map(statusNames),
    dataNames: new Map(dataNames),
  };
}

function entriesOf(names: Readonly<Record<number, string>>): [number, string][] {
  return Object.entries(names).map(([id, name]) => [Number(id), name]);
}
