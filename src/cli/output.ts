/** Prints data, messages and events: as text for people, as lines of JSON for programs. */

import type { Message } from '../protocol/message.js';
import { isMasked } from '../session/journal/message-log.js';
import { stringifyJson } from '../wire/json.js';
import { oneLine } from './errors.js';
import type { Io } from './io.js';

/** The fields of something, for a line of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Prints one thing.
 *
 * @param isJson whether programs read along
 * @param fields what programs get
 * @param text what people get, without a line break at the end
 */
export function print(io: Pick<Io, 'stdout'>, isJson: boolean, fields: Fields, text: string): void {
  io.stdout(isJson ? jsonLine(fields) : `${text}\n`);
}

/** Tells the person something that is no failure. */
export function warn(io: Pick<Io, 'stderr'>, text: string): void {
  io.stderr(`socket-protocol: ${oneLine(text)}\n`);
}

/** A line of JSON. */
export function jsonLine(fields: Fields): string {
  return `${jsonText(fields)}\n`;
}

/** What JSON may hold as it is, but a terminal may obey: DEL, C1, marks that change the direction of text. */
const CONTROLS = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Data as JSON on one line, escaped so that nothing in it is a command to a terminal.
 *
 * @param value data of a message
 */
export function jsonText(value: unknown): string {
  return stringifyJson(value, { allowNan: true }).replace(CONTROLS, (character) =>
    Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

const MASK = '***';

/** The data of a message; that of an authentication is masked. */
export function shownData(message: Message): unknown {
  return isMasked(message) ? MASK : message.data;
}

/** A message in the names of the wire; the data of an authentication is masked. */
export function fieldsOf(message: Message): Fields {
  const { serviceId, dataId, status } = message;
  return { service_id: serviceId, data_id: dataId, status, data: shownData(message) };
}

/** The time of day, to the millisecond. */
export function timeOfDay(date: Date = new Date()): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}
