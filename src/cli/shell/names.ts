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
import type { Session } from '../../session/session.js';
import { DATA_ID, type IntegerRange, parseInteger, SERVICE_ID, STATUS } from '../arguments.js';
import { UsageError } from '../errors.js';

/** A number and its name. */
type Named = readonly [id: number, name: string];

/** The names of services, data and statuses; the logs and errors of the session use them too. */
export class Names {
  readonly #session: Session;
  readonly #services = new Map<number, string>(
    [SID_READ_REQUEST, SID_WRITE_REQUEST, SID_EXECUTE_REQUEST].map((id) => [id, SID__NAMES[id] ?? '']),
  );
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

  constructor(session: Session) {
    this.#session = session;
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
  learn({ entries }: Contract): void {
    for (const [name, { requestSid, responseSid, dataId }] of Object.entries(entries)) {
      if (!this.#responses.has(requestSid)) this.addService(requestSid, responseSid, undefined);
      this.addData(requestSid, dataId, name);
    }
  }

  /**
   * Registers a service.
   *
   * @param name its name; undefined: none
   * @throws RequestSidExistsError or ResponseSidExistsError for an id that is taken, UsageError for a name that is
   */
  addService(requestId: number, responseId: number, name: string | undefined): void {
    if (name !== undefined) assertFree(name, requestId, this.services);
    this.#session.addService(requestId, responseId, name, name === undefined ? name : `${name} response`);
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
    this.#session.addData(responseId === undefined ? serviceId : [serviceId, responseId], dataId, name);
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
    this.#session.addStatus(status, name);
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
