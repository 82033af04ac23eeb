/** What an entry says, field by field. */

import { counted, textOf } from '../store/texts.js';
import type { NumberedEntry, NumberedMessage } from '../store/types.js';
import { nameOfState } from '../store/world.js';

/** A name and a value; both are texts. */
export type Field = readonly [name: string, value: string];

/** A number with its name: `10 (read data request)`. */
export const named = (name: string, id: number): string => (name === String(id) ? name : `${name} (${id})`);

/** The fields of a message. */
export function messageFields(entry: NumberedMessage): Field[] {
  const { names, serviceId, dataId, status, from, codec, size } = entry;
  return [
    ['From', from],
    ['Service', named(names.service, serviceId)],
    ['Data id', named(names.data, dataId)],
    ['Status', named(names.status, status)],
    ['Codec', codec],
    ...(size === null ? [] : ([['Size', counted(size, 'byte')]] as const)),
  ];
}

/** The fields of anything else. */
export function fieldsOf(entry: NumberedEntry): Field[] {
  switch (entry.kind) {
    case 'message':
      return messageFields(entry);
    case 'drop':
      return [
        ['From', entry.from ?? 'this program'],
        ['Reason', entry.reason],
        ['What', entry.detail],
        ['Codec', entry.codec],
        ...(entry.readableAs === null ? [] : ([['Readable as', entry.readableAs]] as const)),
      ];
    case 'event':
      return [
        ['From', entry.from ?? 'the program'],
        ['To', entry.to],
        ['Event', entry.event.type],
      ];
    case 'note':
      return [
        ['Note', entry.code],
        ...(entry.reason === null ? [] : ([['Reason', entry.reason]] as const)),
        ['What', entry.text],
      ];
    case 'trouble':
      return [
        ['Trouble', entry.code],
        ['What', entry.text],
        ...Object.entries(entry.about).map(
          ([name, value]): Field => [name, value === null ? '–' : String(value)],
        ),
      ];
    case 'state':
      return [
        ['Actor', entry.actor],
        ['State', nameOfState(entry.state)],
        ['Event', entry.event],
      ];
    default:
      return [['What', textOf(entry)]];
  }
}

/** What an entry is called. */
export function titleOf(entry: NumberedEntry): string {
  switch (entry.kind) {
    case 'message':
      return `${entry.names.service}, ${entry.names.data}`;
    case 'drop':
      return `Dropped: ${entry.reason}`;
    case 'event':
      return entry.event.type;
    case 'note':
      return entry.code;
    case 'trouble':
      return 'Trouble';
    default:
      return textOf(entry);
  }
}
