/** The names that the shell knows for services, data and statuses: those of the protocol, and those given by hand. */

import {
  SID__NAMES,
  SID_EXECUTE_REQUEST,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
  STATUS__NAMES,
} from '../../protocol/ids.js';
import type { Session } from '../../session/session.js';
import { parseDataId, parseServiceId, parseStatus, UsageError } from '../arguments.js';

/** A number and what it is called. */
type Named = readonly [id: number, name: string];

/** So many names are listed where somebody got one wrong. */
const MAX_LISTED = 5;

/** Names that stand for numbers, for one session: what is named here is named in its logs and errors too. */
export class Names {
  readonly #session: Session;
  readonly #services = new Map<number, string>(
    [SID_READ_REQUEST, SID_WRITE_REQUEST, SID_EXECUTE_REQUEST].map((id) => [id, SID__NAMES[id] ?? '']),
  );
  readonly #data = new Map<number, Map<number, string>>();
  readonly #statuses = new Map<number, string>(
    Object.entries(STATUS__NAMES).map(([id, name]) => [Number(id), name]),
  );

  constructor(session: Session) {
    this.#session = session;
  }

  /** The services that can be asked. */
  get services(): readonly Named[] {
    return [...this.#services];
  }

  /** The statuses that have names, in their order. */
  get statuses(): readonly Named[] {
    return [...this.#statuses].sort(([one], [other]) => one - other);
  }

  /** The data of a service that has names. */
  dataOf(serviceId: number): readonly Named[] {
    return [...(this.#data.get(serviceId) ?? [])];
  }

  /**
   * Makes a service known.
   *
   * @param name what it is called; undefined: nothing
   * @throws RequestSidExistsError or ResponseSidExistsError for an id that is taken, UsageError for a name that is
   */
  addService(requestId: number, responseId: number, name: string | undefined): void {
    if (name !== undefined) assertFree(name, requestId, this.services);
    this.#session.addService(requestId, responseId, name, name === undefined ? name : `${name} response`);
    if (name !== undefined) this.#services.set(requestId, name);
  }

  /**
   * Names a data id of a service.
   *
   * @throws UsageError for a name that is taken
   */
  addData(serviceId: number, dataId: number, name: string): void {
    assertFree(name, dataId, this.dataOf(serviceId));
    this.#session.addData(serviceId, dataId, name);
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

  /**
   * Reads the number or the name of a service.
   *
   * @throws UsageError for what is neither
   */
  serviceId(text: string): number {
    return numberOf(text, this.services, parseServiceId);
  }

  /**
   * Reads the number or the name of data.
   *
   * @throws UsageError for what is neither
   */
  dataId(serviceId: number, text: string): number {
    return numberOf(text, this.dataOf(serviceId), parseDataId);
  }

  /**
   * Reads the number or the name of a status.
   *
   * @throws UsageError for what is neither
   */
  status(text: string): number {
    return numberOf(text, this.statuses, parseStatus);
  }
}

/** A name that is a number, or stands for two, could not be told from the other. */
function assertFree(name: string, id: number, named: readonly Named[]): void {
  if (/^\d*$/.test(name))
    throw new UsageError(`expected a name that is no number, got ${JSON.stringify(name)}`);
  const other = named.find(([, taken]) => taken === name)?.[0];
  if (other !== undefined && other !== id)
    throw new UsageError(`expected a name that is free, got ${JSON.stringify(name)}, which is ${other}`);
}

function numberOf(text: string, named: readonly Named[], parse: (text: string) => number): number {
  const id = named.find(([, name]) => name === text)?.[0];
  if (id !== undefined) return id;
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof UsageError) || named.length === 0) throw error;
    const listed = named.slice(0, MAX_LISTED).map(([, name]) => JSON.stringify(name));
    if (named.length > MAX_LISTED) listed.push('…');
    throw new UsageError(error.message.replace(', got ', ` or one of ${listed.join(', ')}; got `));
  }
}
