/** Writes and reads recordings of the debugger: each line is one of its entries. */

import * as v from 'valibot';
import type { Debugger, NumberedEntry } from '../../inspector/index.js';
import { NOTE_CODES } from '../../inspector/notes.js';
import { RECORDING_FORMAT, RECORDING_VERSION, recordingHeader } from '../../inspector/recording-header.js';
import {
  AUTHENTICATION_REASONS,
  DECODING_DROPS,
  FRAMING_DROPS,
  LINK_REASONS,
  LISTEN_REASONS,
  MESSAGE_DROPS,
  REFUSAL_REASONS,
  STATUS_REASONS,
  TIMEOUT_REASONS,
} from '../../protocol/reasons.js';
import type { LineFile } from '../files.js';
import { codesOf, formatOf, type OnUnread, readLines } from './format.js';

/** The first line of a file. */
export const DEBUGGER_RECORDING_HEADER = recordingHeader();

const side = v.picklist(['client', 'server']);
const place = { number: v.number(), ms: v.number(), group: v.string() };
const bytes = { codec: v.string(), hex: v.nullable(v.string()), hiddenBytes: v.number() };
const dropReason = v.picklist(codesOf({ ...FRAMING_DROPS, ...DECODING_DROPS, ...MESSAGE_DROPS }));
const reason = v.picklist(
  codesOf({
    ...LINK_REASONS,
    ...AUTHENTICATION_REASONS,
    ...TIMEOUT_REASONS,
    ...LISTEN_REASONS,
    ...REFUSAL_REASONS,
    ...STATUS_REASONS,
  }),
);
const entrySchema = v.variant('kind', [
  v.object({
    kind: v.literal('actor'),
    ...place,
    actor: v.string(),
    parent: v.nullable(v.string()),
    chart: v.nullable(v.string()),
  }),
  v.object({
    kind: v.literal('state'),
    ...place,
    actor: v.string(),
    parent: v.optional(v.nullable(v.string()), null),
    chart: v.optional(v.nullable(v.string()), null),
    isOver: v.optional(v.boolean(), false),
    state: v.unknown(),
    context: v.unknown(),
    event: v.string(),
    taken: v.array(v.string()),
  }),
  v.object({
    kind: v.literal('event'),
    ...place,
    from: v.nullable(v.string()),
    to: v.string(),
    event: v.looseObject({ type: v.string() }),
  }),
  v.object({
    kind: v.literal('message'),
    ...place,
    from: side,
    serviceId: v.number(),
    dataId: v.number(),
    status: v.number(),
    names: v.object({ service: v.string(), data: v.string(), status: v.string() }),
    data: v.unknown(),
    ...bytes,
    isTrouble: v.boolean(),
  }),
  v.object({
    kind: v.literal('drop'),
    ...place,
    from: v.nullable(side),
    reason: dropReason,
    detail: v.string(),
    readableAs: v.nullable(v.string()),
    ...bytes,
    isTrouble: v.literal(true),
  }),
  v.object({
    kind: v.literal('note'),
    ...place,
    code: v.picklist(NOTE_CODES),
    reason: v.nullable(reason),
    text: v.string(),
    isTrouble: v.boolean(),
  }),
  v.object({
    kind: v.literal('counters'),
    ...place,
    counters: v.record(v.string(), v.union([v.number(), v.record(v.string(), v.number())])),
  }),
]);

/**
 * Records every entry of the debugger.
 *
 * @param inspector the debugger
 * @param file what {@link readDebuggerRecording} will read
 */
export function recordDebugger(inspector: Debugger, file: LineFile): void {
  inspector.hub.subscribe({
    take: (entry) => {
      file.append(`${JSON.stringify(entry)}\n`);
      return true;
    },
    leftOut: () => {},
  });
}

/**
 * Reads what {@link recordDebugger} wrote.
 *
 * @param text the recording
 * @param onUnread gets the lines that could not be read
 * @returns the entries; null if the text is not a recording of the debugger
 * @throws InputError for another version, and where there are lines of which none can be read
 */
export function readDebuggerRecording(text: string, onUnread: OnUnread = () => {}): NumberedEntry[] | null {
  if (!isDebuggerRecording(text)) return null;
  return readLines(text, RECORDING_VERSION, entrySchema, onUnread).values satisfies NumberedEntry[];
}

/** Whether a text begins as a recording of the debugger does. */
export function isDebuggerRecording(text: string): boolean {
  return formatOf(text) === RECORDING_FORMAT;
}
