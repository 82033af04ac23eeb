/** Whether something that another process sent is an entry: what a page draws must have the form that the page expects. */

import type { InspectorEntry, NumberedEntry } from './entries.js';
import { NOTE_CODES } from './notes.js';
import { TROUBLES } from './troubles.js';

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
/** Deeper than any entry of ours, and far from where JSON can no longer be written. */
const MAX_DEPTH = 32;
const isData: Check = (value) => value !== undefined && isShallow(value, MAX_DEPTH);
const isSide: Check = (value) => value === 'client' || value === 'server';
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const recordOf =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value as object).every(check);

const NAMES: Shape = { service: isText, data: isText, status: isText };
const BYTES: Shape = { codec: isText, hex: orNull(isText), hiddenBytes: isNumber };

/** What entries of each kind have besides number, time and group. */
const SHAPES: Readonly<Record<InspectorEntry['kind'], Shape>> = {
  actor: { actor: isText, parent: orNull(isText), chart: orNull(isText) },
  state: {
    actor: isText,
    parent: orNull(isText),
    chart: orNull(isText),
    isOver: isFlag,
    state: isData,
    context: isData,
    event: isText,
    taken: listOf(isText),
  },
  event: {
    from: orNull(isText),
    to: isText,
    event: (value) =>
      isObject(value) && isText((value as { readonly type?: unknown }).type) && isShallow(value, MAX_DEPTH),
  },
  message: {
    from: isSide,
    role: (value) => value === 'request' || value === 'answer' || value === 'message',
    exchange: orNull(isNumber),
    serviceId: isNumber,
    dataId: isNumber,
    status: isNumber,
    names: (value) => isObject(value) && fits(value as object, NAMES),
    data: isData,
    size: orNull(isNumber),
    ...BYTES,
    isTrouble: isFlag,
  },
  drop: {
    from: orNull(isSide),
    reason: isText,
    detail: isText,
    readableAs: orNull(isText),
    ...BYTES,
    isTrouble: (value) => value === true,
  },
  note: {
    code: (value) => (NOTE_CODES as readonly unknown[]).includes(value),
    reason: orNull(isText),
    from: (value) => value === undefined || isSide(value),
    text: isText,
    isTrouble: isFlag,
  },
  trouble: {
    code: (value) => typeof value === 'string' && Object.hasOwn(TROUBLES, value),
    text: isText,
    isTrouble: (value) => value === true,
    exchange: orNull(isNumber),
    incident: isNumber,
    count: isNumber,
    firstMs: isNumber,
    coveredBy: orNull(isNumber),
    about: recordOf((value) => value === null || isText(value) || isNumber(value) || isFlag(value)),
  },
  session: {
    role: orNull(isSide),
    codec: isText,
    address: orNull(isText),
    channelName: orNull(isText),
    canSend: (value) => value === undefined || value === true,
  },
  counters: { counters: recordOf((value) => isNumber(value) || recordOf(isNumber)(value)) },
};

/** As far from the epoch as a date can be. */
export const MAX_MS = 8.64e15;
const isMoment: Check = (value) => isNumber(value) && Math.abs(value as number) <= MAX_MS;

const PLACE: Shape = { number: isNumber, ms: isMoment, group: isText };

/** Whether a value is an entry, whole and of a known kind. */
export function isEntry(value: unknown): value is NumberedEntry {
  if (!isObject(value)) return false;
  const entry = value as { readonly kind?: unknown };
  if (typeof entry.kind !== 'string' || !Object.hasOwn(SHAPES, entry.kind)) return false;
  return fits(entry, PLACE) && fits(entry, SHAPES[entry.kind as InspectorEntry['kind']]);
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((member) => isShallow(member, depth - 1));
}

function fits(value: object, shape: Shape): boolean {
  return Object.entries(shape).every(([name, isRight]) =>
    isRight((value as Readonly<Record<string, unknown>>)[name]),
  );
}
