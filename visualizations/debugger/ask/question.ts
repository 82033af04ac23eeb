/** What a person types to ask a peer, and what is wrong with it. */

import type { Ask, Names } from '../store/types.js';

/** The fields as they are typed. */
export interface Typed {
  readonly service: string;
  readonly dataId: string;
  readonly data: string;
  /** Milliseconds; nothing: as the session has it. */
  readonly timeout: string;
}

export const EMPTY: Typed = { service: 'read', dataId: '0', data: '', timeout: '' };

/** The services that every session has. */
export const SERVICES: readonly { readonly serviceId: number; readonly name: string }[] = [
  { serviceId: 10, name: 'read' },
  { serviceId: 20, name: 'write' },
  { serviceId: 30, name: 'execute' },
];

/** As the frames of struct_json have room for. */
const MAX_ID = 0xffff_ffff;
/** Pairs of services and names of data in a contract. */
export type NamedServices = Names['services'];

/** Either a question, or what is wrong with each field. */
export type Read =
  | { readonly ask: Omit<Ask, 'group'>; readonly faults: null }
  | { readonly ask: null; readonly faults: Partial<Record<keyof Typed, string>> };

/**
 * Reads what was typed.
 *
 * @param typed the fields
 * @param services names of the contract, if there is one
 */
export function readQuestion(typed: Typed, services: NamedServices): Read {
  const faults: Partial<Record<keyof Typed, string>> = {};
  const serviceId = idOf(
    typed.service,
    [...services, ...SERVICES].map(({ serviceId, name }) => [name, serviceId]),
  );
  if (serviceId === null) faults.service = `Unknown service: expected a name, or a number up to ${MAX_ID}`;
  if (serviceId === 0) faults.service = 'Service 0 is reserved for the session';
  const data = services.find((each) => each.serviceId === serviceId)?.data ?? [];
  const dataId = idOf(
    typed.dataId,
    data.map(({ dataId, name }) => [name, dataId]),
  );
  if (dataId === null)
    faults.dataId = `Expected a number up to ${MAX_ID}${data.length > 0 ? ', or a name' : ''}`;
  const [value, fault] = jsonOf(typed.data);
  if (fault !== null) faults.data = fault;
  const timeout = typed.timeout.trim() === '' ? null : Number(typed.timeout);
  if (timeout !== null && !(timeout > 0)) faults.timeout = 'Expected milliseconds, more than 0';
  if (serviceId === null || dataId === null || Object.keys(faults).length > 0) return { ask: null, faults };
  return { ask: { serviceId, dataId, data: value, ...(timeout === null ? {} : { timeout }) }, faults: null };
}

function idOf(text: string, names: readonly (readonly [string, number])[]): number | null {
  const wanted = text.trim().toLowerCase();
  const named = names.find(([name]) => name.toLowerCase() === wanted);
  if (named !== undefined) return named[1];
  return /^\d{1,10}$/.test(wanted) && Number(wanted) <= MAX_ID ? Number(wanted) : null;
}

/** The data; nothing at all is null, as a READ has it. */
function jsonOf(text: string): [value: unknown, fault: string | null] {
  if (text.trim() === '') return [null, null];
  try {
    return [JSON.parse(text), null];
  } catch (error) {
    return [null, `Not JSON: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** What was asked before, to be asked again: arrow up and down. */
export class History {
  readonly #items: Typed[] = [];
  #place = 0;

  /** Remembers a question; the same one twice in a row is one. */
  add(typed: Typed): void {
    if (JSON.stringify(this.#items.at(-1)) !== JSON.stringify(typed)) this.#items.push(typed);
    this.#place = this.#items.length;
  }

  /** The question before or after the one that was shown last; undefined where there is none. */
  step(by: -1 | 1): Typed | undefined {
    const place = this.#place + by;
    if (place < 0 || place > this.#items.length) return undefined;
    this.#place = place;
    return this.#items[place] ?? EMPTY;
  }
}
