/** Entries for tests of the table, with what does not matter filled in. */

import type {
  DropEntry,
  MessageEntry,
  NoteEntry,
  NumberedEntry,
  TroubleEntry,
} from '../../../src/inspector/entries.js';
import { SID__NAMES, STATUS__NAMES } from '../../../src/protocol/ids.js';
import { Message } from '../../../src/protocol/message.js';
import { pureJson } from '../../../src/wire/pure-json.js';
import { structJson } from '../../../src/wire/struct-json.js';
import { type Row, Rows } from '../../../visualizations/debugger/messages/rows.js';

type Made<Entry> = Partial<Omit<Entry, 'kind'>> & { readonly number: number; readonly ms?: number };

/** A message with the bytes that its codec writes for it. */
export function message(given: Made<MessageEntry>): NumberedEntry & { kind: 'message' } {
  const { serviceId = 10, dataId = 0, status = 0, data = null, codec = 'pure_json' } = given;
  const made = new Message({ serviceId, dataId, status, data });
  const payload = (codec === 'struct_json' ? structJson : pureJson).encode(made);
  return {
    kind: 'message',
    ms: given.number,
    group: 'pump',
    from: 'client',
    role: 'request',
    exchange: null,
    serviceId,
    dataId,
    status,
    names: {
      service: SID__NAMES[serviceId] ?? `service ${serviceId}`,
      data: String(dataId),
      status: STATUS__NAMES[status] ?? String(status),
    },
    data,
    codec,
    size: payload.length,
    hex: payload.toString('hex').replace(/../g, '$& ').trimEnd(),
    hiddenBytes: 0,
    isTrouble: status !== 0,
    ...given,
  };
}

/** The answer to a request of the client. */
export function answer(given: Made<MessageEntry>): NumberedEntry & { kind: 'message' } {
  return message({ from: 'server', role: 'answer', serviceId: 11, ...given });
}

export function drop(given: Made<DropEntry>): NumberedEntry & { kind: 'drop' } {
  return {
    kind: 'drop',
    ms: given.number,
    group: 'pump',
    from: 'server',
    reason: 'noise',
    detail: '12 bytes outside of frames',
    readableAs: null,
    codec: 'pure_json',
    hex: '62 6f 6f 74 20 76 31',
    hiddenBytes: 0,
    isTrouble: true,
    ...given,
  };
}

export function note(given: Made<NoteEntry>): NumberedEntry & { kind: 'note' } {
  return {
    kind: 'note',
    ms: given.number,
    group: 'pump',
    code: 'connected',
    reason: null,
    text: 'Connection established...',
    isTrouble: false,
    ...given,
  };
}

export function trouble(given: Made<TroubleEntry>): NumberedEntry & { kind: 'trouble' } {
  return {
    kind: 'trouble',
    ms: given.number,
    group: 'pump',
    code: 'request-timed-out',
    text: 'no answer within 5 s',
    isTrouble: true,
    exchange: null,
    incident: 1,
    count: 1,
    firstMs: 0,
    coveredBy: null,
    about: {},
    ...given,
  };
}

/** The rows that entries make. */
export function rowsOf(entries: readonly NumberedEntry[]): readonly Row[] {
  const rows = new Rows();
  for (const entry of entries) rows.take(entry);
  return rows.all;
}

/** The only row of some entries. */
export function rowOf(...entries: readonly NumberedEntry[]): Row {
  const [row, ...others] = rowsOf(entries);
  if (row === undefined || others.length > 0) throw new Error(`expected one row, got ${others.length + 1}`);
  return row;
}
