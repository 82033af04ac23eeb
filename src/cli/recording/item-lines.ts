/** What passes on a connection as lines: for people, or as JSON for programs. */

import type { Message } from '../../protocol/message.js';
import { Vocabulary } from '../../protocol/vocabulary.js';
import { describeMessage, isMasked } from '../../session/journal/message-log.js';
import { isTroubled } from '../../session/journal/observation.js';
import { stringifyJson } from '../../wire/json.js';
import { recogniseCodec } from '../../wire/recognise.js';
import type { StreamItem } from './stream-reader.js';

const MASK = '***';
/** The names that every session knows. */
export const vocabulary = new Vocabulary();

/** One line about an item. */
export function lineOf(item: StreamItem): string {
  switch (item.kind) {
    case 'message':
      return describeMessage(vocabulary, item.message);
    case 'refused': {
      const codec = recogniseCodec(item.payload);
      const hint = codec === null ? '' : `; it is a message of ${codec}`;
      return `refused (${item.reason}): ${item.detail} (payload of ${item.payload.length} bytes)${hint}`;
    }
    case 'noise':
      return `${item.byteLength} bytes are no frame (${whyNoFrame(item)})${shownSample(item)}`;
  }
}

function whyNoFrame({ reason, protocol }: StreamItem & { kind: 'noise' }): string {
  return protocol === undefined ? reason : `${reason}: the stream is ${protocol}`;
}

/** Bytes that are no frame as text, for that is what they often are; nothing in it can move a cursor. */
function shownSample({ sample, byteLength }: StreamItem & { kind: 'noise' }): string {
  if (sample.length === 0) return '';
  const text = sample
    .toString('latin1')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replace(/[^\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `: "${text}"${byteLength > sample.length ? ' …' : ''}`;
}

/** Whether a person should look at it twice. */
export function isTrouble(item: StreamItem): boolean {
  return item.kind !== 'message' || isTroubled(item.message);
}

/** The data of a message; what belongs to an authentication is masked. */
export function shownData(message: Message): unknown {
  return isMasked(message) ? MASK : message.data;
}

/** An item as an object for JSON, in the names of the wire. */
export function objectOf(item: StreamItem): Readonly<Record<string, unknown>> {
  switch (item.kind) {
    case 'message':
      return fieldsOf(item.message);
    case 'refused':
      return { refused: item.reason, detail: item.detail, bytes: item.payload.length };
    case 'noise':
      return {
        noise: item.reason,
        ...(item.protocol === undefined ? {} : { protocol: item.protocol }),
        bytes: item.byteLength,
        sample: item.sample.toString('hex'),
      };
  }
}

/** The fields of a message; what belongs to an authentication is masked. */
export function fieldsOf(message: Message): Readonly<Record<string, unknown>> {
  const { serviceId, dataId, status } = message;
  return { service_id: serviceId, data_id: dataId, status, data: shownData(message) };
}

/** A line of JSON. */
export function jsonLine(value: Readonly<Record<string, unknown>>): string {
  return `${jsonText(value)}\n`;
}

/** What JSON leaves as it is and a terminal does not: DEL, C1, marks that turn text around. */
const MOVES_A_CURSOR = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Data as JSON in one line, for a terminal: nothing in it is a command to one, and it is still the same data.
 *
 * @param value data of a message
 */
export function jsonText(value: unknown): string {
  return stringifyJson(value, { allowNan: true }).replace(MOVES_A_CURSOR, (character) =>
    Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** The time of day, to the millisecond. */
export function timeOfDay(date: Date = new Date()): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}
