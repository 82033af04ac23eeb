/** Prints data, messages and events: as text for people, as lines of JSON for programs. */

import type { Message } from '../protocol/message.js';
import { isMasked } from '../session/journal/message-log.js';
import { DEFAULT_MAX_DEPTH } from '../wire/codec.js';
import { stringifyJson } from '../wire/json.js';
import { oneLine } from './errors.js';
import type { Io } from './io.js';
import { paintOnStderr } from './paint.js';
import { escaped, portable } from './portable-json.js';

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

/** The part of the world that warnings go to. */
export type WarningIo = Pick<Io, 'stderr' | 'isJson' | 'errorColours'>;

/**
 * Warns of something that is no failure, on standard error; with `--json` as a line of JSON.
 *
 * @param fields what programs get besides the text
 */
export function warn(io: WarningIo, text: string, fields: Fields = {}): void {
  const line = oneLine(text);
  const word = paintOnStderr(io, 'warning', 'warning:');
  io.stderr(
    io.isJson === true ? jsonLine({ warning: line, ...fields }) : `socket-protocol: ${word} ${line}\n`,
  );
}

/**
 * Tells on standard error why nothing seems to happen.
 *
 * @param event the word for programs
 * @param detail the text, a line
 */
export function tell(io: Pick<Io, 'stderr' | 'isJson'>, event: string, detail: string): void {
  io.stderr(io.isJson === true ? jsonLine({ event, detail }) : `${detail}\n`);
}

/** A line of JSON that any parser takes; numbers that JSON has not are written as {@link portable} does. */
export function jsonLine(fields: Fields): string {
  return `${written(portable(fields))}\n`;
}

/** What JSON may hold as it is, but a terminal may obey: DEL, C1, marks that change the direction of text. */
const CONTROLS = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Data as JSON on one line, escaped so that nothing in it is a command to a terminal. `NaN` and the infinities are Python's
 * words; what this prints can be typed as the data of a request.
 *
 * @param value data of a message
 */
export function jsonText(value: unknown): string {
  return written(escaped(value));
}

/** What is printed has a few levels around the data that a codec lets through. */
const MAX_DEPTH = 2 * DEFAULT_MAX_DEPTH;

function written(value: unknown): string {
  return stringifyJson(value, { allowNan: true, maxDepth: MAX_DEPTH }).replace(CONTROLS, (character) =>
    Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** Stands for data that is never shown. */
export const MASK = '***';

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
