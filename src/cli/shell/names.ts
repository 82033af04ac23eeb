/** The names that the shell accepts instead of numbers: those of the protocol, and those that the person gives. */

import type { Contract } from '../../contract/contract.js';
import {
  SID__NAMES,
  SID_EXECUTE_REQUEST,
  SID_EXECUTE_RESPONSE,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  SID_WRITE_REQUEST,
  SID_WRITE_RESPONSE,
  STATUS__NAMES,
} from '../../protocol/ids.js';
import { DATA_ID, type IntegerRange, parseInteger, SERVICE_ID, STATUS } from '../arguments.js';
import { entryOf, type NamedEntry } from '../contract/entries.js';
import { messageOf, UsageError } from '../errors.js';
import type { KeptName, KeptNames } from './names-file.js';

/** Services that nobody has to register. */
const BUILT_IN: ReadonlySet<number> = new Set([SID_READ_REQUEST, SID_WRITE_REQUEST, SID_EXECUTE_REQUEST]);

/** A number and its name. */
type Named = readonly [id: number, name: string];

/** Who uses the names as well: the logs and errors of a session. */
export interface NamesHost {
  addService(requestId: number, responseId: number, requestName?: string, responseName?: string): void;
  addData(serviceIds: readonly number[], dataId: number, name: string): void;
  addStatus(status: number, name: string): void;
}

