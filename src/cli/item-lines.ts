/** What passes on a connection as lines: for people, or as JSON for programs. */

import type { InspectorEntry } from '../inspector/index.js';
import { SID_AUTH_RESPONSE, STATUS_OKAY } from '../protocol/ids.js';
import type { Message } from '../protocol/message.js';
import { describeMessage, isMasked } from '../session/message-log.js';
import { Vocabulary } from '../session/vocabulary.js';
import { stringifyJson } from '../wire/json.js';
import type { Side, StreamItem } from './stream-reader.js';

const MASK = '***';
const vocabulary = new Vocabulary();

/** One line about an item. */
export function lineOf(item: StreamItem): string {
  switch (item.kind) {
    case 'message':
      return describeMessage(vocabulary, item.message);
    case 'refused':
      return `refused (${item.reason}): ${item.detail} (payload of ${item.payload.length} bytes)`;
    case 'noise':
      return `${item.byteLength} bytes are no frame (${item.reason})`;
  }
}

/** Whether a person should look at it twice. */
export function isTrouble(item: StreamItem): boolean {
  return item.kind !== 'message' || item.message.status !== STATUS_OKAY;
}

/** An item as an entry of the debugger; the bytes of an authentication are left out. */
export function entryOf(group: string, from: Side, item: StreamItem): InspectorEntry {
  const isMessage = item.kind === 'message';
  const isShown = item.kind !== 'noise' && !(isMessage && isMasked(item.message));
  return {
    kind: 'message',
    group,
    from,
    text: lineOf(item),
    hex: isShown ? item.payload.toString('hex').replace(/../g, '$& ').trimEnd() : null,
    isTrouble: isTrouble(item) || (isMessage && isRefusedKey(item.message)),
  };
}

/** The answer that a key is wrong has the status okay. */
function isRefusedKey({ serviceId, data }: Message): boolean {
  return serviceId === SID_AUTH_RESPONSE && data === false;
}

/** An item as an object for JSON, in the names of the wire. */
export function objectOf(item: StreamItem): Readonly<Record<string, unknown>> {
  switch (item.kind) {
    case 'message':
      return fieldsOf(item.message);
    case 'refused':
      return { refused: item.reason, detail: item.detail, bytes: item.payload.length };
    case 'noise':
      return { noise: item.reason, bytes: item.byteLength };
  }
}

/** The fields of a message; what belongs to an authentication is masked. */
export function fieldsOf(message: Message): Readonly<Record<string, unknown>> {
  const { serviceId, dataId, status, data } = message;
  const shown = isMasked(message) ? MASK : data;
  return { service_id: serviceId, data_id: dataId, status, data: shown };
}

/** A line of JSON. */
export function jsonLine(value: Readonly<Record<string, unknown>>): string {
  return `${stringifyJson(value, { allowNan: true })}\n`;
}

/** The time of day, to the millisecond. */
export function timeOfDay(date: Date = new Date()): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}