/** The names of services, data and statuses. */
export class Names {
  readonly #host: NamesHost;
  #contract: Contract | undefined;
  readonly #services = new Map<number, string>([...BUILT_IN].map((id) => [id, SID__NAMES[id] ?? '']));
  /** Which service answers which. */
  readonly #responses = new Map<number, number>([
    [SID_READ_REQUEST, SID_READ_RESPONSE],
    [SID_WRITE_REQUEST, SID_WRITE_RESPONSE],
    [SID_EXECUTE_REQUEST, SID_EXECUTE_RESPONSE],
  ]);
  readonly #data = new Map<number, Map<number, string>>();
  readonly #statuses = new Map<number, string>(
    Object.entries(STATUS__NAMES).map(([id, name]) => [Number(id), name]),
  );

  constructor(host: NamesHost) {
    this.#host = host;
  }

  /** The services that have names. */
  get services(): readonly Named[] {
    return [...this.#services];
  }

  /** The statuses that have names, in their order. */
  get statuses(): readonly Named[] {
    return [...this.#statuses].sort(([one], [other]) => one - other);
  }

  /** The data of a service that have names. */
  dataOf(serviceId: number): readonly Named[] {
    return [...(this.#data.get(serviceId) ?? [])];
  }

  /** Takes the names of a contract; a service of its own is called by its number. */
  learn(contract: Contract): void {
    this.#contract = contract;
    const { entries } = contract;
    for (const [name, { requestSid, responseSid, dataId }] of Object.entries(entries)) {
      if (!this.#responses.has(requestSid)) this.addService(requestSid, responseSid, undefined);
      this.addData(requestSid, dataId, name);
    }
  }

  /**
   * Takes the names of earlier runs.
   *
   * @returns why some were left out: numbers or names that are taken by now
   */
  recall({ services, data, statuses }: KeptNames): string[] {
    return [
      ...services.map(
        ({ request, response, name }) =>
          () =>
            this.addService(request, response, name),
      ),
      ...data.map((each) => () => this.addData(each.service, each.data, each.name)),
      ...statuses.map(
        ({ status, name }) =>
          () =>
            this.addStatus(status, name),
      ),
    ].flatMap((add) => {
      try {
        add();
        return [];
      } catch (error) {
        return [messageOf(error)];
      }
    });
  }

  /** All that a person gave, or that a contract has, by what it is: for a list. */
  get given(): readonly KeptName[] {
    const services = [...this.#responses]
      .filter(([request]) => !BUILT_IN.has(request))
      .map(([request, response]) => ({ request, response, name: this.#services.get(request) }));
    const data = [...this.#data].flatMap(([service, named]) =>
      [...named].map(([id, name]) => ({ service, data: id, name })),
    );
    const statuses = [...this.#statuses].filter(([status, name]) => STATUS__NAMES[status] !== name);
    return [...services, ...data, ...statuses.map(([status, name]) => ({ status, name }))];
  }

  /** What the contract has for data of a service. */
  entryOf(serviceId: number, dataId: number): NamedEntry | undefined {
    return this.#contract === undefined ? undefined : entryOf(this.#contract, serviceId, dataId);
  }

  /** What the contract calls by a name, unless a service is called the same; a name stands for both ids. */
  entryNamed(name: string): NamedEntry | undefined {
    const entries = this.#contract?.entries ?? {};
    const isTaken = /^\d+$/.test(name) || this.services.some(([, taken]) => taken === name);
    const entry = isTaken || !Object.hasOwn(entries, name) ? undefined : entries[name];
    return entry === undefined ? undefined : { ...entry, name };
  }

  /** The names of the contract. */
  get entryNames(): readonly string[] {
    return Object.keys(this.#contract?.entries ?? {}).filter((name) => this.entryNamed(name) !== undefined);
  }

  /**
   * Registers a service; one that is known gets the name.
   *
   * @param name its name; undefined: none
   * @throws RequestSidExistsError or ResponseSidExistsError for an id that is taken, UsageError for a name that is
   */
  addService(requestId: number, responseId: number, name: string | undefined): void {
    if (name !== undefined) assertFree(name, requestId, this.services);
    if (BUILT_IN.has(requestId) || this.#responses.get(requestId) !== responseId)
      this.#host.addService(requestId, responseId, name, name === undefined ? name : `${name} response`);
    this.#responses.set(requestId, responseId);
    if (name !== undefined) this.#services.set(requestId, name);
  }

  /**
   * Names a data id of a service and of its response.
   *
   * @throws UsageError for a name that is taken
   */
  addData(serviceId: number, dataId: number, name: string): void {
    assertFree(name, dataId, this.dataOf(serviceId));
    const responseId = this.#responses.get(serviceId);
    this.#host.addData(responseId === undefined ? [serviceId] : [serviceId, responseId], dataId, name);
    const data = this.#data.get(serviceId) ?? new Map<number, string>();
    this.#data.set(serviceId, data.set(dataId, name));
  }

  /**
   * Names a status.
   *
   * @throws UsageError for a name that is taken
   */
  addStatus(status: number, name: string): void {
    assertFree(name, status, this.statuses);
    this.#host.addStatus(status, name);
    this.#statuses.set(status, name);
  }

  /** The id of a service, given as a number or a name; throws UsageError for anything else. */
  serviceId(text: string): number {
    return numberOf(text, SERVICE_ID, this.services);
  }

  /** The id of data of a service, given as a number or a name; throws UsageError for anything else. */
  dataId(serviceId: number, text: string): number {
    return numberOf(text, DATA_ID, this.dataOf(serviceId));
  }

  /** A status, given as a number or a name; throws UsageError for anything else. */
  status(text: string): number {
    return numberOf(text, STATUS, this.statuses);
  }
}

/** Refuses a name that looks like a number, or that stands for another one. */
function assertFree(name: string, id: number, named: readonly Named[]): void {
  if (/^\d*$/.test(name)) throw new UsageError(`Expected a name, got ${JSON.stringify(name)}`);
  const other = named.find(([, taken]) => taken === name)?.[0];
  if (other !== undefined && other !== id)
    throw new UsageError(`The name ${JSON.stringify(name)} is taken by ${other}`);
}

function numberOf(text: string, range: IntegerRange, named: readonly Named[]): number {
  const id = named.find(([, name]) => name === text)?.[0];
  return (
    id ??
    parseInteger(
      text,
      range,
      named.map(([, name]) => name),
    )
  );
}
